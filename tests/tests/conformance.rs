//! What validators and hostile hosts ask of a CLAP, with a query loaded: they themselves never set one.

use earmark_tests::audio::SplitMix;
use earmark_tests::render::{Blocks, play, wait_until_ready};
use earmark_tests::state::encoded;
use earmark_tests::{Audio, Automation, HostError, Plugin, Scene, Setup};

/// A second and a half of the example.
fn scene(rate: f64) -> Result<Audio, HostError> {
    Ok(Scene::new(rate, 2)?.mixture.slice(0..(1.5 * rate) as usize))
}

fn ready(rate: f64, block: usize) -> Result<Plugin, HostError> {
    Setup {
        rate,
        block,
        ..Setup::default()
    }
    .ready()
}

fn is_finite(audio: &Audio) -> bool {
    audio.channels.iter().flatten().all(|x| x.is_finite())
}

#[test]
fn blocks_give_the_same_bits_at_every_rate() -> Result<(), HostError> {
    for rate in [8_000.0, 11_025.0, 44_100.0, 96_000.0, 384_000.0, 768_000.0] {
        let input = scene(rate)?;
        let mut plugin = ready(rate, 16_384)?;
        let expected = play(&mut plugin, &input, Blocks::Of(16_384), &[])?;
        let latency = plugin.latency()?;
        assert!(
            (0.45..0.49).contains(&(latency as f64 / rate)),
            "{latency} at {rate} Hz"
        );
        assert_eq!(
            expected.slice(0..latency).peak(),
            0.0,
            "something comes before its time at {rate} Hz"
        );
        assert!(expected.peak() > 0.01 && is_finite(&expected), "{rate} Hz");
        let random = Blocks::Random {
            largest: 16_384,
            seed: 3,
        };
        for blocks in [Blocks::Of(64), random] {
            plugin.reset()?;
            let heard = play(&mut plugin, &input, blocks, &[])?;
            assert!(heard == expected, "{blocks:?} sound different at {rate} Hz");
        }
    }
    Ok(())
}

#[test]
fn rates_and_ways_of_rendering_change_on_one_instance() -> Result<(), HostError> {
    let expected = play(
        &mut ready(48_000.0, 512)?,
        &scene(48_000.0)?,
        Blocks::Of(512),
        &[],
    )?;
    let mut plugin = ready(48_000.0, 512)?;
    for (rate, block, offline) in [
        (44_100.0, 64, false),
        (192_000.0, 4_096, true),
        (1_234_567.8, 512, true),
        (8_000.0, 1, false),
        (12_345.678, 333, true),
        (48_000.0, 512, false),
    ] {
        plugin.deactivate();
        plugin.set_offline(offline)?;
        plugin.activate(rate, block)?;
        let noise = Audio::noise(rate, 2, 4_000, 0.5);
        assert!(
            is_finite(&play(&mut plugin, &noise, Blocks::Of(block), &[])?),
            "{rate} Hz"
        );
    }
    plugin.deactivate();
    plugin.set_offline(true)?;
    plugin.activate(48_000.0, 512)?;
    let heard = play(&mut plugin, &scene(48_000.0)?, Blocks::Of(512), &[])?;
    assert!(heard == expected, "it sounds different from a fresh one");
    assert_eq!(plugin.restarts(), 0, "no activation asks for another one");
    Ok(())
}

#[test]
fn events_may_lie_beyond_the_block_and_out_of_order() -> Result<(), HostError> {
    let input = scene(48_000.0)?;
    let mut plugin = ready(48_000.0, 480)?;
    let (slot, mode) = (plugin.param("Query slot")?.id, plugin.param("Mode")?.id);
    let mut random = SplitMix(1);
    for range in Blocks::Of(480).ranges(input.frames()) {
        let mut block = input.slice(range).channels;
        let events: Vec<Automation> = (0..20)
            .map(|_| Automation {
                frame: [0, 479, 480, 481, 5_000, u32::MAX as usize][(random.bits() % 6) as usize],
                param: if random.bits().is_multiple_of(2) {
                    slot
                } else {
                    mode
                },
                value: (random.bits() % 3) as f64,
            })
            .collect();
        plugin.process(&mut block, &events)?;
        assert!(block.iter().flatten().all(|x| x.is_finite()));
    }
    Ok(())
}

#[test]
fn absurd_samples_are_forgotten() -> Result<(), HostError> {
    let input = scene(48_000.0)?;
    let mut plugin = ready(48_000.0, 512)?;
    let mut absurd = Audio::noise(48_000.0, 2, 24_000, 0.1);
    let values = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        1e30,
        1e4,
        f32::MIN_POSITIVE / 2.0,
    ];
    for (number, value) in values.into_iter().enumerate() {
        absurd.channels[number % 2][2_000 * number + 7] = value;
    }
    let heard = play(&mut plugin, &absurd, Blocks::Of(512), &[])?;
    assert!(is_finite(&heard), "what is isolated has no infinity in it");
    plugin.reset()?;
    let heard = play(&mut plugin, &input, Blocks::Of(512), &[])?;
    let expected = play(&mut ready(48_000.0, 512)?, &input, Blocks::Of(512), &[])?;
    assert!(heard == expected, "something of it is left after a reset");
    Ok(())
}

#[test]
fn damaged_states_are_refused_or_read() -> Result<(), HostError> {
    let mut plugin = ready(48_000.0, 512)?;
    let saved = plugin.save()?;
    let mut random = SplitMix(7);
    let mut refused = 0;
    for _ in 0..300 {
        let mut state = saved.clone();
        for _ in 0..1 + random.bits() % 4 {
            let at = (random.bits() % state.len() as u64) as usize;
            match random.bits() % 3 {
                0 => state[at] ^= 1 << (random.bits() % 8),
                1 => state.truncate(at.max(9)),
                _ => state.insert(at, (random.bits() % 256) as u8),
            }
        }
        refused += usize::from(plugin.load(&state).is_err());
        let mut block = Audio::noise(48_000.0, 2, 64, 0.25).channels;
        plugin.set_offline(false)?;
        plugin.process(&mut block, &[])?;
        assert!(block.iter().flatten().all(|x| x.is_finite()));
    }
    assert!(refused > 100, "{refused} were refused");
    plugin.load(&saved)?;
    assert_eq!(plugin.save()?, saved, "the first one comes back as it was");
    Ok(())
}

/// The main thread loads and saves while another one plays: the sound stays finite, and the state that was loaded last is the one
/// that is saved.
#[test]
fn states_are_loaded_and_saved_while_another_thread_plays() -> Result<(), HostError> {
    let input = scene(48_000.0)?;
    let mut plugin = ready(48_000.0, 256)?;
    let one = encoded(|| plugin.save())?;
    plugin.edit_state(|state| state.set_query(0, "a dog barking"))?;
    let other = encoded(|| plugin.save())?;
    let mut turns = 0;
    plugin.while_playing(
        |audio| {
            for range in Blocks::Of(256).ranges(input.frames()) {
                let mut block = input.slice(range).channels;
                audio.process_ports(&mut [&mut block], &[])?;
                assert!(block.iter().flatten().all(|x| x.is_finite()));
            }
            Ok(())
        },
        |plugin| {
            turns += 1;
            let state = [&one, &other][turns % 2];
            plugin.load(state)?;
            assert!(
                plugin.save()? == *state,
                "turn {turns}: another state is saved than was loaded"
            );
            Ok(())
        },
    )?;
    assert!(turns > 10, "{turns} states were loaded while it played");
    plugin.load(&one)?;
    plugin.reset()?;
    wait_until_ready(&mut plugin, 48_000.0, 2, 256)?;
    plugin.reset()?;
    let after = play(&mut plugin, &input, Blocks::Of(256), &[])?;
    let expected = play(&mut ready(48_000.0, 256)?, &input, Blocks::Of(256), &[])?;
    assert!(after == expected, "it does not sound as one that was left alone");
    Ok(())
}

/// Four instances on each of two audio threads, with blocks of any size, render what each does alone.
#[test]
fn eight_instances_on_two_threads_do_not_disturb_each_other() -> Result<(), HostError> {
    let input = scene(48_000.0)?;
    let expected = play(&mut ready(48_000.0, 1_024)?, &input, Blocks::Of(1_024), &[])?;
    let render = |thread: u64| -> Result<bool, HostError> {
        let mut plugins = Vec::new();
        for _ in 0..4 {
            plugins.push(ready(48_000.0, 1_024)?);
        }
        let mut heard = vec![Audio::silence(48_000.0, 2, 0); plugins.len()];
        let blocks = Blocks::Random {
            largest: 1_024,
            seed: thread,
        };
        for range in blocks.ranges(input.frames()) {
            for (plugin, heard) in plugins.iter_mut().zip(&mut heard) {
                let mut block = input.slice(range.clone()).channels;
                plugin.process(&mut block, &[])?;
                for (heard, block) in heard.channels.iter_mut().zip(&block) {
                    heard.extend_from_slice(block);
                }
            }
        }
        Ok(heard.iter().all(|heard| *heard == expected))
    };
    let render = &render;
    let same = std::thread::scope(|scope| {
        let threads = [1, 2].map(|thread| scope.spawn(move || render(thread)));
        threads.map(|thread| thread.join().expect("a thread panicked"))
    });
    for same in same {
        assert!(same?, "an instance sounds different beside seven others");
    }
    Ok(())
}
