//! Another model while the host plays: what is heard goes on, and the latency stays what was reported until the host
//! activates anew.

use std::process::Command;
use std::time::{Duration, Instant};

use earmark_tests::render::{Blocks, play, play_compensated};
use earmark_tests::{Audio, HostError, Plugin, Scene, Setup, StateDocument};
use serde_json::json;

const SMALL: &str = "earmark-small";
/// AudioSep's network on weights that separate nothing.
const LARGE: &str = "audiosep-random";

fn wish(plugin: &mut Plugin, id: &str, quality: &str) -> Result<(), HostError> {
    plugin.edit_state(|state| state.set_model(id, quality))
}

fn wished(plugin: &mut Plugin) -> Result<Option<String>, HostError> {
    Ok(StateDocument::parse(&plugin.save()?)?.model())
}

#[test]
fn a_model_that_needs_more_latency_waits_and_a_host_that_never_restarts_hears_the_old_one()
-> Result<(), HostError> {
    let setup = Setup::default();
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture.slice(0..96_000);
    let mut plugin = setup.ready()?;
    let latency = plugin.latency()?;
    let before = play_compensated(&mut plugin, &mixture, setup.block)?;
    // A change of latency or of the render mode asks for one, too.
    let asked = plugin.restarts();

    wish(&mut plugin, LARGE, "best")?;
    plugin.reset()?;
    let after = play_compensated(&mut plugin, &mixture, setup.block)?;
    assert_eq!(plugin.latency()?, latency);
    assert_eq!(before, after, "the old model is no longer heard as it was");
    assert_eq!(
        plugin.restarts(),
        asked + 1,
        "the host was not asked, or more than once"
    );
    assert_eq!(wished(&mut plugin)?.as_deref(), Some(LARGE));

    plugin.deactivate();
    plugin.activate(setup.rate, setup.block)?;
    assert!(
        plugin.latency()? > 4 * latency,
        "{} after {latency}",
        plugin.latency()?
    );
    assert_eq!(wished(&mut plugin)?.as_deref(), Some(LARGE));
    Ok(())
}

#[test]
fn a_model_that_needs_less_takes_over_as_late_as_the_old_one_and_not_a_sample_is_lost()
-> Result<(), HostError> {
    let setup = Setup {
        offline: false,
        ..Setup::default()
    };
    let mut plugin = setup.inactive()?;
    plugin.edit_state(|state| {
        state.set_model(LARGE, "balanced");
        // Off: what comes out must be what went in, to the bit, whoever lets it through.
        state.set_param("slot", json!({"i32": 0}));
    })?;
    plugin.activate(setup.rate, setup.block)?;
    let latency = plugin.latency()?;
    let noise = Audio::noise(setup.rate, setup.channels, 48_000, 0.25);
    play(&mut plugin, &noise, Blocks::Of(setup.block), &[])?;

    wish(&mut plugin, SMALL, "balanced")?;
    let begun = Instant::now();
    let asked = plugin.restarts();
    let mut rounds = 0;
    // Less latency would do once the other model is heard: that is when the host is asked to restart.
    while plugin.restarts() == asked {
        let heard = play(&mut plugin, &noise, Blocks::Of(setup.block), &[])?;
        let at = latency % 48_000;
        let expected = |frame: usize| noise.channels[0][(frame + 48_000 - at) % 48_000];
        // The noise is repeated, and the latency is more than one round of it.
        if rounds > latency / 48_000 + 1 {
            let wrong = (0..48_000).find(|frame| heard.channels[0][*frame] != expected(*frame));
            assert_eq!(wrong, None, "round {rounds}: the input does not come through");
        }
        assert_eq!(plugin.latency()?, latency);
        plugin.run_main_thread();
        rounds += 1;
        assert!(begun.elapsed() < Duration::from_secs(120), "it never took over");
    }
    assert_eq!(wished(&mut plugin)?.as_deref(), Some(SMALL));
    plugin.deactivate();
    plugin.activate(setup.rate, setup.block)?;
    assert!(plugin.latency()? < latency);
    Ok(())
}

#[test]
fn a_missing_model_is_replaced_and_remembered() -> Result<(), HostError> {
    let setup = Setup::default();
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture.slice(0..96_000);
    let mut usual = setup.ready()?;
    let expected = play_compensated(&mut usual, &mixture, setup.block)?;
    let mut plugin = setup.ready()?;
    wish(&mut plugin, "a-model-of-somebody-else", "fast")?;
    plugin.deactivate();
    plugin.activate(setup.rate, setup.block)?;
    earmark_tests::render::wait_until_ready(&mut plugin, setup.rate, setup.channels, setup.block)?;
    assert_eq!(play_compensated(&mut plugin, &mixture, setup.block)?, expected);
    assert_eq!(wished(&mut plugin)?.as_deref(), Some("a-model-of-somebody-else"));
    Ok(())
}

/// The wrapper's worker holds the instance while it is at a task. Were it to end the engine before, a host that drops the instance
/// meanwhile would leave the worker to drop it, and to wait for itself.
#[test]
fn no_thread_of_the_plug_in_panics_where_the_host_drops_it_after_another_model_has_taken_over() {
    let program = std::env::current_exe().expect("the tests have a file");
    let played = Command::new(program)
        .args([
            "--exact",
            "a_model_that_needs_less_takes_over_as_late_as_the_old_one_and_not_a_sample_is_lost",
        ])
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("it is running");
    let said = String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success() && !said.contains("panicked"), "{said}");
}
