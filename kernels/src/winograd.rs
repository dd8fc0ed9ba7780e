//! Winograd's minimal filtering for 3 × 3 convolutions (Lavin and Gray, arXiv 1509.09308).
//!
//! A tile of 4 frames by 4 bins takes 36 products per pair of channels instead of 144; one of 2 by 4 takes 24 instead of 72,
//! and one of 2 by 2 takes 16 instead of 36. The interpolation points of the four-output form are 0, ±√½, ±√2 and ∞: with them the transforms stay within a factor of
//! three of a direct convolution's rounding error, half of what the usual 0, ±1, ±2 and ∞ give.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::simd::Simd;

/// What a tile gives; it reads two frames and two bins more. The larger, the fewer products, and the larger the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tile {
    /// 2 frames, 2 bins: the weights take 16/9 of their memory.
    Small,
    /// 2 frames, 4 bins: 24/9.
    Medium,
    /// 4 frames, 4 bins: 36/9.
    Large,
}

impl Tile {
    /// Frames that a tile gives.
    pub fn frames(self) -> usize {
        match self {
            Tile::Small | Tile::Medium => 2,
            Tile::Large => 4,
        }
    }

    /// Bins that a tile gives.
    pub fn bins(self) -> usize {
        match self {
            Tile::Small => 2,
            Tile::Medium | Tile::Large => 4,
        }
    }

    /// Values that a tile becomes.
    pub(crate) fn points(self) -> usize {
        (self.frames() + 2) * (self.bins() + 2)
    }

    /// The transform of its kernels.
    pub(crate) fn kernel(self) -> KernelTransform {
        KernelTransform {
            frames: rows(self.frames()),
            bins: rows(self.bins()),
        }
    }
}

/// The transform of 3 × 3 kernels for one kind of tile. Its tables are made once for all pairs of channels.
pub(crate) struct KernelTransform {
    /// `[frame points]`: each a sum over the taps of three frames.
    frames: Vec<[f64; 3]>,
    /// `[bin points]`, over those of three bins.
    bins: Vec<[f64; 3]>,
}

impl KernelTransform {
    /// `kernel[frame][bin]` as [`Tile::points`] values `[frame point][bin point]`.
    pub(crate) fn of(&self, kernel: [[f64; 3]; 3]) -> impl Iterator<Item = f32> {
        let apply = |row: &[f64; 3], taps: [f64; 3]| row.iter().zip(taps).map(|(a, b)| a * b).sum::<f64>();
        self.frames.iter().flat_map(move |frame_row| {
            let mixed: [f64; 3] = std::array::from_fn(|bin| apply(frame_row, kernel.map(|row| row[bin])));
            self.bins.iter().map(move |bin_row| apply(bin_row, mixed) as f32)
        })
    }
}

/// The kernel's transform for so many outputs.
fn rows(outputs: usize) -> Vec<[f64; 3]> {
    match outputs {
        2 => vec![
            [1.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.5, -0.5, 0.5],
            [0.0, 0.0, 1.0],
        ],
        _ => kernel_of_four().to_vec(),
    }
}

/// At a point a: 1, a, a², over the product of a's differences to the other points.
fn kernel_of_four() -> [[f64; 3]; 6] {
    let (p, q) = (0.5_f64.sqrt(), 2.0_f64.sqrt());
    let at = |a: f64, divisor: f64| [1.0, a, a * a].map(|power| power / divisor);
    [
        [1.0, 0.0, 0.0],
        at(p, -1.5),
        at(-p, -1.5),
        at(q, 6.0),
        at(-q, 6.0),
        [0.0, 0.0, 1.0],
    ]
}

/// The input transform of four outputs: six neighbours to six points.
///
/// # Safety
/// As [`Simd`].
#[inline(always)]
pub(crate) unsafe fn input_of_four<S: Simd>(d: [S; 6]) -> [S; 6] {
    // SAFETY: the caller's contract.
    unsafe {
        let (p, q) = (S::splat(FRAC_1_SQRT_2), S::splat(SQRT_2));
        let (minus_half, minus_two, minus_both) = (S::splat(-0.5), S::splat(-2.0), S::splat(-2.5));
        let even_p = d[2].fma(minus_two, d[4]);
        let odd_p = d[1].fma(minus_two, d[3]).mul(p);
        let even_q = d[2].fma(minus_half, d[4]);
        let odd_q = d[1].fma(minus_half, d[3]).mul(q);
        [
            d[2].fma(minus_both, d[0].add(d[4])),
            even_p.add(odd_p),
            even_p.sub(odd_p),
            even_q.add(odd_q),
            even_q.sub(odd_q),
            d[3].fma(minus_both, d[1].add(d[5])),
        ]
    }
}

/// The output transform of four outputs: six points to four neighbours.
///
/// # Safety
/// As [`Simd`].
#[inline(always)]
pub(crate) unsafe fn output_of_four<S: Simd>(m: [S; 6]) -> [S; 4] {
    // SAFETY: the caller's contract.
    unsafe {
        let (p, q) = (S::splat(FRAC_1_SQRT_2), S::splat(SQRT_2));
        let (half, two) = (S::splat(0.5), S::splat(2.0));
        let (even_p, odd_p) = (m[1].add(m[2]), m[1].sub(m[2]).mul(p));
        let (even_q, odd_q) = (m[3].add(m[4]), m[3].sub(m[4]).mul(q));
        [
            m[0].add(even_p).add(even_q),
            odd_p.add(odd_q),
            even_p.fma(half, even_q.mul(two)),
            odd_p.fma(half, odd_q.fma(two, m[5])),
        ]
    }
}

/// The input transform of two outputs: four neighbours to four points.
///
/// # Safety
/// As [`Simd`].
#[inline(always)]
pub(crate) unsafe fn input_of_two<S: Simd>(d: [S; 4]) -> [S; 4] {
    // SAFETY: the caller's contract.
    unsafe { [d[0].sub(d[2]), d[1].add(d[2]), d[2].sub(d[1]), d[3].sub(d[1])] }
}

/// The output transform of two outputs: four points to two neighbours.
///
/// # Safety
/// As [`Simd`].
#[inline(always)]
pub(crate) unsafe fn output_of_two<S: Simd>(m: [S; 4]) -> [S; 2] {
    // SAFETY: the caller's contract.
    unsafe { [m[0].add(m[1]).add(m[2]), m[1].sub(m[2]).add(m[3])] }
}
