//! Pictures of signals: panels above each other, log frequency upwards, level as colour.

use std::path::Path;

use realfft::RealFftPlanner;

use crate::audio::Audio;
use crate::error::HostError;
use canvas::Canvas;

mod canvas;
mod font;

const WINDOW: usize = 2048;
const LOWEST_HZ: f64 = 50.0;
const HIGHEST_HZ: f64 = 16_000.0;
/// Levels this far below the loudest of the first panel are black.
const RANGE_DB: f64 = 80.0;

const PANEL: (usize, usize) = (1200, 240);
const MARGIN: usize = 72;
const TITLE: usize = 40;
const FOOT: usize = 36;

/// Draws one panel per signal and writes them as PNG. All share the first one's time axis and loudest level, so that
/// what is dark in one panel is quiet there.
///
/// # Errors
/// [`HostError::Write`] when the file cannot be written.
pub fn write(path: &Path, panels: &[(&str, &Audio)]) -> Result<(), HostError> {
    let failed = |reason: String| HostError::Write {
        path: path.to_owned(),
        reason,
    };
    let pictures: Vec<Vec<Vec<f64>>> = panels.iter().map(|(_, audio)| levels(audio)).collect();
    let loudest = pictures
        .first()
        .into_iter()
        .flatten()
        .flatten()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max)
        .max(-120.0);

    let mut canvas = Canvas::new(PANEL.0 + 2 * MARGIN, panels.len() * (TITLE + PANEL.1) + FOOT);
    for (index, ((title, _), picture)) in panels.iter().zip(&pictures).enumerate() {
        let top = index * (TITLE + PANEL.1) + TITLE;
        canvas.text(MARGIN, top - 26, title, 3);
        for (column, levels) in picture.iter().enumerate() {
            for (row, level) in levels.iter().enumerate() {
                let colour = canvas::heat(1.0 - (loudest - level) / RANGE_DB);
                canvas.set(MARGIN + column, top + PANEL.1 - 1 - row, colour);
            }
        }
        for (hertz, label) in [(100.0, "100"), (1_000.0, "1K"), (10_000.0, "10K")] {
            let row = (hertz / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln() * PANEL.1 as f64;
            let y = top + PANEL.1 - row as usize;
            canvas.line(MARGIN - 8, y, 6);
            canvas.text(MARGIN - 14 - canvas::text_width(label, 2), y - 7, label, 2);
        }
    }
    let seconds = panels
        .first()
        .map_or(0.0, |(_, audio)| audio.frames() as f64 / audio.rate);
    let foot = panels.len() * (TITLE + PANEL.1) + 10;
    for second in 0..=seconds as usize {
        let x = MARGIN + (second as f64 / seconds.max(1e-9) * PANEL.0 as f64) as usize;
        let label = format!("{second} S");
        canvas.text(
            x.saturating_sub(canvas::text_width(&label, 2) / 2),
            foot,
            &label,
            2,
        );
    }
    canvas.write(path).map_err(failed)
}

/// Levels in dB, `[column][row]` for a panel, row 0 the lowest frequency; the mean power of all channels.
fn levels(audio: &Audio) -> Vec<Vec<f64>> {
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(WINDOW);
    let window: Vec<f64> = (0..WINDOW)
        .map(|n| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / WINDOW as f64).cos())
        .collect();
    let mut spectrum = transform.make_output_vec();
    (0..PANEL.0)
        .map(|column| {
            let centre = (column as f64 + 0.5) / PANEL.0 as f64 * audio.frames() as f64;
            let mut power = vec![0.0; spectrum.len()];
            for channel in &audio.channels {
                let mut frame: Vec<f64> = (0..WINDOW)
                    .map(|n| {
                        let at = (centre as usize + n).checked_sub(WINDOW / 2);
                        at.and_then(|at| channel.get(at))
                            .map_or(0.0, |&sample| f64::from(sample))
                            * window[n]
                    })
                    .collect();
                // The length is that of the plan, so it cannot refuse it.
                let _ = transform.process(&mut frame, &mut spectrum);
                for (sum, bin) in power.iter_mut().zip(&spectrum) {
                    *sum += bin.norm_sqr() / audio.channels.len() as f64;
                }
            }
            (0..PANEL.1)
                .map(|row| 10.0 * band(&power, row, audio.rate).max(1e-12).log10())
                .collect()
        })
        .collect()
}

/// The power at a row: the loudest bin that it covers where it covers several, interpolated where it lies between two.
fn band(power: &[f64], row: usize, rate: f64) -> f64 {
    let bin = |row: f64| {
        let hertz = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ).powf(row / PANEL.1 as f64);
        (hertz * WINDOW as f64 / rate).min((power.len() - 2) as f64)
    };
    let (low, high) = (bin(row as f64), bin(row as f64 + 1.0));
    if high - low >= 1.0 {
        return power[low as usize..=high as usize]
            .iter()
            .copied()
            .fold(0.0, f64::max);
    }
    let below = low as usize;
    let part = low - below as f64;
    power[below] * (1.0 - part) + power[below + 1] * part
}
