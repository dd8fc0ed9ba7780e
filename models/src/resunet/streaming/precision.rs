//! How precisely a network multiplies, and when less is precise enough.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use earmark_kernels::{Format, Isa, peak};
use num_complex::Complex32;

use super::net::StreamingNet;
use crate::error::ModelError;
use crate::separator::Condition;
use crate::{mask, procedural};

/// What a network's layers multiply in. They always add in single precision, and feature maps stay in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Precision {
    /// [`Precision::Bf16`] where this processor is quicker with it, and where these weights bear it: see
    /// [`Deviation::is_small`].
    #[default]
    Auto,
    /// Single precision.
    Fp32,
    /// bfloat16 in the layers whose rounding errors are hardly heard, single precision in the others. Imitated slowly where
    /// the processor has no instructions for it.
    Bf16,
}

impl Precision {
    /// The same, where it is known before the weights are: [`Precision::Auto`] is single precision where bfloat16 gains
    /// nothing. What the processor does in a moment is measured once for a process.
    pub fn on(self, isa: Isa) -> Precision {
        static QUICKER: OnceLock<bool> = OnceLock::new();
        match self {
            Precision::Auto if !isa.has(Format::Bf16) => Precision::Fp32,
            Precision::Auto if !*QUICKER.get_or_init(|| is_quicker(|format| rate(isa, format))) => {
                Precision::Fp32
            }
            other => other,
        }
    }
}

/// Whether a processor with instructions for bfloat16 is quicker with them, by what it does a second in each format: some do
/// half as much in bfloat16 as in single precision. Not every layer is in bfloat16, so that a small gain is none.
fn is_quicker(rate: impl Fn(Format) -> f64) -> bool {
    rate(Format::Bf16) > 1.2 * rate(Format::Fp32)
}

/// Operations a second of one processor at its best: of some tries the quickest, as others use the machine too.
fn rate(isa: Isa, format: Format) -> f64 {
    const TRIES: usize = 8;
    const ROUNDS: usize = 200_000;
    let once = |_| {
        let begun = Instant::now();
        let (operations, result) = peak(isa, format, ROUNDS);
        std::hint::black_box(result);
        operations / begun.elapsed().as_secs_f64()
    };
    (0..TRIES).map(once).fold(0.0, f64::max)
}

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
        let config = self.config();
        let values: Vec<f32> = procedural::uniform("condition", config.condition_size).collect();
        let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let condition = Condition {
            encoder: config.encoder,
            values: values.iter().map(|value| value / norm).collect(),
        };
        let (bins, frames) = (config.stft.bins(), CELLS * config.time_pooling());
        let magnitudes: Vec<f32> = procedural::uniform("magnitudes", frames * bins)
            .map(|value| 4.0 * value.abs())
            .collect();
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bfloat16_is_taken_where_it_is_quicker_and_not_where_there_are_instructions_for_it() {
        let processor = |fp32: f64, bf16: f64| {
            is_quicker(|format| match format {
                Format::Fp32 => fp32,
                Format::Bf16 => bf16,
            })
        };
        // Zen 4, and the Xeons since 2023.
        assert!(processor(80e9, 160e9));
        assert!(!processor(164e9, 80e9));
        assert!(!processor(80e9, 90e9));
        assert_eq!(Precision::Auto.on(Isa::Scalar), Precision::Fp32);
        assert_eq!(Precision::Bf16.on(Isa::Scalar), Precision::Bf16);
    }
}
