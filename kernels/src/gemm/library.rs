//! The product by a library's `sgemm`, which may use a unit for matrices that has no instructions of its own: Apple's.

use super::{Init, Product, Rows};
use crate::buffer::with_scratch;

/// C += A · B of row-major matrices in single precision, as BLAS defines it, or C = A · B. `k` is at most the stride of A.
pub(crate) struct Sgemm {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) depth: usize,
    /// The first value, and the values from row to row.
    pub(crate) a: (*const f32, usize),
    pub(crate) b: (*const f32, usize),
    pub(crate) c: (*mut f32, usize),
    /// Whether it is added to what C holds.
    pub(crate) kept: bool,
}

/// Computes a product whose matrix is packed as one panel.
///
/// # Safety
/// The lengths are as [`Product`] says, and `sgemm` reads and writes what it is given.
pub(crate) unsafe fn by_library(product: &Product, sgemm: impl Fn(&Sgemm)) {
    let Product {
        a,
        pieces,
        b,
        columns,
        groups,
        stride,
        rows,
        init,
        ..
    } = product;
    let width = columns.len();
    for (first, c) in *groups {
        let c = c.wrapping_add(columns.start);
        let mut kept = matches!(init, Init::Keep);
        if let Init::Bias(bias) = init {
            for row in 0..*rows {
                // SAFETY: the caller's contract.
                unsafe {
                    std::ptr::copy_nonoverlapping(bias[columns.clone()].as_ptr(), c.add(row * stride), width)
                };
            }
            kept = true;
        }
        for (piece, offset) in pieces.iter().enumerate() {
            let of_b = b.packed[piece * b.span * b.columns + columns.start..].as_ptr();
            let multiply = |a: Rows| {
                sgemm(&Sgemm {
                    rows: *rows,
                    columns: width,
                    depth: b.span,
                    a: (a.values.as_ptr(), a.stride),
                    b: (of_b, b.columns),
                    c: (c, *stride),
                    kept,
                });
            };
            let from = &a.values[first + offset..];
            if a.stride >= b.span {
                multiply(Rows {
                    values: from,
                    stride: a.stride,
                });
            } else {
                // BLAS has no rows that overlap.
                with_scratch(rows * b.span, |gathered| {
                    for (row, out) in gathered.chunks_exact_mut(b.span).enumerate() {
                        out.copy_from_slice(&from[row * a.stride..][..b.span]);
                    }
                    multiply(Rows {
                        values: gathered,
                        stride: b.span,
                    });
                });
            }
            kept = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bf16::Format;
    use crate::gemm::{Matrix, multiply_pieces};
    use crate::isa::Isa;

    fn plain(work: &Sgemm) {
        for row in 0..work.rows {
            for column in 0..work.columns {
                // SAFETY: the test's matrices are as long as it says.
                unsafe {
                    let c = work.c.0.add(row * work.c.1 + column);
                    let mut sum = if work.kept { *c } else { 0.0 };
                    for k in 0..work.depth {
                        sum += *work.a.0.add(row * work.a.1 + k) * *work.b.0.add(k * work.b.1 + column);
                    }
                    *c = sum;
                }
            }
        }
    }

    #[test]
    fn a_library_is_asked_for_the_same_product() {
        let value = |n: usize| ((n * 7_919) % 101) as f32 / 50.0 - 1.0;
        let (rows, columns) = (9, 48);
        // Rows side by side, and rows that overlap.
        for (span, step) in [(16, 16), (24, 16)] {
            let pieces = [0, 40, 64];
            let a: Vec<f32> = (0..rows * step + 64 + span).map(value).collect();
            let bias: Vec<f32> = (0..columns).map(|n| value(n + 5)).collect();
            let weight = |row: usize, column: usize| value(row * columns + column + 3);
            let matrix = |isa| Matrix::pack_pieces(isa, Format::Fp32, 3, span, columns, weight);
            let (packed, other) = (matrix(Isa::Accelerate), matrix(Isa::Scalar));
            for init in [Init::Zero, Init::Bias(&bias), Init::Keep] {
                let held: Vec<f32> = (0..rows * columns).map(|n| value(n + 7)).collect();
                let (mut given, mut expected) = (held.clone(), held);
                let read = Rows {
                    values: &a,
                    stride: step,
                };
                multiply_pieces(read, &pieces, &other, &mut expected, columns, rows, init);
                // As threads share a product.
                for columns_of_one in [0..16, 16..48] {
                    let product = Product {
                        a: read,
                        pieces: &pieces,
                        b: &packed,
                        columns: columns_of_one,
                        groups: &[(0, given.as_mut_ptr())],
                        stride: columns,
                        rows,
                        by_piece: false,
                        init,
                    };
                    // SAFETY: the lengths are those that `multiply_pieces` has just checked.
                    unsafe { by_library(&product, plain) };
                }
                for (given, expected) in given.iter().zip(&expected) {
                    assert!((given - expected).abs() < 1e-4, "{given}, not {expected}");
                }
            }
        }
    }
}
