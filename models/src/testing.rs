//! A separator whose answer is known, to test what runs separators.

use std::sync::Arc;

use num_complex::Complex32;

use crate::error::ModelError;
use crate::separator::{Condition, Edges, EncoderKind, MaskStream, Separator, SeparatorSpec};
use crate::stft::StftConfig;

/// Answers every bin of every frame with one real mask: its constant times a query's only value.
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

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        let masks = conditions
            .iter()
            .map(|condition| Complex32::new(self.mask * condition.values[0], 0.0));
        Ok(Box::new(UnitStream {
            spec: self.spec.clone(),
            masks: masks.collect(),
            unborn: self.spec.lookahead,
        }))
    }
}

struct UnitStream {
    spec: SeparatorSpec,
    /// `[queries]`.
    masks: Vec<Complex32>,
    /// Masks still to be given for frames before the first.
    unborn: usize,
}

impl MaskStream for UnitStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(self.masks.len(), magnitudes, masks)?;
        let unborn = self.unborn.min(self.spec.block) * self.spec.stft.bins();
        for (masks, mask) in masks.chunks_exact_mut(magnitudes.len()).zip(&self.masks) {
            masks[..unborn].fill(Complex32::default());
            masks[unborn..].fill(*mask);
        }
        self.unborn = self.unborn.saturating_sub(self.spec.block);
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
        let queries = [UnitSeparator::query(0.5), UnitSeparator::query(1.0)];
        let mut stream = separator.stream(&queries).unwrap();
        let mut masks = vec![Complex32::default(); 20];
        for _ in 0..2 {
            let mut firsts = Vec::new();
            for _ in 0..2 {
                stream.push(&[0.0; 10], &mut masks).unwrap();
                firsts.extend([masks[0].re, masks[5].re, masks[10].re, masks[15].re]);
            }
            assert_eq!(firsts, [0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.5]);
            stream.reset();
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_in_a_sentence() {
        let stft = StftConfig {
            window: 8,
            hop: 4,
            kind: WindowKind::SqrtHann,
        };
        let separator = UnitSeparator::new(8000, stft, 2, 3, 0.5);
        let query = UnitSeparator::query(1.0);
        let mut stream = separator.stream(&[query.clone(), query.clone()]).unwrap();
        let mut masks = vec![Complex32::default(); 20];
        assert!(matches!(
            stream.push(&[0.0; 9], &mut masks),
            Err(ModelError::Shape { given: 9, .. })
        ));
        let one_query = stream.push(&[0.0; 10], &mut masks[..10]).unwrap_err().to_string();
        assert_eq!(one_query, "The block of masks has 10 values, but 20 are needed.");
        let Err(nothing) = separator.stream(&[]) else {
            panic!("a stream of nothing")
        };
        assert!(nothing.to_string().contains("needs one at least"), "{nothing}");
        let other = Condition {
            encoder: EncoderKind::Clap,
            values: vec![0.0; 512].into(),
        };
        assert!(matches!(
            separator.stream(&[query, other]),
            Err(ModelError::Condition { .. })
        ));
    }
}
