//! The level at which the separator hears the input.
//!
//! Networks that read linear magnitudes hear another sound when the same one is 40 dB quieter. So the magnitudes are
//! scaled before they are handed over. The masks that come back are applied to the input itself: nothing has to be undone
//! at the output, and target and rest still add up to the input whatever the trim.

use earmark_models::SeparatorSpec;

use crate::config::Trim;

/// Below −80 dBFS nothing is taken for sound: the trim stays where it was, so that pauses are not turned up.
const SILENCE: f32 = 1e-8;
/// Most that is turned up or down, as a factor of the amplitude: 40 dB.
const MOST: f32 = 100.0;
/// Magnitude of a sample beyond which it is no sound that anybody recorded, but a broken plug-in's or a damaged file's: 20 dB over
/// full scale. One of them must not hold the level for a minute, so frames with such samples do not count, unless a second of them
/// in a row says that this is what the track is like.
pub(crate) const ABSURD: f32 = 10.0;
const BELIEVED_SECONDS: f32 = 1.0;
/// Time constants of the two means, in seconds: the longer one keeps the level through a sentence's pauses, the
/// shorter one notices at once when it becomes loud.
const SLOW_SECONDS: f32 = 3.0;
const FAST_SECONDS: f32 = 0.1;

/// From the power of what was heard so far to the factor of the next frame's magnitudes.
pub(crate) struct Level {
    trim: Trim,
    /// Lowest and highest mean power at which the separator hears well.
    powers: (f32, f32),
    slow: Mean,
    fast: Mean,
    factor: f32,
    /// Frames in a row that hold absurd samples, and how many it takes to believe them.
    absurd: usize,
    believed: usize,
}

impl Level {
    pub(crate) fn new(spec: &SeparatorSpec) -> Level {
        let power = |db: f32| 10f32.powf(db / 10.0);
        let frames = spec.sample_rate as f32 / spec.stft.hop as f32;
        Level {
            trim: Trim::default(),
            powers: (power(spec.levels.0), power(spec.levels.1)),
            slow: Mean::new(SLOW_SECONDS * frames),
            fast: Mean::new(FAST_SECONDS * frames),
            factor: 1.0,
            absurd: 0,
            believed: (BELIEVED_SECONDS * frames) as usize,
        }
    }

    pub(crate) fn set(&mut self, trim: Trim) {
        self.trim = trim;
    }

    /// Forgets what was heard.
    pub(crate) fn reset(&mut self) {
        self.slow.reset();
        self.fast.reset();
        self.factor = 1.0;
        self.absurd = 0;
    }

    /// The factor for the magnitudes of a frame whose newest samples have this mean square, and whether they hold absurd ones.
    pub(crate) fn factor(&mut self, power: f32, absurd: bool) -> f32 {
        self.absurd = if absurd { self.absurd + 1 } else { 0 };
        let counts = self.absurd == 0 || self.absurd > self.believed;
        if power > SILENCE && counts {
            let heard = self.slow.push(power).max(self.fast.push(power));
            let (low, high) = self.powers;
            self.factor = (heard.clamp(low, high) / heard).sqrt().clamp(1.0 / MOST, MOST);
        }
        match self.trim {
            Trim::Automatic => self.factor,
            Trim::Fixed(db) => 10f32.powf(db / 20.0),
        }
    }
}

/// A mean that forgets; at first it is the mean of all that came.
struct Mean {
    keep: f32,
    sum: f32,
    weight: f32,
}

impl Mean {
    fn new(frames: f32) -> Mean {
        Mean {
            keep: (-1.0 / frames.max(1.0)).exp(),
            sum: 0.0,
            weight: 0.0,
        }
    }

    fn reset(&mut self) {
        (self.sum, self.weight) = (0.0, 0.0);
    }

    fn push(&mut self, value: f32) -> f32 {
        self.sum = self.sum * self.keep + value;
        self.weight = self.weight * self.keep + 1.0;
        self.sum / self.weight
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::bundled;

    use super::*;

    /// The factor in dB after so many seconds at each level, in dBFS.
    fn factors(levels: &[(f32, f32)]) -> Vec<f32> {
        let spec = bundled::spec();
        let mut level = Level::new(spec);
        let frames = spec.sample_rate as f32 / spec.stft.hop as f32;
        let mut last = 1.0;
        levels
            .iter()
            .map(|(db, seconds)| {
                for _ in 0..(seconds * frames) as usize {
                    last = level.factor(10f32.powf(db / 10.0), 10f32.powf(db / 20.0) > ABSURD);
                }
                20.0 * last.log10()
            })
            .collect()
    }

    #[test]
    fn what_the_model_knows_is_left_alone_to_the_bit() {
        let (low, high) = bundled::spec().levels;
        assert_eq!(factors(&[(low + 1.0, 2.0), (high - 1.0, 2.0)]), [0.0, 0.0]);
    }

    #[test]
    fn what_is_quieter_or_louder_is_brought_to_the_edge_of_what_it_knows() {
        let (low, high) = bundled::spec().levels;
        let quiet = factors(&[(low - 20.0, 2.0)])[0];
        assert!((quiet - 20.0).abs() < 0.1, "{quiet}");
        let loud = factors(&[(high + 6.0, 2.0)])[0];
        assert!((loud + 6.0).abs() < 0.1, "{loud}");
    }

    #[test]
    fn absurd_samples_do_not_move_the_level() {
        let (low, high) = bundled::spec().levels;
        let quiet = low - 20.0;
        for (db, seconds) in [(21.0, 0.1), (80.0, 0.5), (760.0, 0.1)] {
            let factors = factors(&[(quiet, 5.0), (db, seconds), (quiet, 0.1)]);
            assert_eq!(factors[2], factors[0], "{db} dBFS for {seconds} s");
        }
        let believed = factors(&[(30.0, 3.0)])[0];
        assert!((believed - (high - 30.0)).abs() < 0.1, "{believed}");
    }

    #[test]
    fn pauses_are_not_turned_up_and_loud_sounds_are_noticed_at_once() {
        let (low, _) = bundled::spec().levels;
        let factors = factors(&[
            (low - 20.0, 5.0),
            (-90.0, 30.0),
            (low - 20.0, 0.1),
            (low + 10.0, 0.2),
        ]);
        assert!(
            (factors[1] - 20.0).abs() < 0.1 && (factors[2] - 20.0).abs() < 0.1,
            "{factors:?}"
        );
        assert!(factors[3].abs() < 0.5, "{factors:?}");
    }
}
