//! What is saved in a project comes back, with its query; what is no state changes nothing.

use earmark_tests::audio::SplitMix;
use earmark_tests::render::{Blocks, play, wait_until_ready};
use earmark_tests::scene::QUERY;
use earmark_tests::state::encoded;
use earmark_tests::{HostError, Plugin, Scene, Setup, StateDocument};
use serde_json::json;

#[test]
fn a_project_sounds_the_same_when_it_is_opened_again() -> Result<(), HostError> {
    let setup = Setup::default();
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture.slice(0..144_000);
    let mut plugin = setup.inactive()?;
    plugin.edit_state(|state| {
        state.set_mode("custom");
        state.set_param("target", json!({"f32": -3.0}));
        state.set_param("rest", json!({"f32": -30.0}));
        state.set_query(5, "a person speaking");
        state.set_param("slot", json!({"i32": 1}));
        state.set_param("also", json!({"i32": 6}));
    })?;
    plugin.activate(setup.rate, setup.block)?;
    wait_until_ready(&mut plugin, setup.rate, setup.channels, setup.block)?;
    let played = play(&mut plugin, &mixture, Blocks::Of(setup.block), &[])?;
    let saved = plugin.save()?;

    // Some hosts restore before the activation, some after it.
    for restored_first in [true, false] {
        let mut opened = Plugin::new()?;
        opened.select_channels(setup.channels)?;
        opened.set_offline(true)?;
        if restored_first {
            opened.load(&saved)?;
            opened.activate(setup.rate, setup.block)?;
        } else {
            opened.activate(setup.rate, setup.block)?;
            opened.load(&saved)?;
        }
        let document = StateDocument::parse(&opened.save()?)?;
        assert_eq!(document.query(0).as_deref(), Some(QUERY), "the query was lost");
        for (id, value) in [
            ("mode", json!({"string": "custom"})),
            ("target", json!({"f32": -3.0})),
            ("slot", json!({"i32": 1})),
            ("also", json!({"i32": 6})),
        ] {
            assert_eq!(document.param(id), Some(&value), "the parameter `{id}` was lost");
        }
        wait_until_ready(&mut opened, setup.rate, setup.channels, setup.block)?;
        let again = play(&mut opened, &mixture, Blocks::Of(setup.block), &[])?;
        assert_eq!(
            again, played,
            "the project sounds different (restored before activation: {restored_first})"
        );
    }
    Ok(())
}

#[test]
fn projects_of_earlier_versions_open() -> Result<(), HostError> {
    for (file, slot, query) in [("state-1.json", 2, "rain"), ("state-2.json", 1, "typing + steps")] {
        let path = earmark_tests::bundle::repository()
            .join("plugin/fixtures")
            .join(file);
        let json = std::fs::read(&path).expect("the fixture is part of the repository");
        let mut plugin = Setup::default().inactive()?;
        plugin.load(&[&(json.len() as u64).to_le_bytes()[..], &json].concat())?;
        let document = StateDocument::parse(&plugin.save()?)?;
        assert_eq!(document.query(slot).as_deref(), Some(query), "{file}");
        for (id, value) in [
            ("mode", json!({"string": "remove"})),
            ("slot", json!({"i32": 3})),
            ("target", json!({"f32": -3.0})),
            ("rest", json!({"f32": 1.5})),
            ("limit", json!({"f32": 24.0})),
            ("wet", json!({"f32": 0.75})),
            ("mute_rest", json!({"bool": file == "state-2.json"})),
            ("also", json!({"i32": 0})),
        ] {
            assert_eq!(document.param(id), Some(&value), "{file}: the parameter `{id}`");
        }
    }
    Ok(())
}

#[test]
fn garbage_is_refused_and_changes_nothing() -> Result<(), HostError> {
    let mut plugin = Setup::default().inactive()?;
    let good = encoded(|| plugin.save())?;
    let mut random = SplitMix(1);
    let mut noise = |length: usize| (0..length).map(|_| random.bits() as u8).collect::<Vec<u8>>();
    let behind_length = |json: &[u8]| [&(json.len() as u64).to_le_bytes(), json].concat();
    let mut garbage = vec![
        Vec::new(),
        vec![0; 7],
        u64::MAX.to_le_bytes().to_vec(),
        [&(1_u64 << 40).to_le_bytes()[..], b"{}"].concat(),
        good[..good.len() / 2].to_vec(),
        behind_length(b""),
        behind_length(b"null"),
        behind_length(b"{\"version\": 3}"),
        behind_length("[".repeat(100_000).as_bytes()),
    ];
    garbage.extend((0..32).map(|n| noise(1 << (n % 12))));
    garbage.extend((0..32).map(|n| behind_length(&noise(1 << (n % 12)))));
    for bytes in &garbage {
        let start = &bytes[..bytes.len().min(24)];
        assert!(
            plugin.load(bytes).is_err(),
            "{} bytes were taken for a state: {start:?}",
            bytes.len()
        );
        assert_eq!(
            plugin.save()?,
            good,
            "{} bytes of garbage changed the state: {start:?}",
            bytes.len()
        );
    }
    Ok(())
}

#[test]
fn hostile_values_are_tamed() -> Result<(), HostError> {
    let setup = Setup::default();
    let mut plugin = setup.inactive()?;
    plugin.edit_state(|state| {
        state.set_param("target", json!({"f32": 1e30}));
        state.set_param("rest", json!({"f32": -1e30}));
        state.set_param("slot", json!({"i32": 2_000_000_000}));
        state.set_param("also", json!({"i32": -2_000_000_000}));
        state.set_param("mode", json!({"string": "explode"}));
        state.set_param("wet", json!({"string": "wet"}));
        state.set_param("no such parameter", json!({"bool": true}));
        state.set_field("no such field", &json!([1, 2, 3]));
    })?;
    plugin.activate(setup.rate, setup.block)?;
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture.slice(0..48_000);
    let output = play(&mut plugin, &mixture, Blocks::Of(setup.block), &[])?;
    assert!(
        output.channels.iter().flatten().all(|sample| sample.is_finite()),
        "the output is not a number"
    );
    assert!(output.peak() < 8.0, "the output reaches {}", output.peak());
    Ok(())
}
