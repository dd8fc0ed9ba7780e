//! A host that stops calling when it may still gets every sample of a clip that ends abruptly.

use earmark_tests::render::{Blocks, Sleeper, play, play_and_sleep};
use earmark_tests::{Audio, HostError, Scene, Setup};

/// -160 dB: a tenth of the smallest step of 24 bits. What is below is rounding in the last transforms.
const INAUDIBLE: f32 = 1e-8;

/// The example, cut in the middle of a sound.
fn clip(setup: &Setup) -> Result<Audio, HostError> {
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture;
    let loudest = (0..mixture.frames() / 2)
        .max_by(|&a, &b| {
            mixture.channels[0][a]
                .abs()
                .total_cmp(&mixture.channels[0][b].abs())
        })
        .unwrap_or(0);
    Ok(mixture.slice(0..loudest + 1))
}

fn check(sleeper: Sleeper, mode: &str) -> Result<(), HostError> {
    let setup = Setup::default();
    let clip = clip(&setup)?;
    let prepared = || {
        let mut plugin = setup.ready()?;
        plugin.edit_state(|state| state.set_mode(mode))?;
        plugin.reset()?;
        Ok::<_, HostError>(plugin)
    };
    let mut plugin = prepared()?;
    let latency = plugin.latency()?;
    let heard = play_and_sleep(&mut plugin, &clip, setup.block, sleeper)?;
    let woken = play(&mut plugin, &clip, Blocks::Of(setup.block), &[])?;

    let all = play(
        &mut prepared()?,
        &clip.slice(0..clip.frames() + 4 * latency),
        Blocks::Of(setup.block),
        &[],
    )?;
    assert!(
        heard.frames() >= clip.frames() + latency,
        "{mode}: the host stopped before the last sample was due"
    );
    assert_eq!(
        heard,
        all.slice(0..heard.frames()),
        "{mode}: the host did not get what it would have got without sleeping"
    );
    let missed = all.slice(heard.frames()..all.frames()).peak();
    assert!(
        missed < INAUDIBLE,
        "{mode}: sound up to {missed} was still to come when the host stopped"
    );

    // Nothing of the first clip is left for the second. Shortly before the second is due its own transform windows may
    // ring already, so only the first half of the latency is asked to be silent.
    let silence = woken.slice(0..latency / 2).peak();
    assert!(
        silence < INAUDIBLE,
        "{mode}: {silence} of the first clip was heard after the sleep"
    );
    Ok(())
}

#[test]
fn a_host_that_sleeps_by_status_misses_nothing() -> Result<(), HostError> {
    check(Sleeper::ByStatus, "isolate")?;
    check(Sleeper::ByStatus, "remove")
}

#[test]
fn a_host_that_sleeps_by_tail_misses_nothing() -> Result<(), HostError> {
    check(Sleeper::ByTail, "isolate")?;
    check(Sleeper::ByTail, "remove")
}
