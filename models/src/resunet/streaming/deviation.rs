//! How far a network that rounds is from one that does not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use num_complex::Complex32;

use super::net::StreamingNet;
use crate::error::ModelError;
use crate::separator::Condition;
use crate::{mask, procedural};

/// How far one network's answers are from another's of the same shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// Euclidean norm of the masks' difference over that of the masks.
    pub mask_error: f64,
    /// Energy of the masked spectra over that of their difference, in dB.
    pub sdr: f64,
}

impl Deviation {
    /// Under 1 % of the masks and over 40 dB.
    pub fn is_small(self) -> bool {
        self.mask_error < 0.01 && self.sdr > 40.0
    }
}

/// Cells of the time pooling in the sound that networks are compared on: 0.64 s in the published shape.
const CELLS: usize = 2;

impl StreamingNet {
    /// How far this network is from an exact one, measured on noise that is always the same and a query that means
    /// nothing.
    ///
    /// # Errors
    /// [`ModelError::Shape`] and [`ModelError::Condition`] when `exact` has another shape.
    pub fn deviation(self: &Arc<Self>, exact: &Arc<StreamingNet>) -> Result<Deviation, ModelError> {
        let (magnitudes, condition) = self.sound();
        let bins = self.config().stft.bins();
        let frames = magnitudes.len() / bins;
        let masks = |net: &Arc<StreamingNet>| {
            let logits = net.logits(&magnitudes, &condition)?;
            let mut masks = vec![Complex32::default(); magnitudes.len()];
            mask::from_logit_planes(&logits, frames, 0, &mut masks, bins);
            Ok::<_, ModelError>(masks)
        };
        let (mut mask, mut error, mut sound, mut noise) = (0.0, 0.0, 0.0, 0.0);
        for ((given, exact), magnitude) in masks(self)?.iter().zip(masks(exact)?).zip(&magnitudes) {
            let power = f64::from(magnitude * magnitude);
            let (whole, difference) = (f64::from(exact.norm_sqr()), f64::from((given - exact).norm_sqr()));
            mask += whole;
            error += difference;
            sound += whole * power;
            noise += difference * power;
        }
        Ok(Deviation {
            mask_error: (error / mask).sqrt(),
            sdr: 10.0 * (sound / noise).log10(),
        })
    }

    /// Whether it takes at most nine tenths of the time of an exact one. Where products of bfloat16 are computed in tiles,
    /// everything else is computed in another way, too, and what the processor multiplies in a moment does not tell; elsewhere
    /// that has been asked before.
    ///
    /// # Errors
    /// As [`StreamingNet::deviation`].
    pub(super) fn is_worth_it(self: &Arc<Self>, exact: &Arc<StreamingNet>) -> Result<bool, ModelError> {
        const TRIES: usize = 3;
        if !self.isa.has_tiles() {
            return Ok(true);
        }
        let (magnitudes, condition) = self.sound();
        let time = |net: &Arc<StreamingNet>| {
            let begun = Instant::now();
            std::hint::black_box(net.logits(&magnitudes, &condition)?);
            Ok::<_, ModelError>(begun.elapsed())
        };
        let mut times = [Duration::MAX; 2];
        for _ in 0..TRIES {
            for (least, net) in times.iter_mut().zip([self, exact]) {
                *least = time(net)?.min(*least);
            }
        }
        Ok(times[0].as_secs_f64() < 0.9 * times[1].as_secs_f64())
    }

    /// The magnitudes and the condition that networks are compared on.
    fn sound(&self) -> (Vec<f32>, Condition) {
        let config = self.config();
        let values: Vec<f32> = procedural::uniform("condition", config.condition_size).collect();
        let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let condition = Condition {
            encoder: config.encoder,
            values: values.iter().map(|value| value / norm).collect(),
        };
        let values = CELLS * config.time_pooling() * config.stft.bins();
        let magnitudes = procedural::uniform("magnitudes", values)
            .map(|value| 4.0 * value.abs())
            .collect();
        (magnitudes, condition)
    }
}
