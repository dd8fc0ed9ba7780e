//! A constant offset of the recording, as cheap recorders leave it.
//!
//! A network that hears magnitudes hears it as a loud sound at 0 Hz, and a mask that moves makes a rumble of it. So it is taken out
//! of what the worker gets, and with that out of the target; the mixture of the audio thread keeps it, and so it is in the rest:
//! target + rest = input.
//!
//! A high-pass would turn the phases of what it keeps and be late or change every bit. This one knows the difference between an
//! offset and a sound: the means of short segments stray around 0 for a sound, and around the offset where there is one. It acts
//! only on what stands far out of that straying, and changes no bit else. A constant without any sound is left alone, too: there
//! is nothing in it that could be separated better.

use super::trim::ABSURD;

/// Length of a segment, in seconds: one period at 50 Hz.
const SEGMENT_SECONDS: f64 = 0.02;
/// Time constant of what is known about them, in seconds.
const MEMORY_SECONDS: f64 = 10.0;
/// Segments that a verdict needs.
const LEAST: f64 = 8.0;
/// Standard errors by which the mean of an offset is away from 0: to be believed, and to be believed still.
const BELIEVED: f64 = 10.0;
const KEPT: f64 = 4.0;
/// Below −80 dBFS an offset is none.
const SMALLEST: f64 = 1e-4;
/// Least power of the sound besides it, as such, and against the offset's: −80 dBFS, and 40 dB less than the offset.
const SOUND: f64 = 1e-8;
const SOUND_SHARE: f64 = 1e-4;

/// What is known of one channel.
pub(crate) struct Offset {
    segment: usize,
    forget: f64,
    /// Of the segment that is being read.
    at: usize,
    sum: f64,
    squares: f64,
    absurd: bool,
    /// Weighted sums over the means of the segments: of 1, of their weights' squares, of the means, of their squares.
    weight: f64,
    weight_squares: f64,
    means: f64,
    mean_squares: f64,
    /// What is taken out goes from one value to the next over each segment.
    from: f32,
    to: f32,
}

impl Offset {
    /// At the host's rate, in Hz.
    pub(crate) fn new(rate: usize) -> Offset {
        let segment = ((SEGMENT_SECONDS * rate as f64) as usize).max(1);
        Offset {
            segment,
            forget: (-(segment as f64) / rate as f64 / MEMORY_SECONDS).exp(),
            at: 0,
            sum: 0.0,
            squares: 0.0,
            absurd: false,
            weight: 0.0,
            weight_squares: 0.0,
            means: 0.0,
            mean_squares: 0.0,
            from: 0.0,
            to: 0.0,
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        *self = Offset {
            segment: self.segment,
            forget: self.forget,
            ..Offset::new(1)
        };
    }

    /// Takes the offset out of the next samples. Says whether it began to be taken out.
    pub(crate) fn remove(&mut self, samples: &mut [f32]) -> bool {
        let mut begins = false;
        for sample in samples {
            let x = f64::from(*sample);
            self.sum += x;
            self.squares += x * x;
            self.absurd |= sample.abs() > ABSURD;
            if self.from != 0.0 || self.to != 0.0 {
                let share = self.at as f32 / self.segment as f32;
                *sample -= self.from + share * (self.to - self.from);
            }
            self.at += 1;
            if self.at == self.segment {
                let before = self.to;
                self.from = before;
                self.to = self.judge() as f32;
                begins |= before == 0.0 && self.to != 0.0;
                (self.at, self.sum, self.squares, self.absurd) = (0, 0.0, 0.0, false);
            }
        }
        begins
    }

    /// The offset as of the segment that ends now; 0 where there is none.
    fn judge(&mut self) -> f64 {
        let held = f64::from(self.to);
        if self.absurd {
            return held;
        }
        let mean = self.sum / self.segment as f64;
        let sound = (self.squares / self.segment as f64 - mean * mean).max(0.0);
        self.weight = self.weight * self.forget + 1.0;
        self.weight_squares = self.weight_squares * self.forget * self.forget + 1.0;
        self.means = self.means * self.forget + mean;
        self.mean_squares = self.mean_squares * self.forget + mean * mean;

        let count = self.weight * self.weight / self.weight_squares;
        let offset = self.means / self.weight;
        let variance = (self.mean_squares / self.weight - offset * offset).max(0.0);
        let error = (variance / (count - 1.0).max(1.0)).sqrt();
        let stands_out = |errors: f64| offset.abs() > SMALLEST.max(errors * error);
        if held != 0.0 {
            return if stands_out(KEPT) { offset } else { 0.0 };
        }
        let heard = sound > SOUND.max(SOUND_SHARE * offset * offset);
        if heard && count >= LEAST && stands_out(BELIEVED) {
            offset
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: usize = 48_000;

    /// Noise of −1 to 1.
    fn noise(len: usize) -> Vec<f32> {
        let mut state = 88_172_645_463_325_252u64;
        (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
            })
            .collect()
    }

    /// What is left of so many seconds of the signal with an offset, in blocks of an odd length.
    fn left(signal: &[f32], offset: f32) -> Vec<f32> {
        let mut out: Vec<f32> = signal.iter().map(|sample| sample + offset).collect();
        let mut state = Offset::new(RATE);
        out.chunks_mut(1_531).for_each(|block| {
            state.remove(block);
        });
        out
    }

    fn mean(samples: &[f32]) -> f32 {
        samples.iter().sum::<f32>() / samples.len() as f32
    }

    #[test]
    fn an_offset_is_taken_out_and_the_sound_stays() {
        let sound: Vec<f32> = noise(4 * RATE).iter().map(|sample| sample * 0.1).collect();
        for (offset, after) in [(0.003, 2.0), (0.01, 0.5), (-0.03, 0.3), (0.3, 0.2)] {
            let left = left(&sound, offset);
            let from = (after * RATE as f64) as usize;
            let worst = left[from..]
                .iter()
                .zip(&sound[from..])
                .map(|(left, sound)| (left - sound).abs())
                .fold(0.0, f32::max);
            assert!(
                worst < 0.1 * offset.abs() + 5e-4,
                "{worst} at an offset of {offset}"
            );
        }
    }

    #[test]
    fn a_sound_without_an_offset_keeps_every_bit() {
        let noise = noise(20 * RATE);
        let low: Vec<f32> = (0..20 * RATE)
            .map(|k| {
                let t = k as f32 / RATE as f32;
                // A kick drum, twice a second, and a bass of 23 Hz.
                let beat = t.fract() * 2.0 % 1.0;
                (-beat * 12.0).exp() * (std::f32::consts::TAU * 40.0 * beat).sin()
                    + 0.2 * (std::f32::consts::TAU * 23.0 * t).sin()
            })
            .collect();
        for signal in [noise, low] {
            assert!(left(&signal, 0.0) == signal);
        }
    }

    #[test]
    fn a_constant_without_a_sound_is_left_alone() {
        let constant = vec![0.5; 2 * RATE];
        assert!(left(&constant, 0.0) == constant);
        let ramp: Vec<f32> = (0..2 * RATE).map(|k| 0.1 + k as f32 * 1e-6).collect();
        assert!(left(&ramp, 0.0) == ramp);
    }

    #[test]
    fn an_absurd_sample_changes_nothing_about_it() {
        let mut sound: Vec<f32> = noise(4 * RATE).iter().map(|sample| sample * 0.1).collect();
        let clean = left(&sound, 0.02);
        sound[2 * RATE] = 1e4;
        let disturbed = left(&sound, 0.02);
        // Its segment counts for nothing, which moves the estimate by a hundredth of how segments stray: about 2e-5. Counted, it
        // would move it by 0.05.
        assert!((mean(&clean[3 * RATE..]) - mean(&disturbed[3 * RATE..])).abs() < 1e-4);
    }
}
