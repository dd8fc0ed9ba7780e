//! Nothing of before `reset` is heard after it.

use earmark_tests::render::{Blocks, play};
use earmark_tests::{Audio, HostError, Plugin, Scene, Setup};

fn check(clear: impl Fn(&mut Plugin) -> Result<(), HostError>, offline: bool) -> Result<(), HostError> {
    let setup = Setup {
        offline,
        ..Setup::default()
    };
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture;
    let mut plugin = setup.ready()?;
    let latency = plugin.latency()?;
    let before = mixture.slice(0..48_000);
    let loud = play(&mut plugin, &before, Blocks::Of(setup.block), &[])?;
    assert!(loud.peak() > 0.001, "nothing was heard before the reset");

    clear(&mut plugin)?;
    let silence = Audio::silence(setup.rate, setup.channels, 4 * latency);
    let after = play(&mut plugin, &silence, Blocks::Of(setup.block), &[])?;
    assert!(
        after.peak() == 0.0,
        "{} of the sound before was heard after it was cleared",
        after.peak()
    );
    Ok(())
}

#[test]
fn nothing_of_before_a_reset_is_heard_offline() -> Result<(), HostError> {
    check(Plugin::reset, true)
}

#[test]
fn nothing_of_before_a_reset_is_heard_live() -> Result<(), HostError> {
    check(Plugin::reset, false)
}

#[test]
fn nothing_of_before_a_pause_is_heard() -> Result<(), HostError> {
    check(Plugin::restart_processing, false)
}

#[test]
fn a_reset_begins_anew_to_the_bit() -> Result<(), HostError> {
    let setup = Setup::default();
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture;
    let mut plugin = setup.ready()?;
    let first = play(&mut plugin, &mixture, Blocks::Of(setup.block), &[])?;
    plugin.reset()?;
    let second = play(&mut plugin, &mixture, Blocks::Of(setup.block), &[])?;
    assert_eq!(
        first, second,
        "the second render after a reset differs from the first"
    );
    Ok(())
}

/// What a render gives, `before` blocks of silence after the plug-in was reset: the transport sets out only then, as Ardour's does.
fn rendered(plugin: &mut Plugin, setup: &Setup, mixture: &Audio, before: usize) -> Result<Audio, HostError> {
    plugin.reset()?;
    plugin.set_rolling(false);
    let silence = Audio::silence(setup.rate, setup.channels, before * setup.block);
    play(plugin, &silence, Blocks::Of(setup.block), &[])?;
    plugin.set_rolling(true);
    play(plugin, mixture, Blocks::Of(setup.block), &[])
}

#[test]
fn a_render_is_the_same_to_the_bit_however_long_the_transport_rested_before_it() -> Result<(), HostError> {
    let setup = Setup::default();
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture;
    let mut plugin = setup.ready()?;
    let first = rendered(&mut plugin, &setup, &mixture, 99)?;
    for before in [1, 100, 101] {
        let again = rendered(&mut plugin, &setup, &mixture, before)?;
        assert!(
            first == again,
            "{before} blocks before it, and 99 before the first"
        );
    }
    Ok(())
}
