//! The query is heard: the right one brings the typing out, a wrong one does not.

use earmark_tests::render::{play_compensated, wait_until_ready};
use earmark_tests::scene::QUERY;
use earmark_tests::score::{sdr, si_sdr};
use earmark_tests::{Audio, HostError, Scene, Setup, bundle};
use serde_json::json;

#[test]
fn the_right_query_beats_a_wrong_one() -> Result<(), HostError> {
    let scene = Scene::new(48_000.0, 2)?;
    let improvement = |query: &str| -> Result<(f64, f64), HostError> {
        let setup = Setup {
            query,
            ..Setup::default()
        };
        let output = play_compensated(&mut setup.ready()?, &scene.mixture, setup.block)?;
        let by_sdr = sdr(&scene.typing, &output) - sdr(&scene.typing, &scene.mixture);
        let by_si_sdr = si_sdr(&scene.typing, &output) - si_sdr(&scene.typing, &scene.mixture);
        println!("\"{query}\": SDRi {by_sdr:.2} dB, SI-SDRi {by_si_sdr:.2} dB");
        Ok((by_sdr, by_si_sdr))
    };
    let (right_sdr, right_si_sdr) = improvement(QUERY)?;
    let (_, wrong_si_sdr) = improvement("a man speaking")?;
    assert!(
        right_sdr >= 6.0,
        "the right query improves the SDR by {right_sdr:.2} dB only"
    );
    assert!(
        right_si_sdr >= 5.0,
        "the right query improves the SI-SDR by {right_si_sdr:.2} dB only"
    );
    assert!(
        right_si_sdr - wrong_si_sdr >= 6.0,
        "a wrong query is only {:.2} dB worse than the right one",
        right_si_sdr - wrong_si_sdr
    );
    Ok(())
}

#[test]
fn two_slots_together_are_removed_at_once() -> Result<(), HostError> {
    let mixture = Audio::read(&bundle::example("dog_in_the_rain.wav"))?
        .with_channels(2)
        .resampled(48_000.0);
    let (dog, rain) = ("a dog barking", "rain");
    let removed = |first: &str, also: i32| -> Result<Audio, HostError> {
        let setup = Setup {
            query: first,
            ..Setup::default()
        };
        let mut plugin = setup.inactive()?;
        plugin.edit_state(|state| {
            state.set_query(4, rain);
            state.set_param("slot", json!({"i32": 1}));
            state.set_param("also", json!({"i32": also}));
            state.set_mode("remove");
        })?;
        plugin.activate(setup.rate, setup.block)?;
        wait_until_ready(&mut plugin, setup.rate, setup.channels, setup.block)?;
        play_compensated(&mut plugin, &mixture, setup.block)
    };
    let level = |sound: &Audio| {
        let power: f64 = sound
            .channels
            .iter()
            .flatten()
            .map(|&x| f64::from(x).powi(2))
            .sum();
        10.0 * power.log10()
    };
    let input = level(&mixture);
    let left = |sound: &Audio| level(sound) - input;
    let both = removed(dog, 5)?;
    let (dog_alone, rain_alone) = (removed(dog, 0)?, removed(rain, 0)?);
    println!(
        "left of the mixture: without the dog {:.1} dB, without the rain {:.1} dB, without both {:.1} dB",
        left(&dog_alone),
        left(&rain_alone),
        left(&both)
    );
    assert!(left(&both) < left(&dog_alone) - 3.0 && left(&both) < left(&rain_alone) - 3.0);
    assert!(
        both == removed("a dog barking + rain", 0)?,
        "it is what one slot with both sounds gives"
    );
    Ok(())
}
