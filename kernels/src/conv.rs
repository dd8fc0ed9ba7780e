//! 3 × 3 convolutions of feature maps, activation before and shortcut after included.
//!
//! The tiles of a job are computed block by block: a block's input is activated and transformed, multiplied point by
//! point, and transformed back, all within the nearest cache where the channels are few. Where they are many there are
//! few tiles but large weights: the threads then share the points of one block, so that each weight is read once.
//! A direct convolution is one product: a pixel's row of A lies in nine pieces, its neighbours.

mod area;
mod direct;
mod job;
mod target;
mod task;
mod transform;
mod winograd;

use self::direct::Direct;
pub use self::job::{Activation, ConvJob, Shortcut, Source};
use self::target::Target;
use self::task::Task;
use self::winograd::Winograd;
use crate::bf16::Format;
use crate::buffer::LINE;
use crate::gemm::Matrix;
use crate::isa::Isa;
use crate::threads::Threads;
use crate::winograd::Tile;

/// How a convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As it is written: 9 products per pair of channels. The weights take what they are.
    Direct,
    /// By Winograd's method, in tiles of this kind: fewer products, larger weights, greater rounding errors.
    Winograd(Tile),
}

/// A convolution's weights in the form of its method.
pub struct Conv {
    isa: Isa,
    format: Format,
    inputs: usize,
    outputs: usize,
    weights: Weights,
}

enum Weights {
    /// A piece for each of the nine taps, `[9 · inputs, outputs]`.
    Direct(Matrix),
    /// One `[inputs, outputs]` for each point of a tile.
    Winograd { tile: Tile, points: Vec<Matrix> },
}

/// Channels, in and out together, up to which threads each take blocks of their own: the weights then stay in a cache.
const SOME_CHANNELS: usize = 224;
/// Tiles, or pixels, of a block that all threads share.
const LARGE_BLOCK: usize = 128;

impl Conv {
    /// A convolution of `inputs` to `outputs` channels, both multiples of [`LINE`](crate::LINE), whose factors are rounded to
    /// `format` before they are multiplied; `weight(output, input, frame, bin)` with frame and bin in 0..3.
    ///
    /// # Panics
    /// When `inputs` or `outputs` is 0 or no multiple of a line, or the weights have more values in the method's form than
    /// memory can have.
    pub fn new(
        isa: Isa,
        format: Format,
        method: Method,
        inputs: usize,
        outputs: usize,
        weight: impl Fn(usize, usize, usize, usize) -> f32,
    ) -> Conv {
        assert!(
            [inputs, outputs]
                .iter()
                .all(|&channels| channels > 0 && channels.is_multiple_of(LINE)),
            "channels are whole lines"
        );
        let weights = match method {
            Method::Direct => {
                assert!(
                    inputs
                        .checked_mul(outputs)
                        .and_then(|pairs| pairs.checked_mul(9))
                        .is_some(),
                    "as many weights as memory can have"
                );
                Weights::Direct(Matrix::pack_pieces(
                    isa,
                    format,
                    9,
                    inputs,
                    outputs,
                    |row, output| {
                        let (tap, input) = (row / inputs, row % inputs);
                        weight(output, input, tap / 3, tap % 3)
                    },
                ))
            }
            Method::Winograd(tile) => Weights::Winograd {
                tile,
                points: points(isa, format, tile, inputs, outputs, weight),
            },
        };
        Conv {
            isa,
            format,
            inputs,
            outputs,
            weights,
        }
    }

    /// Cells of a pixel's input, or of a tile's at a point.
    fn cells(&self) -> usize {
        self.format.cells(self.inputs)
    }

    /// What the weights take of memory.
    pub fn bytes(&self) -> usize {
        match &self.weights {
            Weights::Direct(matrix) => matrix.bytes(),
            Weights::Winograd { points, .. } => points.iter().map(Matrix::bytes).sum(),
        }
    }

    /// Computes the job's columns. The result does not depend on the number of threads.
    ///
    /// # Panics
    /// When the job's columns do not have the convolution's shape.
    pub fn run(&self, threads: &Threads, job: ConvJob) {
        job.check(self.inputs, self.outputs);
        let ConvJob {
            sources,
            bins,
            out,
            shortcut,
        } = job;
        if bins == 0 {
            return;
        }
        let out: Vec<Target> = out.iter_mut().map(|column| Target(column.as_mut_ptr())).collect();
        let task = Task {
            conv: self,
            sources,
            bins,
            out: &out,
            shortcut,
        };
        match &self.weights {
            Weights::Direct(matrix) => Direct { task, matrix }.run(threads),
            Weights::Winograd { tile, points } => Winograd {
                task,
                tile: *tile,
                points,
            }
            .run(threads),
        }
    }
}

/// The weights at each point of a tile.
fn points(
    isa: Isa,
    format: Format,
    tile: Tile,
    inputs: usize,
    outputs: usize,
    weight: impl Fn(usize, usize, usize, usize) -> f32,
) -> Vec<Matrix> {
    let values = inputs
        .checked_mul(outputs)
        .and_then(|pairs| pairs.checked_mul(tile.points()));
    let mut transformed = vec![0.0; values.expect("as many weights as memory can have")];
    let transform = tile.kernel();
    for input in 0..inputs {
        for output in 0..outputs {
            let tap = |frame, bin| f64::from(weight(output, input, frame, bin));
            let kernel = std::array::from_fn(|frame| std::array::from_fn(|bin| tap(frame, bin)));
            for (point, value) in transform.of(kernel).enumerate() {
                transformed[(point * inputs + input) * outputs + output] = value;
            }
        }
    }
    transformed
        .chunks_exact(inputs * outputs)
        .map(|point| {
            Matrix::pack(isa, format, inputs, outputs, |row, column| {
                point[row * outputs + column]
            })
        })
        .collect()
}
