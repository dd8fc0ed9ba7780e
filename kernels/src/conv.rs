//! 3 × 3 convolutions of feature maps, activation before and shortcut after included.
//!
//! The tiles of a job are computed block by block: a block's input is activated and transformed, multiplied point by
//! point, and transformed back, all within the nearest cache where the channels are few. Where they are many there are
//! few tiles but large weights: the threads then share the points of one block, so that each weight is read once.

mod area;
mod job;
mod target;
mod task;
mod transform;

use self::area::Grid;
pub use self::job::{Activation, ConvJob, Shortcut, Source};
use self::target::Target;
use self::task::Task;
use crate::bf16::Format;
use crate::buffer::LINE;
use crate::gemm::Matrix;
use crate::isa::Isa;
use crate::threads::Threads;
use crate::winograd::Tile;

/// A convolution's transformed weights.
pub struct Conv {
    isa: Isa,
    format: Format,
    tile: Tile,
    inputs: usize,
    outputs: usize,
    /// One `[inputs, outputs]` for each point.
    points: Vec<Matrix>,
}

/// Tiles of a block whose threads each take blocks of their own.
const SMALL_BLOCK: usize = 24;
const MEDIUM_BLOCK: usize = 48;
/// Tiles of a block that all threads share.
const LARGE_BLOCK: usize = 128;
/// Channels, in and out together, up to which a small and a medium block is taken.
const FEW_CHANNELS: usize = 96;
const SOME_CHANNELS: usize = 224;
impl Conv {
    /// A convolution of `inputs` to `outputs` channels, both multiples of [`LINE`](crate::LINE), by tiles of this kind whose
    /// values are rounded to `format` before they are multiplied; `weight(output, input, frame, bin)` with frame and bin
    /// in 0..3.
    ///
    /// # Panics
    /// When `inputs` or `outputs` is 0 or no multiple of a line, or their transformed weights have more values than memory
    /// can have.
    pub fn new(
        isa: Isa,
        format: Format,
        tile: Tile,
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
        let count = tile.points();
        let values = inputs
            .checked_mul(outputs)
            .and_then(|pairs| pairs.checked_mul(count));
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
        let points = transformed
            .chunks_exact(inputs * outputs)
            .map(|point| {
                Matrix::pack(isa, format, inputs, outputs, |row, column| {
                    point[row * outputs + column]
                })
            })
            .collect();
        Conv {
            isa,
            format,
            tile,
            inputs,
            outputs,
            points,
        }
    }

    /// Cells of a tile's input at a point.
    fn cells(&self) -> usize {
        self.format.cells(self.inputs)
    }

    /// What the weights take of memory.
    pub fn bytes(&self) -> usize {
        self.points.iter().map(Matrix::bytes).sum()
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
        let frames = out.len();
        if bins == 0 {
            return;
        }
        let grid = Grid {
            frames: frames.div_ceil(self.tile.frames()),
            bins: bins.div_ceil(self.tile.bins()),
        };
        let out: Vec<Target> = out.iter_mut().map(|column| Target(column.as_mut_ptr())).collect();
        let task = Task {
            conv: self,
            sources,
            bins,
            out: &out,
            shortcut,
        };
        let channels = self.inputs + self.outputs;
        match channels {
            ..=SOME_CHANNELS => {
                let tiles = if channels <= FEW_CHANNELS {
                    SMALL_BLOCK
                } else {
                    MEDIUM_BLOCK
                };
                let blocks = grid.blocks(tiles);
                threads.run(blocks.len(), |block| task.alone(&blocks[block]));
            }
            _ => {
                for block in grid.blocks(LARGE_BLOCK) {
                    task.together(&block, threads);
                }
            }
        }
    }
}
