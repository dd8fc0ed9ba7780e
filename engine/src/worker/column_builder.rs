//! From spectra and masks to columns of a spectrogram, while somebody watches.

use std::ops::Range;

use earmark_controls::{BANDS, Column, Moment};
use earmark_models::stft::Plan;
use num_complex::Complex32;

/// Lowest and highest edge of the bands, in Hz.
const EDGES: (f32, f32) = (40.0, 16_000.0);
/// The level of byte 0, in dBFS.
const BOTTOM_DB: f32 = -90.0;

/// Gathers the frames of a column.
pub(crate) struct ColumnBuilder {
    /// Bins of each band.
    bands: Vec<Range<usize>>,
    /// From a bin's power to that of a sine of full scale.
    norm: f32,
    /// Frames of a column.
    frames: usize,
    gathered: usize,
    mixture: [f32; BANDS],
    target: [f32; BANDS],
}

impl ColumnBuilder {
    pub(crate) fn new(plan: &Plan, rate: f32, frames: usize) -> ColumnBuilder {
        let config = plan.config();
        let window: f32 = plan.window().iter().map(|w| w * w).sum();
        ColumnBuilder {
            bands: bands(config.window, config.bins(), rate),
            norm: 4.0 / (config.window as f32 * window),
            frames,
            gathered: 0,
            mixture: [0.0; BANDS],
            target: [0.0; BANDS],
        }
    }

    /// Forgets what was gathered.
    pub(crate) fn reset(&mut self) {
        self.gathered = 0;
        self.mixture.fill(0.0);
        self.target.fill(0.0);
    }

    /// Reads a frame: each channel's spectrum, and its mask where a sound is heard, `[bins]`. Gives a column with its last
    /// frame.
    pub(crate) fn push<'a>(
        &mut self,
        channels: impl Iterator<Item = (&'a [Complex32], Option<&'a [Complex32]>)>,
        presence: f32,
    ) -> Option<Column> {
        let mut count = 0;
        for (spectrum, mask) in channels {
            count += 1;
            for (band, bins) in self.bands.iter().enumerate() {
                for bin in bins.clone() {
                    let power = spectrum[bin].norm_sqr();
                    self.mixture[band] += power;
                    self.target[band] += power * mask.map_or(0.0, |mask| mask[bin].norm_sqr());
                }
            }
        }
        self.gathered += 1;
        if self.gathered < self.frames {
            return None;
        }
        let norm = self.norm / (self.gathered * count.max(1)) as f32;
        let byte = |power: f32| {
            let db = 10.0 * (power * norm).max(1e-12).log10();
            ((db - BOTTOM_DB) / -BOTTOM_DB * 255.0).round() as u8
        };
        let column = Column {
            mixture: self.mixture.map(byte),
            target: self.target.map(byte),
            presence: (presence * 255.0).round() as u8,
            // Who hands it over knows.
            at: Moment::default(),
        };
        self.reset();
        Some(column)
    }
}

/// The bins of each band; at least the nearest one.
fn bands(window: usize, bins: usize, rate: f32) -> Vec<Range<usize>> {
    let mel = |hertz: f32| 2595.0 * (1.0 + hertz / 700.0).log10();
    let hertz = |mel: f32| 700.0 * (10f32.powf(mel / 2595.0) - 1.0);
    let (low, high) = (mel(EDGES.0), mel(EDGES.1.min(rate / 2.0)));
    let edge = |band: usize| {
        let hertz = hertz(low + (high - low) * band as f32 / BANDS as f32);
        ((hertz * window as f32 / rate).round() as usize).min(bins - 1)
    };
    (0..BANDS)
        .map(|band| edge(band)..edge(band + 1).max(edge(band) + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use earmark_models::stft::{StftConfig, WindowKind};

    use super::*;

    #[test]
    fn a_sine_lights_its_band_at_its_level() {
        let config = StftConfig {
            window: 1280,
            hop: 640,
            kind: WindowKind::SqrtHann,
        };
        let plan = Plan::new(config).unwrap();
        let mut columns = ColumnBuilder::new(&plan, 32_000.0, 2);
        let mut analyzer = plan.analyzer();
        let mut frame = vec![Complex32::default(); config.bins()];
        let mask = vec![Complex32::new(0.0, 0.1); config.bins()];
        let mut last = None;
        for hop in 0..8 {
            let samples: Vec<f32> = (hop * 640..(hop + 1) * 640)
                .map(|k| 0.1 * (std::f32::consts::TAU * 3_000.0 * k as f32 / 32_000.0).sin())
                .collect();
            analyzer.push(&samples, &mut frame);
            let column = columns.push([(&frame[..], Some(&mask[..]))].into_iter(), 0.5);
            assert_eq!(column.is_some(), hop % 2 == 1);
            last = column.or(last);
        }
        let column = last.unwrap();
        let band = (0..BANDS).max_by_key(|band| column.mixture[*band]).unwrap();
        let bins = bands(1280, 641, 32_000.0)[band].clone();
        assert!(bins.contains(&120), "3 kHz is bin 120");
        let db = |byte: u8| f32::from(byte) / 255.0 * 90.0 - 90.0;
        assert!(
            (db(column.mixture[band]) + 20.0).abs() < 1.0,
            "{}",
            db(column.mixture[band])
        );
        assert!((db(column.target[band]) + 40.0).abs() < 1.0);
        assert_eq!((column.mixture[2], column.presence), (0, 128));
    }

    #[test]
    fn bands_cover_every_bin_between_their_edges_once() {
        for (window, rate) in [(1280, 32_000.0), (2048, 32_000.0), (1024, 16_000.0)] {
            let bands = bands(window, window / 2 + 1, rate);
            assert_eq!(bands.len(), BANDS);
            for pair in bands.windows(2) {
                assert!(pair[0].start < pair[0].end && pair[1].start <= pair[0].end);
                assert!(pair[1].end <= window / 2 + 1);
            }
        }
    }
}
