//! Matrix products C = A · B (+ bias, + C) for tall A, with B packed once at load.
//!
//! B is cut into panels two vectors wide, `[depth, width]` each, so that the innermost loop reads it in order. A stays
//! where it is: its rows are pixels of a feature map, whose channels are contiguous already.

use std::cell::RefCell;

use crate::bf16::{Format, to_bf16};
use crate::buffer::Buffer;
use crate::isa::Isa;
use crate::simd::{Factors, Kernel, Pairs, Simd, Singles};

/// A packed right-hand side, `[depth, columns]`.
#[derive(Clone)]
pub struct Matrix {
    isa: Isa,
    format: Format,
    depth: usize,
    columns: usize,
    /// Cells.
    packed: Buffer,
}

impl Matrix {
    /// Packs the values `value(row, column)` for `isa`, rounded to `format`. `columns` must be a multiple of
    /// [`LINE`](crate::LINE).
    pub fn pack(
        isa: Isa,
        format: Format,
        depth: usize,
        columns: usize,
        value: impl Fn(usize, usize) -> f32,
    ) -> Matrix {
        assert!(columns.is_multiple_of(crate::LINE), "{columns} columns");
        let cells = format.cells(depth);
        let mut packed = Buffer::zeros(cells * columns);
        let half = |row: usize, column: usize| match row < depth {
            true => u32::from(to_bf16(value(row, column))),
            false => 0,
        };
        let panel = 2 * isa.lanes();
        for (begin, out) in (0..columns).step_by(panel).zip(packed.chunks_mut(cells * panel)) {
            let width = panel.min(columns - begin);
            for (row, out) in out.chunks_exact_mut(width).enumerate() {
                for (column, out) in (begin..).zip(out) {
                    *out = match format {
                        Format::Fp32 => value(row, column),
                        Format::Bf16 => {
                            f32::from_bits(half(2 * row + 1, column) << 16 | half(2 * row, column))
                        }
                    };
                }
            }
        }
        Matrix {
            isa,
            format,
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

thread_local! {
    /// Rows of A, rounded.
    static ROUNDED: RefCell<Buffer> = RefCell::default();
}

/// C = init + A · B for `rows` rows; those of C begin every `stride` floats. A is rounded to the format of B.
///
/// # Panics
/// When A or C are shorter than `rows` says, or the matrix was packed for another machine.
pub fn multiply(a: Rows, b: &Matrix, c: &mut [f32], stride: usize, rows: usize, init: Init) {
    if rows == 0 {
        return;
    }
    // Checked: a product that wraps around would let any stride pass.
    let end = |stride: usize, row: usize| (rows - 1).checked_mul(stride)?.checked_add(row);
    assert!(
        end(a.stride, b.depth).is_some_and(|end| end <= a.values.len()),
        "rows of A"
    );
    assert!(b.columns <= stride, "rows of C overlap");
    assert!(
        end(stride, b.columns).is_some_and(|end| end <= c.len()),
        "rows of C"
    );
    if let Init::Bias(bias) = init {
        assert_eq!(bias.len(), b.columns);
    }
    if b.format == Format::Fp32 {
        return b.isa.run(Product {
            a,
            b,
            c,
            stride,
            rows,
            init,
        });
    }
    ROUNDED.with_borrow_mut(|rounded| {
        let cells = b.format.cells(b.depth);
        rounded.reserve(rows * cells);
        for (row, out) in rounded.chunks_exact_mut(cells).take(rows).enumerate() {
            let row = &a.values[row * a.stride..][..b.depth];
            b.isa.run(Round { row, out });
        }
        b.isa.run(Product {
            a: Rows {
                values: rounded,
                stride: cells,
            },
            b,
            c,
            stride,
            rows,
            init,
        });
    });
}

/// Floats to cells of bfloat16. What of the last cell has no float is 0.
struct Round<'a> {
    row: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let whole = self.row.len() / S::LANES * S::LANES;
        assert!(self.row.len() <= 2 * self.out.len());
        for begin in (0..whole).step_by(S::LANES) {
            // SAFETY: whole vectors lie within the row, and the cells hold as many; the machine has the instructions in a
            // kernel.
            unsafe {
                Pairs::store(
                    S::load(self.row.as_ptr().add(begin)),
                    self.out.as_mut_ptr(),
                    begin,
                )
            };
        }
        for (pair, out) in self.row[whole..].chunks(2).zip(&mut self.out[whole / 2..]) {
            let half = |index: usize| pair.get(index).map_or(0, |&value| u32::from(to_bf16(value)));
            *out = f32::from_bits(half(1) << 16 | half(0));
        }
    }
}

pub(crate) struct Product<'a> {
    /// Cells of the format of `b`.
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
        match self.b.format {
            Format::Fp32 => self.panels::<S, Singles>(),
            Format::Bf16 => self.panels::<S, Pairs>(),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn panels<S: Simd, F: Factors>(self) {
        let panel = 2 * S::LANES;
        let (columns, depth) = (self.b.columns, self.b.format.cells(self.b.depth));
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
                let tile = PanelTile {
                    depth,
                    a: self.a.values[at * self.a.stride..].as_ptr(),
                    a_stride: self.a.stride,
                    b: self.b.packed[begin * depth..].as_ptr(),
                    c: self.c[at * self.stride + begin..].as_mut_ptr(),
                    c_stride: self.stride,
                    bias,
                    kept,
                };
                // SAFETY: who makes a product sees to the lengths, as `multiply` does; the machine has the instructions in a
                // kernel.
                unsafe {
                    if columns - begin >= panel {
                        tile.rows::<S, F, 2>(rows);
                    } else {
                        tile.rows::<S, F, 1>(rows);
                    }
                }
                at += rows;
            }
        }
    }
}

/// Some rows of C, one panel wide.
struct PanelTile {
    /// In cells.
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

impl PanelTile {
    #[inline(always)]
    unsafe fn rows<S: Simd, F: Factors, const VECTORS: usize>(self, rows: usize) {
        macro_rules! tiles {
            ($($count:literal)*) => {
                match rows {
                    // SAFETY: the caller's contract. More rows than there are registers for are never asked for.
                    $($count if $count <= S::ROWS => unsafe { self.tile::<S, F, $count, VECTORS>() },)*
                    _ => unreachable!("{rows} rows"),
                }
            };
        }
        tiles!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, F: Factors, const ROWS: usize, const VECTORS: usize>(self) {
        // SAFETY: the caller's contract: A, B and C are as long as depth, rows and vectors say.
        unsafe {
            let at = |vector: usize| vector * S::LANES;
            let mut sums = [[S::splat(0.0); VECTORS]; ROWS];
            let mut b = self.b;
            for k in 0..self.depth {
                let row: [F::Vector<S>; VECTORS] = std::array::from_fn(|v| F::load::<S>(b.add(at(v))));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let a = F::splat::<S>(self.a.add(i * self.a_stride + k));
                    for (sum, b) in sums.iter_mut().zip(row) {
                        *sum = F::add_products(a, b, *sum);
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
