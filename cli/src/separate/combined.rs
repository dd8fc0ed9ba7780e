//! Several queries as one: the masks of one separator put together, frame by frame.
//!
//! With the masks m of the wanted sounds and n of the unwanted ones, each between silence and all of a bin:
//! **mask = (1 − Π(1 − m)) · Π(1 − |n|)**. What any wanted query takes is taken, once; what an unwanted one takes is left,
//! in the share that it takes of it. One query gives its own mask.

use std::sync::Arc;

use earmark_models::{Condition, MaskStream, ModelError, Separator, SeparatorSpec};
use num_complex::Complex32;

/// A separator that hears further queries beside the one that it is asked.
pub(super) struct Combined {
    separator: Arc<dyn Separator>,
    /// Wanted beside the query.
    wanted: Vec<Condition>,
    unwanted: Vec<Condition>,
}

impl Combined {
    /// `separator` itself where there is nothing to combine.
    pub(super) fn of(
        separator: &Arc<dyn Separator>,
        wanted: &[Condition],
        unwanted: &[Condition],
    ) -> Arc<dyn Separator> {
        if wanted.is_empty() && unwanted.is_empty() {
            return separator.clone();
        }
        Arc::new(Self {
            separator: separator.clone(),
            wanted: wanted.to_vec(),
            unwanted: unwanted.to_vec(),
        })
    }
}

impl Separator for Combined {
    fn spec(&self) -> &SeparatorSpec {
        self.separator.spec()
    }

    fn stream(&self, condition: &Condition) -> Result<Box<dyn MaskStream>, ModelError> {
        let streams = |conditions: &[Condition]| -> Result<Vec<_>, ModelError> {
            let stream = |condition| self.separator.stream(condition);
            conditions.iter().map(stream).collect()
        };
        let spec = self.spec();
        Ok(Box::new(CombinedStream {
            first: self.separator.stream(condition)?,
            wanted: streams(&self.wanted)?,
            unwanted: streams(&self.unwanted)?,
            masks: vec![Complex32::default(); spec.block * spec.stft.bins()],
        }))
    }
}

struct CombinedStream {
    first: Box<dyn MaskStream>,
    wanted: Vec<Box<dyn MaskStream>>,
    unwanted: Vec<Box<dyn MaskStream>>,
    /// Those of one query, `[block, bins]`.
    masks: Vec<Complex32>,
}

impl CombinedStream {
    fn each(&mut self, mut act: impl FnMut(&mut dyn MaskStream)) {
        act(&mut *self.first);
        let others = self.wanted.iter_mut().chain(&mut self.unwanted);
        others.for_each(|stream| act(&mut **stream));
    }
}

impl MaskStream for CombinedStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.first.push(magnitudes, masks)?;
        for stream in &mut self.wanted {
            stream.push(magnitudes, &mut self.masks)?;
            for (mask, &other) in masks.iter_mut().zip(&self.masks) {
                *mask = either(*mask, other);
            }
        }
        for stream in &mut self.unwanted {
            stream.push(magnitudes, &mut self.masks)?;
            for (mask, other) in masks.iter_mut().zip(&self.masks) {
                *mask *= 1.0 - other.norm().min(1.0);
            }
        }
        Ok(())
    }

    fn skip_first(&mut self, frames: usize) {
        self.each(|stream| stream.skip_first(frames));
    }

    fn reset(&mut self) {
        self.each(|stream| stream.reset());
    }
}

/// What one of two queries takes. A mask that turns the phase can leave more than there was; two of them must not make that
/// grow.
fn either(a: Complex32, b: Complex32) -> Complex32 {
    let left = |mask: Complex32| {
        let left = Complex32::new(1.0, 0.0) - mask;
        left / left.norm().max(1.0)
    };
    Complex32::new(1.0, 0.0) - left(a) * left(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_models::stft::{StftConfig, WindowKind};
    use earmark_models::testing::UnitSeparator;

    /// The mask that a unit separator gives for the first query, the wanted and the unwanted ones.
    fn mask(first: f32, wanted: &[f32], unwanted: &[f32]) -> f32 {
        let stft = StftConfig {
            window: 8,
            hop: 4,
            kind: WindowKind::SqrtHann,
        };
        let separator: Arc<dyn Separator> = Arc::new(UnitSeparator::new(8_000, stft, 2, 3, 1.0));
        let queries = |gains: &[f32]| {
            gains
                .iter()
                .map(|&gain| UnitSeparator::query(gain))
                .collect::<Vec<_>>()
        };
        let combined = Combined::of(&separator, &queries(wanted), &queries(unwanted));
        let mut stream = combined
            .stream(&UnitSeparator::query(first))
            .expect("the queries are read");
        let mut masks = vec![Complex32::default(); 10];
        let mut heard = Vec::new();
        for _ in 0..2 {
            for _ in 0..2 {
                stream.push(&[0.0; 10], &mut masks).expect("the block is whole");
                heard.extend([masks[0], masks[5]]);
            }
            stream.reset();
        }
        assert!(
            heard[..3]
                .iter()
                .chain(&heard[4..7])
                .all(|mask| mask.norm() == 0.0)
        );
        assert_eq!(heard[3], heard[7]);
        heard[3].re
    }

    fn near(got: f32, expected: f32) {
        assert!((got - expected).abs() < 1e-6, "{got} instead of {expected}");
    }

    #[test]
    fn the_arithmetic_of_masks() {
        assert_eq!(mask(0.3, &[], &[]), 0.3);
        near(mask(0.5, &[0.5], &[]), 0.75);
        near(mask(1.0, &[0.5, 0.2], &[]), 1.0);
        near(mask(0.0, &[0.0], &[]), 0.0);
        near(mask(0.8, &[], &[0.25]), 0.6);
        near(mask(0.8, &[], &[1.0]), 0.0);
        near(mask(0.5, &[0.5], &[0.5, 0.2]), 0.3);
        // The same sound twice is not taken twice as much where it is all of a bin.
        near(mask(1.0, &[1.0], &[]), 1.0);
    }

    #[test]
    fn turned_phases_leave_no_more_than_one_of_them_would() {
        let turned = Complex32::new(-1.0, 0.0);
        let left = Complex32::new(1.0, 0.0) - either(turned, turned);
        assert!(left.norm() <= 1.0 + 1e-6, "{left}");
    }
}
