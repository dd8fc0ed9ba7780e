//! Floats to the cells of a format.

use crate::bf16::Format;
use crate::buffer::LINE;
use crate::simd::{Kernel, Pairs, Simd, Singles, Split, Stored};

/// Writes pieces of rows as factors. What of a piece's last cell has no float is 0.
pub(crate) struct Round<'a> {
    /// `[pieces, span]`.
    pub(crate) values: &'a [f32],
    pub(crate) span: usize,
    pub(crate) format: Format,
    /// `[pieces, cells of the span]`.
    pub(crate) out: &'a mut [f32],
}

impl Kernel for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        match self.format {
            Format::Fp32 => self.of::<S, Singles>(),
            Format::Bf16 => self.of::<S, Pairs>(),
            Format::Bf16x3 => self.of::<S, Split>(),
        }
    }
}

impl Round<'_> {
    #[inline(always)]
    fn of<S: Simd, F: Stored>(self) {
        let cells = self.format.cells(self.span);
        let out = self.out.chunks_exact_mut(cells.max(1));
        for (values, out) in self.values.chunks_exact(self.span.max(1)).zip(out) {
            piece::<S, F>(values, self.format, out);
        }
    }
}

#[inline(always)]
fn piece<S: Simd, F: Stored>(values: &[f32], format: Format, out: &mut [f32]) {
    let count = values.len();
    assert_eq!(out.len(), format.cells(count));
    let whole = count / S::LANES * S::LANES;
    let half = count.div_ceil(2);
    for begin in (0..whole).step_by(S::LANES) {
        // SAFETY: whole vectors lie within the values, and the cells hold as many; the machine has the instructions in a
        // kernel.
        unsafe { F::store(S::load(values.as_ptr().add(begin)), out.as_mut_ptr(), begin, half) };
    }
    if whole == count {
        return;
    }
    let (mut rest, mut cells) = ([0.0; LINE], [0.0; LINE]);
    rest[..count - whole].copy_from_slice(&values[whole..]);
    // SAFETY: as above; a line holds a vector, and a vector's cells in any format.
    unsafe { F::store(S::load(rest.as_ptr()), cells.as_mut_ptr(), 0, LINE / 2) };
    match format {
        Format::Fp32 => out[whole..].copy_from_slice(&cells[..count - whole]),
        Format::Bf16 => out[whole / 2..].copy_from_slice(&cells[..half - whole / 2]),
        Format::Bf16x3 => {
            let (upper, lower) = out.split_at_mut(half);
            let (upper, lower) = (&mut upper[whole / 2..], &mut lower[whole / 2..]);
            upper.copy_from_slice(&cells[..upper.len()]);
            lower.copy_from_slice(&cells[LINE / 2..][..lower.len()]);
        }
    }
}
