//! A graphics card in the built plug-in: Mesa's software Vulkan, chosen by its name, with a network that it computes live.
//!
//! Each test is a process of its own, with the folder of a user who has chosen the card, and with the card's faults. They need a
//! build of the plug-in with the features `gpu` and `card_faults`, named by `EARMARK_CHECKED_LIBRARY`. Only Linux has a software
//! card everywhere.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use earmark_tests::render::{Blocks, play, play_live, wait_until_ready};
use earmark_tests::scene::QUERY;
use earmark_tests::{Audio, HostError, Plugin, Scene, narrow};

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

/// An instance with the narrow network, ready to play.
fn ready(offline: bool) -> Result<Plugin, HostError> {
    let library = std::env::var_os("EARMARK_CHECKED_LIBRARY").map(PathBuf::from);
    let library =
        library.expect("EARMARK_CHECKED_LIBRARY names no library: run `cargo xtask test`, which builds it");
    let mut plugin = Plugin::of(&library)?;
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

fn sound(seconds: usize) -> Result<Audio, HostError> {
    Ok(Scene::new(RATE, 1)?.mixture.looped(seconds * RATE as usize))
}

/// Where the two differ by more than the networks do: seconds of the longest stretch, and of all together. A stretch goes on over
/// places where both are quiet.
fn apart(given: &Audio, expected: &Audio) -> (f64, f64) {
    let hop = RATE as usize / 100;
    let loudest = expected.channels[0]
        .iter()
        .fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(loudest > 1e-3, "nothing is heard");
    let (mut longest, mut run, mut all) = (0, 0, 0);
    for (given, expected) in given.channels[0]
        .chunks(hop)
        .zip(expected.channels[0].chunks(hop))
    {
        let differs = |(a, b): (&f32, &f32)| f64::from((a - b).abs()) > TOLERANCE * f64::from(loudest);
        run = if given.iter().zip(expected).any(differs) {
            run + 1
        } else {
            0
        };
        longest = longest.max(run);
        all += usize::from(run > 0);
    }
    (longest as f64 / 100.0, all as f64 / 100.0)
}

/// What an instance on the processor plays, offline: the card's user chooses it for this.
fn on_the_processor(seconds: usize) -> Result<Audio, HostError> {
    let data = std::env::var_os("EARMARK_DATA")
        .map(PathBuf::from)
        .unwrap_or_default();
    let settings = data.join("settings.json");
    let chosen = std::fs::read(&settings).unwrap();
    std::fs::write(&settings, r#"{"device": "cpu"}"#).unwrap();
    let heard = play(&mut ready(true)?, &sound(seconds)?, Blocks::Of(BLOCK), &[]);
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
            const SECONDS: usize = 6;
            let expected = on_the_processor(SECONDS)?;
            let mut plugin = ready(false)?;
            let (audio, begun) = (ThreadTime::now(), Instant::now());
            let heard = play_live(&mut plugin, &sound(SECONDS)?, BLOCK, BLOCK)?;
            let part = audio.elapsed().as_secs_f64() / begun.elapsed().as_secs_f64();
            println!("the audio thread takes {:.2} % of the time", 100.0 * part);
            assert!(
                part < 0.01,
                "the audio thread takes {:.2} % of the time",
                100.0 * part
            );
            assert_eq!(
                apart(&heard, &expected).1,
                0.0,
                "seconds in which a block was late"
            );
            // Bits tell who computed.
            assert_ne!(heard, expected, "it was not the card");
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
            let expected = on_the_processor(3)?;
            let heard = play(&mut ready(true)?, &sound(3)?, Blocks::Of(BLOCK), &[])?;
            assert_eq!(heard, expected);
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
            let expected = on_the_processor(SECONDS)?;
            let heard = play(&mut ready(true)?, &sound(SECONDS)?, Blocks::Of(BLOCK), &[])?;
            assert_eq!(apart(&heard, &expected), (0.0, 0.0));
            assert_ne!(heard, expected, "the card has computed nothing");
            let end = (SECONDS as f64 * RATE) as usize;
            let last = |audio: &Audio| audio.slice(end - RATE as usize..end);
            assert_eq!(last(&heard), last(&expected), "the processor does not go on");
            Ok(())
        },
    );
}

#[test]
fn a_driver_that_hangs_costs_no_more_than_the_latency_and_holds_nobody() {
    let name = "a_driver_that_hangs_costs_no_more_than_the_latency_and_holds_nobody";
    in_child(name, "llvmpipe", Some("silent 30"), || {
        const SECONDS: usize = 14;
        let expected = on_the_processor(SECONDS)?;
        let mut plugin = ready(false)?;
        let latency = plugin.latency()? as f64 / RATE;
        let heard = play_live(&mut plugin, &sound(SECONDS)?, BLOCK, BLOCK)?;
        let (gap, all) = apart(&heard, &expected);
        println!("a gap of {gap:.2} s, {all:.2} s in all; the latency is {latency:.2} s");
        assert!(all > 0.0 || heard != expected, "the card has computed nothing");
        assert!(gap <= latency, "a gap of {gap} s with a latency of {latency} s");
        let begun = Instant::now();
        drop(plugin);
        let took = begun.elapsed();
        println!("dropped in {took:?}");
        assert!(took < Duration::from_secs(2), "dropping it took {took:?}");
        Ok(())
    });
}

#[test]
fn an_instance_that_is_dropped_while_its_card_computes_disturbs_no_other() {
    let name = "an_instance_that_is_dropped_while_its_card_computes_disturbs_no_other";
    // A step takes most of the time that there is for it.
    in_child(name, "llvmpipe", Some("slow 150"), || {
        let expected = on_the_processor(2)?;
        let mut other = ready(true)?;
        for frames in [30_000, 33_000, 36_000] {
            let mut plugin = ready(false)?;
            play(&mut plugin, &sound(2)?.slice(0..frames), Blocks::Of(BLOCK), &[])?;
            let begun = Instant::now();
            drop(plugin);
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            let heard = play(&mut other, &sound(2)?, Blocks::Of(BLOCK), &[])?;
            other.reset()?;
            assert_eq!(apart(&heard, &expected), (0.0, 0.0));
        }
        Ok(())
    });
}
