//! What a processor can do at best.

use crate::bf16::Format;
use crate::gemm::{Init, Matrix, Product, Round, Rows};
use crate::isa::Isa;
use crate::simd::{Factors, Kernel, Pairs, Simd, Singles};

/// Sums that are added to in turns: as many as hide how long one takes.
const SUMS: usize = 12;

/// Computes `rounds` times a block of multiplications and additions that depend on nothing but registers: what no
/// kernel can be faster than. Returns the floating point operations done and something of their result.
pub fn peak(isa: Isa, format: Format, rounds: usize) -> (f64, f32) {
    match format {
        Format::Fp32 => isa.run(Peak::<Singles>::new(rounds, 2.0)),
        _ if isa.has_tiles() => tiles(isa, format, rounds),
        Format::Bf16 => isa.run(Peak::<Pairs>::new(rounds, 4.0)),
        Format::Bf16x3 => isa.run(Peak::<Pairs>::new(rounds, 4.0 / 3.0)),
    }
}

/// In tiles it is a product that stays in the nearest cache, of about as many operations.
fn tiles(isa: Isa, format: Format, rounds: usize) -> (f64, f32) {
    const SIDE: usize = 32;
    const DEPTH: usize = 256;
    let b = Matrix::pack(isa, format, DEPTH, SIDE, |_, _| 1.0 / DEPTH as f32);
    let cells = format.cells(DEPTH);
    let (mut a, mut c) = (vec![0.0; SIDE * cells], vec![0.0; SIDE * SIDE]);
    isa.run(Round {
        values: &[std::hint::black_box(1.0); SIDE * DEPTH],
        span: DEPTH,
        format,
        out: &mut a,
    });
    let products = (rounds * SUMS * 16).div_ceil(SIDE * SIDE * DEPTH);
    for _ in 0..products {
        isa.run(Product {
            a: Rows {
                values: &a,
                stride: cells,
            },
            pieces: &[0],
            b: &b,
            columns: 0..SIDE,
            groups: &[(0, c.as_mut_ptr())],
            stride: SIDE,
            rows: SIDE,
            by_piece: false,
            init: Init::Keep,
        });
    }
    ((products * SIDE * SIDE * DEPTH * 2) as f64, 1.0 + c[0])
}

struct Peak<F> {
    rounds: usize,
    /// Of each lane in each addition of products.
    operations: f64,
    format: std::marker::PhantomData<F>,
}

impl<F> Peak<F> {
    fn new(rounds: usize, operations: f64) -> Peak<F> {
        Peak {
            rounds,
            operations,
            format: std::marker::PhantomData,
        }
    }
}

impl<F: Factors> Kernel for Peak<F> {
    type Output = (f64, f32);

    #[inline(always)]
    fn run<S: Simd>(self) -> (f64, f32) {
        // 2^-10 in either format, and twice in a pair.
        let cell = std::hint::black_box(f32::from_bits(0x3A80_3A80));
        // SAFETY: the machine has the instructions in a kernel; `out` holds a vector of any kind.
        unsafe {
            let factor = F::splat::<S>(&cell);
            let mut sums = [S::splat(std::hint::black_box(1.0)); SUMS];
            for _ in 0..self.rounds {
                for sum in &mut sums {
                    *sum = F::add_products(factor, factor, *sum);
                }
            }
            let mut total = sums[0];
            for sum in &sums[1..] {
                total = total.add(*sum);
            }
            let mut out = [0.0; crate::LINE];
            total.store(out.as_mut_ptr());
            ((self.rounds * SUMS * S::LANES) as f64 * self.operations, out[0])
        }
    }
}
