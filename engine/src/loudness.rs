//! Momentary loudness on the audio thread, while somebody watches.

use ebur128::{EbuR128, Mode};

use crate::sample::bounded;
use earmark_controls::MAX_CHANNELS;

/// Time between two readings, in seconds.
const EVERY_SECONDS: f64 = 0.05;

/// One signal's momentary loudness. All memory is taken when it is made.
pub(crate) struct LoudnessMeter {
    /// `None` at rates that the standard's filters are not made for.
    state: Option<EbuR128>,
    channels: usize,
    every: usize,
    since: usize,
    on: bool,
    /// `[channel][most]`: samples with what is no sound taken out.
    cleaned: Vec<Vec<f32>>,
}

impl LoudnessMeter {
    /// For at most `most` samples at a time.
    pub(crate) fn new(channels: usize, rate: f64, most: usize) -> LoudnessMeter {
        LoudnessMeter {
            state: EbuR128::new(channels as u32, rate.round() as u32, Mode::M).ok(),
            channels,
            every: ((EVERY_SECONDS * rate) as usize).max(1),
            since: 0,
            on: false,
            cleaned: vec![vec![0.0; most]; channels],
        }
    }

    /// Reads samples, `[channel][sample]`, while it is `watched`. Gives the loudness in LUFS now and then; minus infinity is
    /// silence.
    pub(crate) fn feed(&mut self, samples: &[&[f32]], watched: bool) -> Option<f32> {
        let state = self.state.as_mut()?;
        if watched && !self.on {
            state.reset();
            self.since = 0;
        }
        self.on = watched;
        if !watched || samples.len() != self.channels {
            return None;
        }
        // One NaN would stay in the filters for ever.
        let len = samples[0].len();
        let mut cleaned: [&[f32]; MAX_CHANNELS] = Default::default();
        for ((cleaned, to), from) in cleaned.iter_mut().zip(&mut self.cleaned).zip(samples) {
            for (to, from) in to.iter_mut().zip(*from) {
                *to = bounded(*from);
            }
            *cleaned = &to[..len];
        }
        state.add_frames_planar_f32(&cleaned[..samples.len()]).ok()?;
        self.since += len;
        if self.since < self.every {
            return None;
        }
        self.since = 0;
        state.loudness_momentary().ok().map(|lufs| lufs as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_sine_on_one_channel_reads_as_the_standard_says() {
        let mut meter = LoudnessMeter::new(2, 48_000.0, 480);
        let sine: Vec<f32> = (0..480)
            .map(|k| (std::f32::consts::TAU * 1_000.0 * k as f32 / 48_000.0).sin())
            .collect();
        let silence = [0.0; 480];
        let mut last = None;
        for _ in 0..60 {
            last = meter.feed(&[&sine, &silence], true).or(last);
        }
        assert!((last.unwrap() + 3.01).abs() < 0.05, "{last:?}");
        assert_eq!(meter.feed(&[&sine, &silence], false), None);
    }

    #[test]
    fn what_is_no_number_is_forgotten_like_any_other_sample() {
        let mut meter = LoudnessMeter::new(1, 48_000.0, 480);
        let sine: Vec<f32> = (0..480)
            .map(|k| 0.1 * (std::f32::consts::TAU * 1_000.0 * k as f32 / 48_000.0).sin())
            .collect();
        let mut last = None;
        for call in 0..160 {
            let mut samples = sine.clone();
            if call == 40 {
                samples[..4].copy_from_slice(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX]);
            }
            last = meter.feed(&[&samples], true).or(last);
        }
        assert!((last.unwrap() + 23.01).abs() < 0.05, "{last:?}");
    }
}
