//! A graphics card in the built plug-in: Mesa's software Vulkan, chosen by its name, with a network that it computes live.
//!
//! Each test is a process of its own, with the folder of a user who has chosen the card, and with the card's faults. They need
//! what is released, and a build with the feature `card_faults`, named by `EARMARK_CHECKED_LIBRARY`. Only Linux has a software
//! card everywhere.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use earmark_tests::render::{Blocks, play, play_live, wait_until_ready};
use earmark_tests::scene::QUERY;
use earmark_tests::{Audio, HostError, Plugin, narrow};

const CHILD: &str = "EARMARK_CARD_CHILD";
const RATE: f64 = 48_000.0;
const BLOCK: usize = 256;

/// What the processor's and the card's sound may differ by, relative to the sound: the networks are held to 1e-4 of their masks.
const TOLERANCE: f64 = 1e-3;

/// Runs `test`, which is called `name`, in a process of its own whose user has chosen `device` and whose card fails as `fault` says.
/// In that process it is run.
fn in_child(name: &str, device: &str, fault: Option<&str>, test: impl FnOnce() -> Result<(), HostError>) {
    if std::env::var(CHILD).is_ok_and(|child| child == name) {
        return test().unwrap();
    }
    let data = tempfile::tempdir().unwrap();
    narrow::install(data.path()).unwrap();
    let settings = format!("{{\"device\": {device:?}}}");
    std::fs::write(data.path().join("settings.json"), settings).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, name)
        .env("EARMARK_DATA", data.path())
        .env_remove("EARMARK_CARD_FAULT");
    if let Some(fault) = fault {
        child.env("EARMARK_CARD_FAULT", fault);
    }
    let output = child.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", said(&output.stdout));
    assert!(
        output.status.success(),
        "{}\n{}",
        output.status,
        said(&output.stderr)
    );
}

/// How an instance is made.
type Make = fn() -> Result<Plugin, HostError>;

/// Of what is released.
const RELEASED: Make = Plugin::new;
/// Of the build whose card fails when it is asked to.
const FAILING: Make = || {
    let library = std::env::var_os("EARMARK_CHECKED_LIBRARY").map(PathBuf::from);
    let library =
        library.expect("EARMARK_CHECKED_LIBRARY names no library: run `cargo xtask test`, which builds it");
    Plugin::of(&library)
};

/// An instance with the narrow network, ready to play.
fn ready(make: Make, offline: bool) -> Result<Plugin, HostError> {
    let mut plugin = make()?;
    plugin.select_channels(1)?;
    plugin.edit_state(|state| {
        state.set_query(0, QUERY);
        state.set_model(narrow::ID, "fast");
    })?;
    plugin.set_offline(offline)?;
    plugin.activate(RATE, BLOCK)?;
    wait_until_ready(&mut plugin, RATE, 1, BLOCK)?;
    Ok(plugin)
}

/// Never quiet, so that every hole is seen.
fn sound(seconds: usize) -> Audio {
    Audio::noise(RATE, 1, seconds * RATE as usize, 0.25)
}

/// The largest difference of any sample, relative to the loudest.
fn difference(given: &Audio, expected: &Audio) -> f64 {
    let largest =
        |values: &mut dyn Iterator<Item = f32>| f64::from(values.fold(0.0, |most: f32, x| most.max(x.abs())));
    let (given, expected) = (&given.channels[0], &expected.channels[0]);
    let loudest = largest(&mut expected.iter().copied());
    assert!(loudest > 1e-3, "nothing is heard");
    assert_eq!(given.len(), expected.len());
    largest(&mut given.iter().zip(expected).map(|(a, b)| a - b)) / loudest
}

/// Seconds of the longest stretch in which `given` is something else than `expected`: in which the error has half the level, or
/// more. What goes on in another grid of blocks differs by less.
fn longest_gap(given: &Audio, expected: &Audio) -> f64 {
    let hop = RATE as usize / 100;
    let energy = |values: &mut dyn Iterator<Item = f32>| values.map(|x| f64::from(x * x)).sum::<f64>();
    let (mut longest, mut run) = (0, 0);
    for (given, expected) in given.channels[0]
        .chunks(hop)
        .zip(expected.channels[0].chunks(hop))
    {
        let level = energy(&mut expected.iter().copied());
        let error = energy(&mut given.iter().zip(expected).map(|(a, b)| a - b));
        run = if error > 0.25 * level { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest as f64 / 100.0
}

/// Plays at the pace of a sound card, and adds up the time of the processor that `process` takes.
fn play_and_time(plugin: &mut Plugin, input: &Audio) -> Result<(Audio, Duration), HostError> {
    let mut heard = Audio::silence(RATE, 1, 0);
    let (mut took, begun) = (Duration::ZERO, Instant::now());
    for (index, block) in input.channels[0].chunks(BLOCK).enumerate() {
        let due = Duration::from_secs_f64((index * BLOCK) as f64 / RATE);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        let mut block = vec![block.to_vec()];
        let called = ThreadTime::now();
        plugin.process(&mut block, &[])?;
        took += called.elapsed();
        heard.channels[0].append(&mut block[0]);
    }
    Ok((heard, took))
}

/// What an instance on the processor plays, offline: the card's user chooses it for this.
fn on_the_processor(make: Make, seconds: usize) -> Result<Audio, HostError> {
    let data = std::env::var_os("EARMARK_DATA")
        .map(PathBuf::from)
        .unwrap_or_default();
    let settings = data.join("settings.json");
    let chosen = std::fs::read(&settings).unwrap();
    std::fs::write(&settings, r#"{"device": "cpu"}"#).unwrap();
    let heard = play(&mut ready(make, true)?, &sound(seconds), Blocks::Of(BLOCK), &[]);
    std::fs::write(&settings, chosen).unwrap();
    heard
}

#[test]
fn a_card_that_was_chosen_by_its_name_plays_live() {
    in_child(
        "a_card_that_was_chosen_by_its_name_plays_live",
        "llvmpipe",
        None,
        || {
            const SECONDS: usize = 3;
            let expected = on_the_processor(RELEASED, SECONDS)?;
            let mut plugin = ready(RELEASED, false)?;
            let (heard, in_process) = play_and_time(&mut plugin, &sound(SECONDS))?;
            let part = in_process.as_secs_f64() / SECONDS as f64;
            println!("`process` takes {:.2} % of its time", 100.0 * part);
            assert!(part < 0.01, "`process` takes {:.2} % of its time", 100.0 * part);
            let error = difference(&heard, &expected);
            assert!(error < TOLERANCE, "{error:.1e}: a block was late");
            // Bits tell who computed.
            assert!(heard != expected, "it was not the card");
            Ok(())
        },
    );
}

#[test]
fn a_card_that_is_not_there_leaves_the_processor() {
    in_child(
        "a_card_that_is_not_there_leaves_the_processor",
        "abacus",
        None,
        || {
            let expected = on_the_processor(RELEASED, 3)?;
            let heard = play(&mut ready(RELEASED, true)?, &sound(3), Blocks::Of(BLOCK), &[])?;
            assert!(heard == expected, "it is not what the processor computes");
            Ok(())
        },
    );
}

#[test]
fn a_card_that_is_lost_leaves_no_hole() {
    in_child(
        "a_card_that_is_lost_leaves_no_hole",
        "llvmpipe",
        Some("lost 30"),
        || {
            const SECONDS: usize = 20;
            let expected = on_the_processor(FAILING, SECONDS)?;
            let heard = play(
                &mut ready(FAILING, true)?,
                &sound(SECONDS),
                Blocks::Of(BLOCK),
                &[],
            )?;
            let error = difference(&heard, &expected);
            assert!(error < TOLERANCE, "{error:.1e}");
            assert!(heard != expected, "the card has computed nothing");
            let end = (SECONDS as f64 * RATE) as usize;
            let last = |audio: &Audio| audio.slice(end - RATE as usize..end);
            assert!(last(&heard) == last(&expected), "the processor does not go on");
            Ok(())
        },
    );
}

#[test]
fn a_driver_that_hangs_costs_no_more_than_the_latency_and_holds_nobody() {
    let name = "a_driver_that_hangs_costs_no_more_than_the_latency_and_holds_nobody";
    in_child(name, "llvmpipe", Some("silent 24"), || {
        const SECONDS: usize = 8;
        let expected = on_the_processor(FAILING, SECONDS)?;
        let mut plugin = ready(FAILING, false)?;
        let latency = plugin.latency()? as f64 / RATE;
        let heard = play_live(&mut plugin, &sound(SECONDS), BLOCK, BLOCK)?;
        let gap = longest_gap(&heard, &expected);
        println!("a gap of {gap:.2} s; the latency is {latency:.2} s");
        assert!(gap <= latency, "a gap of {gap} s with a latency of {latency} s");
        let second = |audio: &Audio, at: usize| audio.slice(at * RATE as usize..(at + 1) * RATE as usize);
        assert!(difference(&second(&heard, 1), &second(&expected, 1)) < TOLERANCE);
        assert!(
            second(&heard, 1) != second(&expected, 1),
            "the card has computed nothing"
        );
        let begun = Instant::now();
        drop(plugin);
        let took = begun.elapsed();
        println!("dropped in {took:?}");
        assert!(took < Duration::from_secs(1), "dropping it took {took:?}");
        Ok(())
    });
}

#[test]
fn an_instance_that_is_dropped_while_its_card_computes_disturbs_no_other() {
    let name = "an_instance_that_is_dropped_while_its_card_computes_disturbs_no_other";
    // A step takes most of the time that there is for it.
    in_child(name, "llvmpipe", Some("slow 150"), || {
        let expected = on_the_processor(FAILING, 2)?;
        let mut other = ready(FAILING, true)?;
        for frames in [30_000, 33_000, 36_000] {
            let mut plugin = ready(FAILING, false)?;
            play(&mut plugin, &sound(2).slice(0..frames), Blocks::Of(BLOCK), &[])?;
            let begun = Instant::now();
            drop(plugin);
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            let heard = play(&mut other, &sound(2), Blocks::Of(BLOCK), &[])?;
            other.reset()?;
            let error = difference(&heard, &expected);
            assert!(error < TOLERANCE, "{error:.1e}");
        }
        Ok(())
    });
}
