//! Two instances in one process do not disturb each other.

use earmark_tests::render::{Blocks, play};
use earmark_tests::scene::QUERY;
use earmark_tests::{Audio, HostError, Plugin, Scene, Setup};

const FRAMES: usize = 96_000;
const OTHER: &str = "a person speaking";

fn ready(query: &str, rate: f64) -> Result<Plugin, HostError> {
    Setup {
        query,
        rate,
        ..Setup::default()
    }
    .ready()
}

fn scene(rate: f64) -> Result<Audio, HostError> {
    Ok(Scene::new(rate, 2)?.mixture.slice(0..FRAMES))
}

/// What an instance gives when it has the process to itself.
fn alone(query: &str, rate: f64) -> Result<Audio, HostError> {
    play(&mut ready(query, rate)?, &scene(rate)?, Blocks::Of(512), &[])
}

#[test]
fn each_sounds_as_it_does_alone() -> Result<(), HostError> {
    // Of different rates and queries, so that nothing of one could pass for the other's.
    let expected = [alone(QUERY, 48_000.0)?, alone(OTHER, 44_100.0)?];
    assert!(
        expected.iter().all(|audio| audio.peak() > 0.01),
        "a render is silent"
    );
    let inputs = [scene(48_000.0)?, scene(44_100.0)?];
    let mut plugins = [ready(QUERY, 48_000.0)?, ready(OTHER, 44_100.0)?];
    let mut heard = [48_000.0, 44_100.0].map(|rate| Audio::silence(rate, 2, 0));
    for range in Blocks::Of(512).ranges(FRAMES) {
        for ((plugin, input), heard) in plugins.iter_mut().zip(&inputs).zip(&mut heard) {
            let mut block = input.slice(range.clone()).channels;
            plugin.process(&mut block, &[])?;
            for (heard, block) in heard.channels.iter_mut().zip(&block) {
                heard.extend_from_slice(block);
            }
        }
    }
    assert!(
        heard[0] == expected[0],
        "the first one sounds different beside another"
    );
    assert!(
        heard[1] == expected[1],
        "the second one sounds different beside another"
    );
    Ok(())
}

#[test]
fn one_goes_on_when_the_other_is_removed() -> Result<(), HostError> {
    let expected = alone(QUERY, 48_000.0)?;
    let input = scene(48_000.0)?;
    let mut plugin = ready(QUERY, 48_000.0)?;
    let mut other = Some(ready(OTHER, 96_000.0)?);
    let mut heard = Audio::silence(48_000.0, 2, 0);
    for range in Blocks::Of(512).ranges(FRAMES) {
        if let Some(other) = &mut other {
            other.process(&mut Audio::noise(96_000.0, 2, 512, 0.3).channels, &[])?;
        }
        if range.start > FRAMES / 2 {
            // With blocks of it still on their way.
            other = None;
        }
        let mut block = input.slice(range).channels;
        plugin.process(&mut block, &[])?;
        for (heard, block) in heard.channels.iter_mut().zip(&block) {
            heard.extend_from_slice(block);
        }
    }
    assert!(
        heard == expected,
        "an instance that was removed is heard in another"
    );
    Ok(())
}
