//! A separator whose answer is known, to test what runs separators.

use std::sync::Arc;

use num_complex::Complex32;

use crate::error::ModelError;
use crate::separator::{Condition, Edges, EncoderKind, MaskStream, Separator, SeparatorSpec};
use crate::stft::StftConfig;

/// Answers every bin of every frame with one real mask: its constant times the query's only value.
///
/// With the constant 1 and the query [`UnitSeparator::query`]`(1.0)` the target is the input.
#[derive(Debug, Clone)]
pub struct UnitSeparator {
    spec: SeparatorSpec,
    mask: f32,
}

impl UnitSeparator {
    /// A separator of constant `mask` that works at `sample_rate` Hz, `block` frames at a time, and whose masks lag
    /// `lookahead` frames behind.
    pub fn new(
        sample_rate: u32,
        stft: StftConfig,
        block: usize,
        lookahead: usize,
        mask: f32,
    ) -> UnitSeparator {
        let spec = SeparatorSpec {
            id: "unit".into(),
            sha256: String::new(),
            sample_rate,
            stft,
            condition_size: 1,
            encoder: EncoderKind::MiniLm,
            block,
            lookahead,
            context: lookahead,
            top_band: (0.3125 * sample_rate as f32, 0.4375 * sample_rate as f32),
            levels: (-40.0, -10.0),
            edges: Edges::Silent,
        };
        UnitSeparator { spec, mask }
    }

    /// A query that multiplies the mask by `gain`.
    pub fn query(gain: f32) -> Condition {
        Condition {
            encoder: EncoderKind::MiniLm,
            values: Arc::new([gain]),
        }
    }
}

impl Separator for UnitSeparator {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn stream(&self, condition: &Condition) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(condition)?;
        let mask = Complex32::new(self.mask * condition.values[0], 0.0);
        Ok(Box::new(UnitStream {
            spec: self.spec.clone(),
            mask,
            unborn: self.spec.lookahead,
        }))
    }
}

struct UnitStream {
    spec: SeparatorSpec,
    mask: Complex32,
    /// Masks still to be given for frames before the first.
    unborn: usize,
}

impl MaskStream for UnitStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(magnitudes, masks)?;
        for frame in masks.chunks_exact_mut(self.spec.stft.bins()) {
            frame.fill(if self.unborn > 0 {
                Complex32::default()
            } else {
                self.mask
            });
            self.unborn = self.unborn.saturating_sub(1);
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.unborn = self.spec.lookahead;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::WindowKind;

    #[test]
    fn masks_start_after_the_lookahead_and_follow_the_query() {
        let stft = StftConfig {
            window: 8,
            hop: 4,
            kind: WindowKind::SqrtHann,
        };
        let separator = UnitSeparator::new(8000, stft, 2, 3, 0.5);
        let mut stream = separator.stream(&UnitSeparator::query(0.5)).unwrap();
        let mut masks = vec![Complex32::default(); 10];
        for _ in 0..2 {
            let mut firsts = Vec::new();
            for _ in 0..2 {
                stream.push(&[0.0; 10], &mut masks).unwrap();
                firsts.extend([masks[0].re, masks[5].re]);
            }
            assert_eq!(firsts, [0.0, 0.0, 0.0, 0.25]);
            stream.reset();
        }
        assert!(matches!(
            stream.push(&[0.0; 9], &mut masks),
            Err(ModelError::Shape { given: 9, .. })
        ));
        let other = Condition {
            encoder: EncoderKind::Clap,
            values: vec![0.0; 512].into(),
        };
        assert!(matches!(
            separator.stream(&other),
            Err(ModelError::Condition { .. })
        ));
    }
}
