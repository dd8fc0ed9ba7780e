//! From bins to rows of a logarithmic scale, and back (`clipsep/utils.py`: `warpgrid`, as PyTorch's `grid_sample` reads it).

use super::config::{SIDE, STFT};

/// How far the scale is from a linear one.
const BASE: f64 = 21.0;

/// Where a value lies among others: the first of the two that it lies between, and how far it is from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Between(usize, f32);

impl Between {
    /// The value there.
    pub(super) fn of(self, values: impl Fn(usize) -> f32) -> f32 {
        let Between(first, part) = self;
        match part > 0.0 {
            true => (1.0 - part) * values(first) + part * values(first + 1),
            false => values(first),
        }
    }

    /// At −1 to 1 of so many values. The published code rounds such places to 32 bits.
    fn at(place: f64, count: usize) -> Between {
        let place = (place as f32 + 1.0) / 2.0 * (count - 1) as f32;
        let place = place.clamp(0.0, (count - 1) as f32);
        let first = (place as usize).min(count - 2);
        Between(first, place - first as f32)
    }
}

/// The bins that each row lies between.
pub(super) fn rows() -> Vec<Between> {
    let bins = STFT.bins();
    steps(SIDE)
        .map(|y| Between::at((BASE.powf((y + 1.0) / 2.0) - 11.0) / 10.0, bins))
        .collect()
}

/// The rows that each bin lies between.
pub(super) fn bins() -> Vec<Between> {
    steps(STFT.bins())
        .map(|y| Between::at((10.0 * y + 11.0).ln() / BASE.ln() * 2.0 - 1.0, SIDE))
        .collect()
}

/// So many from −1 to 1.
fn steps(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |index| 2.0 * index as f64 / (count - 1) as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_begins_and_ends_with_the_bins_and_is_its_own_inverse() {
        let (rows, bins) = (rows(), bins());
        let place = |Between(first, part): Between| first as f32 + part;
        assert_eq!((rows.len(), bins.len()), (256, 513));
        assert!(place(rows[0]).abs() < 1e-3 && (place(rows[255]) - 512.0).abs() < 1e-3);
        assert!(place(bins[0]).abs() < 1e-3 && (place(bins[512]) - 255.0).abs() < 1e-3);
        for (row, &between) in rows.iter().enumerate() {
            let back = between.of(|bin| place(bins[bin]));
            assert!((back - row as f32).abs() < 0.1, "{row}: {back}");
        }
    }
}
