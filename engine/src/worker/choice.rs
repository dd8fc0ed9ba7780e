//! Which sounds of a batch a target is made of.

use earmark_models::{Condition, mask};
use num_complex::Complex32;

use crate::query::Query;

/// The places of a query's sounds among those whose masks are computed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    wanted: Vec<usize>,
    unwanted: Vec<usize>,
}

impl Choice {
    /// Of a query that is computed alone: the wanted sounds, then the others.
    pub(crate) fn alone(query: &Query) -> Choice {
        Choice {
            wanted: (0..query.wanted.len()).collect(),
            unwanted: (query.wanted.len()..query.len()).collect(),
        }
    }

    /// Of a query among `conditions`, to which those of its sounds are added that are not there.
    pub(crate) fn among(query: &Query, conditions: &mut Vec<Condition>) -> Choice {
        let mut place = |condition: &Condition| {
            let known = conditions.iter().position(|known| known == condition);
            known.unwrap_or_else(|| {
                conditions.push(condition.clone());
                conditions.len() - 1
            })
        };
        Choice {
            wanted: query.wanted.iter().map(&mut place).collect(),
            unwanted: query.unwanted.iter().map(&mut place).collect(),
        }
    }

    /// Makes one mask of those of `sounds`, each as long as `masks`; `spare` is memory for it.
    pub(crate) fn join(&self, sounds: &[Complex32], masks: &mut [Complex32], spare: &mut Vec<Complex32>) {
        let size = masks.len();
        let of = |place: usize| &sounds[place * size..(place + 1) * size];
        let join = |places: &[usize], masks: &mut [Complex32]| {
            for (index, &place) in places.iter().enumerate() {
                match index {
                    0 => masks.copy_from_slice(of(place)),
                    _ => mask::join(masks, of(place)),
                }
            }
        };
        let unwanted = match &self.unwanted[..] {
            [] => None,
            [one] => Some(of(*one)),
            several => {
                spare.resize(size, Complex32::default());
                join(several, spare);
                Some(&spare[..])
            }
        };
        join(&self.wanted, masks);
        match (self.wanted.is_empty(), unwanted) {
            (false, None) => {}
            (false, Some(unwanted)) => mask::exclude(unwanted, masks),
            (true, Some(unwanted)) => mask::all_but(unwanted, masks),
            // No separator makes a stream for no sound.
            (true, None) => masks.fill(Complex32::default()),
        }
    }
}
