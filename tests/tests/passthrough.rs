//! What is not asked for comes out untouched: bit-exact, only later.

use earmark_tests::render::{Blocks, play};
use earmark_tests::{Audio, HostError, Setup, StateDocument};
use serde_json::json;

fn check(name: &str, edit: impl Fn(&mut StateDocument)) -> Result<(), HostError> {
    for offline in [true, false] {
        let setup = Setup {
            offline,
            ..Setup::default()
        };
        let mut plugin = setup.ready()?;
        plugin.edit_state(&edit)?;
        plugin.reset()?;
        let latency = plugin.latency()?;
        let input = Audio::noise(setup.rate, setup.channels, 96_000, 0.5);
        let output = play(&mut plugin, &input, Blocks::Of(setup.block), &[])?;
        assert!(
            output.slice(0..latency).peak() == 0.0,
            "{name}: sound came before it was due"
        );
        let passed = output.slice(latency..input.frames());
        let given = input.slice(0..input.frames() - latency);
        for (channel, (is, should)) in passed.channels.iter().zip(&given.channels).enumerate() {
            let differs = is
                .iter()
                .zip(should)
                .position(|(is, should)| is.to_bits() != should.to_bits());
            assert_eq!(
                differs, None,
                "{name}, offline {offline}: channel {channel} is not the input at this frame"
            );
        }
    }
    Ok(())
}

#[test]
fn with_the_slot_off_the_input_passes() -> Result<(), HostError> {
    check("slot off", |state| state.set_param("slot", json!({"i32": 0})))?;
    check("slot off beside a second one", |state| {
        state.set_param("slot", json!({"i32": 0}));
        state.set_param("also", json!({"i32": 1}));
    })
}

#[test]
fn with_an_empty_slot_the_input_passes() -> Result<(), HostError> {
    check("an empty slot", |state| {
        state.set_param("slot", json!({"i32": 8}))
    })
}

#[test]
fn with_both_gains_at_0_db_the_input_passes() -> Result<(), HostError> {
    check("both gains at 0 dB", |state| {
        state.set_mode("custom");
        state.set_param("target", json!({"f32": 0.0}));
        state.set_param("rest", json!({"f32": 0.0}));
    })
}

#[test]
fn with_bypass_the_input_passes() -> Result<(), HostError> {
    check("bypass", |state| state.set_param("bypass", json!({"bool": true})))
}

#[test]
fn dry_the_input_passes() -> Result<(), HostError> {
    check("dry", |state| state.set_param("wet", json!({"f32": 0.0})))
}
