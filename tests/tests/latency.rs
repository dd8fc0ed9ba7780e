//! The *target* comes out exactly as late as was reported, at every usual rate, mono and stereo.
//!
//! What passes dry would be on time even if the separated sound were late, so it is the isolated sound that is measured.

use earmark_tests::render::{Blocks, play};
use earmark_tests::score::{delay, sdr};
use earmark_tests::{HostError, Scene, Setup};

/// Measures at one rate. Returns what went wrong, so that one run names all rates that are wrong.
fn check(rate: f64, channels: usize) -> Result<Option<String>, HostError> {
    let scene = Scene::new(rate, channels)?;
    let mut plugin = Setup {
        rate,
        channels,
        ..Setup::default()
    }
    .ready()?;
    let latency = plugin.latency()?;
    let frames = scene.mixture.frames();
    let output = play(
        &mut plugin,
        &scene.mixture.slice(0..frames + 2 * latency),
        Blocks::Of(512),
        &[],
    )?;
    let measured = delay(&scene.typing, &output, 2 * latency);
    let improvement =
        sdr(&scene.typing, &output.slice(latency..latency + frames)) - sdr(&scene.typing, &scene.mixture);
    println!(
        "{rate} Hz, {channels} channels: reported {latency}, measured {measured} samples ({:.1} ms), SDRi {improvement:.2} dB",
        latency as f64 / rate * 1e3
    );
    // A plug-in that passes the mixture would be on time as well.
    let wrong = if measured != latency {
        format!("the target is {measured} samples late and not {latency}")
    } else if improvement < 3.0 {
        format!("the output is not the isolated sound: SDR improvement {improvement:.2} dB")
    } else if latency as f64 > 0.5 * rate {
        format!("{latency} samples are more than half a second")
    } else {
        return Ok(None);
    };
    Ok(Some(format!("{rate} Hz, {channels} channels: {wrong}")))
}

fn check_rates(channels: usize) -> Result<(), HostError> {
    let mut wrong = Vec::new();
    for rate in [44_100.0, 48_000.0, 88_200.0, 96_000.0] {
        wrong.extend(check(rate, channels)?);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_target_is_as_late_as_reported_in_mono() -> Result<(), HostError> {
    check_rates(1)
}

#[test]
fn the_target_is_as_late_as_reported_in_stereo() -> Result<(), HostError> {
    check_rates(2)
}
