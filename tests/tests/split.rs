//! "Earmark Split": target and rest on outputs of their own.

use earmark_tests::scene::QUERY;
use earmark_tests::{HostError, Plugin, Scene, Setup};
use serde_json::json;

#[test]
fn target_and_rest_are_the_input() -> Result<(), HostError> {
    let setup = Setup::default();
    let mixture = Scene::new(setup.rate, setup.channels)?.mixture.slice(0..96_000);
    let mut plugin = Plugin::split()?;
    plugin.select_channels(setup.channels)?;
    plugin.set_offline(true)?;
    plugin.edit_state(|state| state.set_query(0, QUERY))?;
    let latency = plugin.activate(setup.rate, setup.block)?;
    // Offline, the first call waits for the model.
    let mut heard = [0.0_f64; 2];
    let (mut targets, mut rests) = (vec![], vec![]);
    for start in (0..96_000).step_by(setup.block) {
        let mut target = mixture.slice(start..start + setup.block).channels;
        let mut rest = vec![vec![1.0; setup.block]; setup.channels];
        plugin.process_ports(&mut [&mut target, &mut rest], &[])?;
        for (sum, part) in heard.iter_mut().zip([&target, &rest]) {
            *sum += part.iter().flatten().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        }
        targets.extend_from_slice(&target[1]);
        rests.extend_from_slice(&rest[1]);
    }
    assert!(
        heard.iter().all(|energy| *energy > 1.0),
        "one of the outputs is silent: {heard:?}"
    );
    let sums = targets.iter().zip(&rests).skip(latency);
    let mut largest = 0.0_f32;
    for ((target, rest), x) in sums.zip(&mixture.channels[1]) {
        // To the last bit of the larger part.
        let unit = f32::EPSILON * target.abs().max(rest.abs());
        largest = largest.max(((target + rest - x).abs() - unit).max(0.0));
    }
    assert_eq!(largest, 0.0, "target + rest is not the input");

    plugin.edit_state(|state| state.set_param("bypass", json!({"bool": true})))?;
    plugin.reset()?;
    let mut target = mixture.slice(0..setup.block).channels;
    let mut rest = target.clone();
    for _ in 0..latency / setup.block + 4 {
        target = mixture.slice(0..setup.block).channels;
        plugin.process_ports(&mut [&mut target, &mut rest], &[])?;
    }
    assert!(
        target.iter().flatten().all(|sample| *sample == 0.0),
        "bypass leaves a target"
    );
    assert!(rest.iter().flatten().any(|sample| *sample != 0.0));
    Ok(())
}
