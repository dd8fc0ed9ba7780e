//! Direct convolutions: one product for the bins of a frame, which reads each bin's neighbours where they lie.

use std::ops::Range;

use super::area::{Area, Grid};
use super::target::Target;
use super::task::{SCRATCH, Task};
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
            self.multiply(area, &scratch.factors, 0..self.task.conv.outputs);
        });
    }

    /// A block on all threads: they share its frames, then the panels of its weights, so that each of these is read once.
    fn together(&self, area: &Area, threads: &Threads) {
        let len = self.frame_cells(area);
        // The buffer leaves the thread's cell while other closures of this thread borrow it.
        let mut strip = SCRATCH.with_borrow_mut(|scratch| std::mem::take(&mut scratch.factors));
        strip.reserve((area.frames + 2) * len);
        let target = Target(strip.as_mut_ptr());
        threads.run(area.frames + 2, |frame| {
            // SAFETY: every frame has its own `len` floats of the buffer, which no one else touches meanwhile.
            let cells = unsafe { std::slice::from_raw_parts_mut(target.at(frame * len), len) };
            SCRATCH.with_borrow_mut(|scratch| self.round(&mut scratch.strip, area, frame, cells));
        });
        self.begin(area);
        let (panel, outputs) = (2 * self.task.conv.isa.lanes(), self.task.conv.outputs);
        threads.run(outputs.div_ceil(panel), |index| {
            let columns = index * panel..((index + 1) * panel).min(outputs);
            self.multiply(area, &strip, columns);
        });
        SCRATCH.with_borrow_mut(|scratch| scratch.factors = strip);
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

    /// The block's output in some of its channels, from its input: cells `[frames + 2, bins + 2]`.
    fn multiply(&self, area: &Area, input: &[f32], columns: Range<usize>) {
        let conv = self.task.conv;
        let (frame_cells, pixel) = (self.frame_cells(area), conv.cells());
        let pieces: [usize; 9] = std::array::from_fn(|tap| tap / 3 * frame_cells + tap % 3 * pixel);
        let groups: Vec<(usize, *mut f32)> = (0..area.frames)
            .map(|frame| {
                // SAFETY: the area lies within the column; no other task writes to these bins in these channels.
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
            columns,
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
