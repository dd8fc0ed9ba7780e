//! A 3 × 3 transposed convolution of stride 2 (`conv1` of `DecoderBlockRes2BCond` in `model/modules.py`).
//!
//! Along either axis n values become 2n + 1: `out[2i] = W₀·x[i] + W₂·x[i − 1]` and `out[2i + 1] = W₁·x[i]`, so that there is
//! one product for the even bins of a column and one for the odd ones. In time the last column is dropped, as the published
//! code does: two columns come of each.

use std::ops::Range;

use earmark_kernels::{
    Activation, Buffer, Format, Init, Isa, Matrix, Rows, Threads, multiply_pieces, padded,
};
use parking_lot::Mutex;

use super::graph::UpShape;
use super::map::Map;
use super::net::Norm;
use crate::error::ModelError;
use crate::tensors::Tensors;

pub(super) struct Up {
    /// The slope below 0 is 0 here.
    activation: Activation,
    /// For columns and bins of even and odd numbers: `[column][bin]`.
    products: [[Product; 2]; 2],
    outputs: usize,
}

struct Product {
    taps: Vec<[Tap; 2]>,
    matrix: Matrix,
}

/// One of the kernel's three along an axis, and how many places before the one in question it reads.
#[derive(Clone, Copy)]
struct Tap {
    kernel: usize,
    before: usize,
}

impl Tap {
    /// Those that a place of even or of odd number is the sum of.
    fn of(parity: usize) -> &'static [Tap] {
        const fn tap(kernel: usize, before: usize) -> Tap {
            Tap { kernel, before }
        }
        const EVEN: [Tap; 2] = [tap(0, 0), tap(2, 1)];
        const ODD: [Tap; 1] = [tap(1, 0)];
        match parity {
            0 => &EVEN,
            _ => &ODD,
        }
    }
}

impl Up {
    pub(super) fn load(tensors: &dyn Tensors, isa: Isa, shape: &UpShape) -> Result<Up, ModelError> {
        let &UpShape { inputs, outputs, .. } = shape;
        let name = &shape.name;
        let weight = tensors.floats(&format!("{name}.conv1.weight"), &[inputs, outputs, 3, 3])?;
        let product = |column: usize, bin: usize| {
            let taps: Vec<[Tap; 2]> = Tap::of(column)
                .iter()
                .flat_map(|&column| Tap::of(bin).iter().map(move |&bin| [column, bin]))
                .collect();
            let span = padded(inputs);
            let value = |row: usize, output: usize| {
                let ([column, bin], input) = (taps[row / span], row % span);
                match input < inputs && output < outputs {
                    true => weight[((input * outputs + output) * 3 + column.kernel) * 3 + bin.kernel],
                    false => 0.0,
                }
            };
            let matrix = Matrix::pack_pieces(isa, Format::Fp32, taps.len(), span, padded(outputs), value);
            Product { taps, matrix }
        };
        let norm = Norm::load(tensors, &format!("{name}.bn1"), inputs)?;
        Ok(Up {
            activation: norm.after(&[]),
            products: [0, 1].map(|column| [0, 1].map(|bin| product(column, bin))),
            outputs: padded(outputs),
        })
    }

    /// Columns of what a map of so many bins becomes; `range` begins and ends with a pair.
    pub(super) fn run(
        &self,
        threads: &Threads,
        bins: usize,
        from: &Map,
        range: Range<usize>,
        out: &mut [Buffer],
    ) {
        // From the column before the first one on, with a bin of zeros at either end.
        let inputs = range.start / 2..range.end / 2;
        let pixel = self.activation.scale.len();
        let column = (bins + 2) * pixel;
        let mut active = Buffer::zeros((inputs.len() + 1) * column);
        let columns: Vec<_> = active.chunks_exact_mut(column).map(Mutex::new).collect();
        threads.run(columns.len(), |index| {
            if let Some(values) = (inputs.start + index).checked_sub(1).map(|at| from.column(at)) {
                self.activate(values, &mut columns[index].lock()[pixel..]);
            }
        });
        drop(columns);
        let columns: Vec<_> = range.zip(out).map(|(at, out)| (at, Mutex::new(out))).collect();
        threads.run(columns.len(), |index| {
            let (at, out) = &columns[index];
            let before = at / 2 - inputs.start;
            self.column(&active[before * column..], column, bins, at % 2, &mut out.lock());
        });
    }

    fn activate(&self, values: &[f32], out: &mut [f32]) {
        let Activation { scale, shift } = &self.activation;
        for (x, out) in values
            .chunks_exact(scale.len())
            .zip(out.chunks_exact_mut(scale.len()))
        {
            for (((x, out), scale), shift) in x.iter().zip(out).zip(&scale[..]).zip(&shift[..]) {
                *out = (x * scale + shift).max(0.0);
            }
        }
    }

    /// A column of even or odd number, of the column in question and the one before it, with which `active` begins.
    fn column(&self, active: &[f32], column: usize, bins: usize, parity: usize, out: &mut [f32]) {
        let pixel = self.activation.scale.len();
        for (bin, Product { taps, matrix }) in self.products[parity].iter().enumerate() {
            let pieces: Vec<usize> = taps
                .iter()
                .map(|[time, bin]| (1 - time.before) * column + (1 - bin.before) * pixel)
                .collect();
            let rows = Rows {
                values: active,
                stride: pixel,
            };
            let (out, count) = (&mut out[bin * self.outputs..], bins + 1 - bin);
            multiply_pieces(rows, &pieces, matrix, out, 2 * self.outputs, count, Init::Zero);
        }
    }
}
