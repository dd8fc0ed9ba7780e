//! Direct convolutions: one product, which reads each bin's neighbours where they lie.
//!
//! With few channels the input of a block lies there once, and each frame's bins are rows of their own. With many, whose
//! maps are a few bins wide, it lies there three times, shifted by a bin each: all bins of all frames then follow each other
//! as rows, and none of the product's tiles is a thin one.

use super::area::{Area, Grid};
use super::target::Target;
use super::task::{SCRATCH, Scratch, Task};
use super::{LARGE_BLOCK, SOME_CHANNELS, Shortcut};
use crate::bf16::Format;
use crate::buffer::Buffer;
use crate::gemm::{Init, Matrix, Product, Round, Rows};
use crate::threads::Threads;

/// Bins and frames of a block that a thread takes for itself.
const BLOCK_BINS: usize = 64;
const BLOCK_FRAMES: usize = 4;

pub(super) struct Direct<'a> {
    pub(super) task: Task<'a>,
    pub(super) matrix: &'a Matrix,
}

impl Direct<'_> {
    pub(super) fn run(&self, threads: &Threads) {
        let grid = Grid {
            frames: self.task.out.len(),
            bins: self.task.bins,
        };
        if self.task.conv.inputs + self.task.conv.outputs <= SOME_CHANNELS {
            let blocks = grid.rectangles(BLOCK_BINS, BLOCK_FRAMES);
            threads.run(blocks.len(), |block| self.alone(&blocks[block]));
        } else {
            for block in grid.blocks(LARGE_BLOCK) {
                self.together(&block, threads);
            }
        }
    }

    /// A whole block on this thread.
    fn alone(&self, area: &Area) {
        SCRATCH.with_borrow_mut(|scratch| {
            let len = self.frame_cells(area);
            scratch.factors.reserve((area.frames + 2) * len);
            let frames = scratch.factors.chunks_exact_mut(len).take(area.frames + 2);
            for (frame, cells) in frames.enumerate() {
                self.round(&mut scratch.strip, area, frame, cells);
            }
            self.begin(area);
            self.multiply(area, &scratch.factors);
        });
    }

    /// A block on all threads: they share its frames, then the panels of its weights, so that each of these is read once, then
    /// its frames.
    fn together(&self, area: &Area, threads: &Threads) {
        let conv = self.task.conv;
        let (pixels, pixel) = (area.frames * area.bins, conv.cells());
        let read = area.bins * pixel;
        let shifted = (area.frames + 2) * read;
        // The buffers leave the thread's cell while other closures of this thread borrow it.
        let (mut factors, mut products) = SCRATCH.with_borrow_mut(|scratch| {
            (
                std::mem::take(&mut scratch.factors),
                std::mem::take(&mut scratch.products),
            )
        });
        factors.reserve(3 * shifted);
        products.reserve(pixels * conv.outputs);
        let target = Target(factors.as_mut_ptr());
        threads.run(area.frames + 2, |frame| {
            SCRATCH.with_borrow_mut(|scratch| {
                let Scratch { strip, factors, .. } = scratch;
                let len = self.frame_cells(area);
                factors.reserve(len);
                self.round(strip, area, frame, &mut factors[..len]);
                for shift in 0..3 {
                    let from = &factors[shift * pixel..][..read];
                    // SAFETY: every frame has its own `read` cells of each third, which no one else touches meanwhile.
                    unsafe {
                        let to = target.at(shift * shifted + frame * read);
                        std::ptr::copy_nonoverlapping(from.as_ptr(), to, read);
                    }
                }
            });
        });
        let pieces: [usize; 9] = std::array::from_fn(|tap| tap % 3 * shifted + tap / 3 * read);
        // Each thread takes panels that follow each other, so that it reads the rows once for all of them.
        let panel = 2 * conv.isa.lanes();
        let share = conv.outputs.div_ceil(panel).div_ceil(threads.count()).max(1) * panel;
        let target = Target(products.as_mut_ptr());
        threads.run(conv.outputs.div_ceil(share), |index| {
            conv.isa.run(Product {
                a: Rows {
                    values: &factors,
                    stride: pixel,
                },
                pieces: &pieces,
                b: self.matrix,
                columns: index * share..((index + 1) * share).min(conv.outputs),
                // SAFETY: the buffer holds all pixels; no one else touches these columns meanwhile.
                groups: &[(0, unsafe { target.at(0) })],
                stride: conv.outputs,
                rows: pixels,
                init: Init::Zero,
                by_piece: true,
            });
        });
        threads.run(area.frames, |frame| {
            let len = area.bins * conv.outputs;
            self.give(area, frame, &products[frame * len..][..len]);
        });
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.factors = factors;
            scratch.products = products;
        });
    }

    /// Cells of a frame of a block's input.
    fn frame_cells(&self, area: &Area) -> usize {
        (area.bins + 2) * self.task.conv.cells()
    }

    /// Activates and rounds a frame of a block's input; the first is the one before the block.
    fn round(&self, floats: &mut Buffer, area: &Area, frame: usize, cells: &mut [f32]) {
        let conv = self.task.conv;
        let column = area.frame + frame;
        if conv.format == Format::Fp32 {
            return self.task.activate(cells, column, area.bin);
        }
        let len = (area.bins + 2) * conv.inputs;
        floats.reserve(len);
        self.task.activate(&mut floats[..len], column, area.bin);
        conv.isa.run(Round {
            values: &floats[..len],
            span: conv.inputs,
            format: conv.format,
            out: cells,
        });
    }

    /// Writes what the product is added to, where that does not lie there already.
    fn begin(&self, area: &Area) {
        let Shortcut::Columns(columns) = self.task.shortcut else {
            return;
        };
        let (first, len) = (
            area.bin * self.task.conv.outputs,
            area.bins * self.task.conv.outputs,
        );
        let range = area.frame..area.frame + area.frames;
        for (column, out) in columns[range.clone()].iter().zip(&self.task.out[range]) {
            let from = &column[first..][..len];
            // SAFETY: the area lies within the column, and no other task writes to it.
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), out.at(first), len) };
        }
    }

    /// Writes a frame's sums, or adds them to what they are added to.
    fn give(&self, area: &Area, frame: usize, sums: &[f32]) {
        let first = area.bin * self.task.conv.outputs;
        let column = area.frame + frame;
        // SAFETY: the area lies within the column, and no other task touches these bins meanwhile.
        let out = unsafe { std::slice::from_raw_parts_mut(self.task.out[column].at(first), sums.len()) };
        let held = match self.task.shortcut {
            Shortcut::None => return out.copy_from_slice(sums),
            Shortcut::Columns(columns) => &columns[column][first..][..sums.len()],
            Shortcut::Held => {
                return out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
            }
        };
        for ((out, sum), held) in out.iter_mut().zip(sums).zip(held) {
            *out = held + sum;
        }
    }

    /// A block's output, from its input: cells `[frames + 2, bins + 2]`.
    fn multiply(&self, area: &Area, input: &[f32]) {
        let conv = self.task.conv;
        let (frame_cells, pixel) = (self.frame_cells(area), conv.cells());
        let pieces: [usize; 9] = std::array::from_fn(|tap| tap / 3 * frame_cells + tap % 3 * pixel);
        let groups: Vec<(usize, *mut f32)> = (0..area.frames)
            .map(|frame| {
                // SAFETY: the area lies within the column; no other task writes to these bins.
                let c = unsafe { self.task.out[area.frame + frame].at(area.bin * conv.outputs) };
                (frame * frame_cells, c)
            })
            .collect();
        conv.isa.run(Product {
            a: Rows {
                values: input,
                stride: pixel,
            },
            pieces: &pieces,
            b: self.matrix,
            columns: 0..conv.outputs,
            groups: &groups,
            stride: conv.outputs,
            rows: area.bins,
            init: match self.task.shortcut {
                Shortcut::None => Init::Zero,
                Shortcut::Held | Shortcut::Columns(_) => Init::Keep,
            },
            by_piece: true,
        });
    }
}
