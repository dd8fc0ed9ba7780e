//! Momentary loudness on the audio thread, while somebody watches.

use ebur128::{EbuR128, Mode};

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
}

impl LoudnessMeter {
    pub(crate) fn new(channels: usize, rate: f64) -> LoudnessMeter {
        LoudnessMeter {
            state: EbuR128::new(channels as u32, rate.round() as u32, Mode::M).ok(),
            channels,
            every: ((EVERY_SECONDS * rate) as usize).max(1),
            since: 0,
            on: false,
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
        state.add_frames_planar_f32(samples).ok()?;
        self.since += samples[0].len();
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
        let mut meter = LoudnessMeter::new(2, 48_000.0);
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
}
