//! The query is heard: the right one brings the typing out, a wrong one does not.

use earmark_tests::render::play_compensated;
use earmark_tests::scene::QUERY;
use earmark_tests::score::{sdr, si_sdr};
use earmark_tests::{HostError, Scene, Setup};

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
