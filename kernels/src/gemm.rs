//! Matrix products C = A · B (+ bias, + C) for tall A, with B packed once at load.
//!
//! B is cut into panels two vectors wide, `[depth, width]` each, so that the innermost loop reads it in order. A stays
//! where it is: its rows are pixels of a feature map, whose channels are contiguous already.

use crate::buffer::Buffer;
use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// A packed right-hand side, `[depth, columns]`.
#[derive(Clone)]
pub struct Matrix {
    isa: Isa,
    depth: usize,
    columns: usize,
    packed: Buffer,
}

impl Matrix {
    /// Packs the values `value(row, column)` for `isa`. `columns` must be a multiple of [`LINE`](crate::LINE).
    pub fn pack(isa: Isa, depth: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Matrix {
        assert!(columns.is_multiple_of(crate::LINE), "{columns} columns");
        let mut packed = Buffer::zeros(depth * columns);
        let panel = 2 * isa.lanes();
        for (begin, out) in (0..columns).step_by(panel).zip(packed.chunks_mut(depth * panel)) {
            let width = panel.min(columns - begin);
            for (row, out) in out.chunks_exact_mut(width).enumerate() {
                for (column, out) in out.iter_mut().enumerate() {
                    *out = value(row, begin + column);
                }
            }
        }
        Matrix {
            isa,
            depth,
            columns,
            packed,
        }
    }

    /// Its number of rows.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// What it takes of memory.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.packed[..])
    }

    /// Its number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Rows in a larger array: row r begins at `r · stride`.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The array, from its first row on.
    pub values: &'a [f32],
    /// Floats from row to row.
    pub stride: usize,
}

/// What C holds before the product is added.
#[derive(Clone, Copy)]
pub enum Init<'a> {
    /// Nothing.
    Zero,
    /// The same for all rows, `[columns]`.
    Bias(&'a [f32]),
    /// What it holds.
    Keep,
}

/// C = init + A · B for `rows` rows; those of C begin every `stride` floats.
///
/// # Panics
/// When A or C are shorter than `rows` says, or the matrix was packed for another machine.
pub fn multiply(a: Rows, b: &Matrix, c: &mut [f32], stride: usize, rows: usize, init: Init) {
    if rows == 0 {
        return;
    }
    assert!((rows - 1) * a.stride + b.depth <= a.values.len());
    assert!(b.columns <= stride && (rows - 1) * stride + b.columns <= c.len());
    if let Init::Bias(bias) = init {
        assert_eq!(bias.len(), b.columns);
    }
    b.isa.run(Product {
        a,
        b,
        c,
        stride,
        rows,
        init,
    });
}

pub(crate) struct Product<'a> {
    pub(crate) a: Rows<'a>,
    pub(crate) b: &'a Matrix,
    pub(crate) c: &'a mut [f32],
    pub(crate) stride: usize,
    pub(crate) rows: usize,
    pub(crate) init: Init<'a>,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let panel = 2 * S::LANES;
        let columns = self.b.columns;
        for begin in (0..columns).step_by(panel) {
            let (kept, bias) = match self.init {
                Init::Zero => (false, std::ptr::null()),
                Init::Bias(bias) => (false, bias[begin..].as_ptr()),
                Init::Keep => (true, std::ptr::null()),
            };
            let mut at = 0;
            while at < self.rows {
                // As even as possible: the last tile would otherwise be a thin one.
                let tiles = (self.rows - at).div_ceil(S::ROWS);
                let rows = (self.rows - at).div_ceil(tiles);
                let strip = Strip {
                    depth: self.b.depth,
                    a: self.a.values[at * self.a.stride..].as_ptr(),
                    a_stride: self.a.stride,
                    b: self.b.packed[begin * self.b.depth..].as_ptr(),
                    c: self.c[at * self.stride + begin..].as_mut_ptr(),
                    c_stride: self.stride,
                    bias,
                    kept,
                };
                // SAFETY: who makes a product sees to the lengths, as `multiply` does; the machine has the instructions in a
                // kernel.
                unsafe {
                    if columns - begin >= panel {
                        strip.rows::<S, 2>(rows);
                    } else {
                        strip.rows::<S, 1>(rows);
                    }
                }
                at += rows;
            }
        }
    }
}

/// Some rows of C, one panel wide.
struct Strip {
    depth: usize,
    a: *const f32,
    a_stride: usize,
    b: *const f32,
    c: *mut f32,
    c_stride: usize,
    /// Null when there is none.
    bias: *const f32,
    kept: bool,
}

impl Strip {
    #[inline(always)]
    unsafe fn rows<S: Simd, const VECTORS: usize>(self, rows: usize) {
        macro_rules! tiles {
            ($($count:literal)*) => {
                match rows {
                    // SAFETY: the caller's contract. More rows than there are registers for are never asked for.
                    $($count if $count <= S::ROWS => unsafe { self.tile::<S, $count, VECTORS>() },)*
                    _ => unreachable!("{rows} rows"),
                }
            };
        }
        tiles!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(self) {
        // SAFETY: the caller's contract: A, B and C are as long as depth, rows and vectors say.
        unsafe {
            let at = |vector: usize| vector * S::LANES;
            let mut sums = [[S::splat(0.0); VECTORS]; ROWS];
            let mut b = self.b;
            for k in 0..self.depth {
                let row: [S; VECTORS] = std::array::from_fn(|v| S::load(b.add(at(v))));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let a = S::splat(*self.a.add(i * self.a_stride + k));
                    for (sum, b) in sums.iter_mut().zip(row) {
                        *sum = a.fma(b, *sum);
                    }
                }
                b = b.add(VECTORS * S::LANES);
            }
            for (i, sums) in sums.iter().enumerate() {
                let c = self.c.add(i * self.c_stride);
                for (v, sum) in sums.iter().enumerate() {
                    let mut sum = *sum;
                    if !self.bias.is_null() {
                        sum = sum.add(S::load(self.bias.add(at(v))));
                    }
                    if self.kept {
                        sum = sum.add(S::load(c.add(at(v))));
                    }
                    sum.store(c.add(at(v)));
                }
            }
        }
    }
}
