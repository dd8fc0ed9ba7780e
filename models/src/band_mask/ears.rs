//! A sound as the query: what the half of the network that knows no query says that one would ask for it by.
//!
//! That half learnt with the rest of the network to say of every step which query its sounds would answer to (`training/ears.py`).
//! An example of a sound becomes the mean of what is said of its steps, quiet ones counting for less, as in training.

use std::sync::Arc;

use super::SIGNAL_FRAMES;
use super::config::STEP;
use super::magnitudes::magnitudes;
use super::net::Net;
use super::stream::BandMaskStream;
use crate::encoder::{example, unit};
use crate::error::ModelError;
use crate::separator::{AudioEncoder, Condition, EncoderKind, SeparatorSpec};

/// Root mean square that an example is brought to, −20 dB of full scale: in the middle of what the network was trained on.
const LEVEL: f32 = 0.1;
/// Of the power, in what a step counts for (`training/ears.py`).
const LOUDNESS: f32 = 0.3;
/// The shortest example in hundredths of a second, and the longest in seconds.
const SHORTEST: u32 = 10;
const LONGEST: u32 = 60;

/// What encodes sounds to the space of a band-mask network's queries.
pub struct Ears {
    net: Arc<Net>,
    /// Of a stream in long steps.
    spec: SeparatorSpec,
}

impl Ears {
    /// Those of a network that has them.
    pub(super) fn new(spec: &SeparatorSpec, net: Arc<Net>) -> Ears {
        let spec = SeparatorSpec {
            block: SIGNAL_FRAMES,
            ..spec.clone()
        };
        Ears { net, spec }
    }

    /// What one would ask for by these frames: a condition of unit norm. `magnitudes` is `[frames, bins]`, those of a stream from the
    /// first sample on; silence follows them.
    ///
    /// # Errors
    /// [`ModelError::SilentClip`] where there is no power in them; [`ModelError::Shape`] where they are no whole frames;
    /// [`ModelError::Weights`] where the network computes numbers without bounds.
    pub fn of_frames(&self, magnitudes: &[f32]) -> Result<Condition, ModelError> {
        let (bins, block) = (self.spec.stft.bins(), self.spec.block);
        if !magnitudes.len().is_multiple_of(bins) {
            return Err(ModelError::Shape {
                what: "The frames",
                given: magnitudes.len(),
                expected: magnitudes.len().next_multiple_of(bins),
            });
        }
        let power: Vec<f32> = magnitudes
            .chunks(STEP * bins)
            .map(|step| step.iter().map(|magnitude| magnitude * magnitude).sum())
            .collect();
        let mean = power.iter().sum::<f32>() / power.len().max(1) as f32;
        if mean.is_nan() || mean <= 0.0 {
            return Err(ModelError::SilentClip);
        }
        let ahead = self.net.unsteered_ahead();
        // No query is heard, so any will do.
        let nothing = Condition {
            encoder: self.spec.encoder,
            values: vec![0.0; self.spec.condition_size].into(),
        };
        let mut stream = BandMaskStream::new(self.spec.clone(), self.net.clone(), &[nothing]);
        let mut frames = vec![0.0; block * bins];
        let mut sum = vec![0.0; self.spec.condition_size];
        for start in (0..STEP * (power.len() + ahead)).step_by(block) {
            frames.fill(0.0);
            let given = magnitudes.get(start * bins..).unwrap_or_default();
            let given = &given[..given.len().min(frames.len())];
            frames[..given.len()].copy_from_slice(given);
            let steps = stream.hear(&frames).chunks_exact(self.net.config.channels);
            for (step, x) in steps.enumerate() {
                let step = (start / STEP + step).checked_sub(ahead);
                let Some(power) = step.and_then(|step| power.get(step)) else {
                    continue;
                };
                let weight = (power / mean).min(1.0).powf(LOUDNESS);
                let said = self.said(x)?;
                sum.iter_mut()
                    .zip(said)
                    .for_each(|(sum, value)| *sum += weight * value);
            }
        }
        Ok(Condition {
            encoder: self.spec.encoder,
            values: unit(sum)?.into(),
        })
    }

    /// What is said of a step of `[channels]`, of unit norm.
    fn said(&self, x: &[f32]) -> Result<Vec<f32>, ModelError> {
        let mut said = vec![0.0; self.spec.condition_size];
        if let Some(ears) = &self.net.ears {
            ears.apply(x, &mut said);
        }
        unit(said)
    }
}

impl AudioEncoder for Ears {
    fn kind(&self) -> EncoderKind {
        self.spec.encoder
    }

    fn sample_rate(&self) -> u32 {
        self.spec.sample_rate
    }

    fn encode(&self, clip: &[f32]) -> Result<Condition, ModelError> {
        let rate = self.spec.sample_rate;
        let lengths = (rate * SHORTEST / 100) as usize..=(rate * LONGEST) as usize;
        let mut sound = example(clip, rate, lengths)?.to_vec();
        let power = sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len() as f32;
        let gain = LEVEL / power.sqrt();
        sound.iter_mut().for_each(|sample| *sample *= gain);
        self.of_frames(&magnitudes(self.spec.stft, &sound)?)
    }
}
