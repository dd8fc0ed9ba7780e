//! Matrix products C = A · B (+ bias, + C) for tall A, with B packed once at load.
//!
//! B is cut into panels two vectors wide, `[depth, width]` each, so that the innermost loop reads it in order. A stays
//! where it is: its rows are pixels of a feature map, whose channels are contiguous already. What a row multiplies may lie
//! in several pieces, as the neighbours of a pixel do: a convolution is then one product, and nothing is gathered for it.

#[cfg(any(test, all(target_os = "macos", target_arch = "aarch64")))]
mod library;
mod product;
mod round;
mod tiles;

use std::cell::RefCell;

#[cfg(all(target_os = "macos", target_arch = "aarch64"))]
pub(crate) use self::library::{Sgemm, by_library};
pub(crate) use self::product::Product;
pub(crate) use self::round::Round;
pub(crate) use self::tiles::tiled;
use crate::bf16::{Format, split, to_bf16};
use crate::buffer::Buffer;
use crate::isa::Isa;

/// A packed right-hand side, `[depth, columns]`.
#[derive(Clone)]
pub struct Matrix {
    isa: Isa,
    format: Format,
    /// Pieces of a row of A, each of `span` factors.
    pieces: usize,
    span: usize,
    columns: usize,
    /// Cells: `[panels][pieces][cells of a span, width]`.
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
        Matrix::pack_pieces(isa, format, 1, depth, columns, value)
    }

    /// The same for rows of A that lie in `pieces` of `span` factors each: `value(piece · span + factor, column)`.
    pub fn pack_pieces(
        isa: Isa,
        format: Format,
        pieces: usize,
        span: usize,
        columns: usize,
        value: impl Fn(usize, usize) -> f32,
    ) -> Matrix {
        assert!(columns.is_multiple_of(crate::LINE), "{columns} columns");
        let cells = format.cells(span);
        let mut packed = Buffer::zeros(pieces * cells * columns);
        let panel = isa.panel(columns);
        for (begin, out) in (0..columns)
            .step_by(panel)
            .zip(packed.chunks_mut((pieces * cells * panel).max(1)))
        {
            let width = panel.min(columns - begin);
            for (row, out) in out.chunks_exact_mut(width).enumerate() {
                let (piece, cell) = (row / cells, row % cells);
                let at = |factor: usize, column| match factor < span {
                    true => value(piece * span + factor, column),
                    false => 0.0,
                };
                for (column, out) in (begin..).zip(out) {
                    let pair = |bits: fn(f32) -> u16, cell: usize| {
                        let [even, odd] = [2 * cell, 2 * cell + 1].map(|factor| bits(at(factor, column)));
                        f32::from_bits(u32::from(odd) << 16 | u32::from(even))
                    };
                    *out = match format {
                        Format::Fp32 => at(cell, column),
                        Format::Bf16 => pair(to_bf16, cell),
                        Format::Bf16x3 if cell < cells / 2 => pair(to_bf16, cell),
                        Format::Bf16x3 => pair(|value| split(value)[1], cell - cells / 2),
                    };
                }
            }
        }
        Matrix {
            isa,
            format,
            pieces,
            span,
            columns,
            packed,
        }
    }

    /// Its number of rows.
    pub fn depth(&self) -> usize {
        self.pieces * self.span
    }

    /// What it takes of memory.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.packed[..])
    }

    /// Its number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Cells of a piece of a row of A.
    fn cells(&self) -> usize {
        self.format.cells(self.span)
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
/// When A or C are shorter than `rows` says, the matrix has several pieces, or it was packed for another machine.
pub fn multiply(a: Rows, b: &Matrix, c: &mut [f32], stride: usize, rows: usize, init: Init) {
    multiply_pieces(a, &[0], b, c, stride, rows, init);
}

/// The same where each row of A lies in pieces, as many as the matrix was packed for: piece p of row r begins at
/// `r · a.stride + pieces[p]`. Pieces and rows may overlap.
///
/// # Panics
/// As [`multiply`]; and when there are as many pieces as the matrix does not have.
pub fn multiply_pieces(
    a: Rows,
    pieces: &[usize],
    b: &Matrix,
    c: &mut [f32],
    stride: usize,
    rows: usize,
    init: Init,
) {
    assert_eq!(pieces.len(), b.pieces, "pieces of a row");
    if rows == 0 {
        return;
    }
    // Checked: a product that wraps around would let any stride pass.
    let end = |stride: usize, row: usize| (rows - 1).checked_mul(stride)?.checked_add(row);
    let last = pieces
        .iter()
        .max()
        .map_or(Some(0), |last| last.checked_add(b.span));
    assert!(
        last.and_then(|last| end(a.stride, last))
            .is_some_and(|end| end <= a.values.len()),
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
    let product = Product {
        a,
        pieces,
        b,
        columns: 0..b.columns,
        groups: &[(0, c.as_mut_ptr())],
        stride,
        rows,
        by_piece: false,
        init,
    };
    if b.format == Format::Fp32 {
        return b.isa.run(product);
    }
    let cells = b.cells();
    ROUNDED.with_borrow_mut(|rounded| {
        let len = b.pieces * cells;
        rounded.reserve(rows * len);
        for (row, out) in rounded.chunks_exact_mut(len.max(1)).take(rows).enumerate() {
            for (piece, out) in pieces.iter().zip(out.chunks_exact_mut(cells)) {
                b.isa.run(Round {
                    values: &a.values[row * a.stride + piece..][..b.span],
                    span: b.span,
                    format: b.format,
                    out,
                });
            }
        }
        let offsets: Vec<usize> = (0..b.pieces).map(|piece| piece * cells).collect();
        b.isa.run(Product {
            a: Rows {
                values: rounded,
                stride: len,
            },
            pieces: &offsets,
            ..product
        });
    });
}
