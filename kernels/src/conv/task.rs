//! How threads share a convolution: each takes blocks of its own, or all take part in one block.

use std::cell::RefCell;

use super::area::Area;
use super::target::Target;
use super::transform::{Restore, Transform};
use super::{Conv, Shortcut, Source};
use crate::buffer::Buffer;
use crate::gemm::{Init, Product, Rows};
use crate::pointwise::Activate;
use crate::threads::Threads;

/// Tiles transformed by one thread at a time.
const GROUP: usize = 8;
/// Between the points of a block, so that they do not all fall into the same lines of a cache.
const SKEW: usize = 16;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// What a thread needs for a block; grows to what is asked for once and stays.
#[derive(Default)]
struct Scratch {
    strip: Buffer,
    transformed: Buffer,
    products: Buffer,
}

/// A convolution on its way through the blocks of a job.
pub(super) struct Task<'a> {
    pub(super) conv: &'a Conv,
    pub(super) sources: &'a [Source<'a>],
    pub(super) bins: usize,
    pub(super) out: &'a [Target],
    pub(super) shortcut: Shortcut<'a>,
}

impl Task<'_> {
    /// A whole block on this thread.
    pub(super) fn alone(&self, area: &Area) {
        let conv = self.conv;
        let tiles = area.tiles();
        SCRATCH.with_borrow_mut(|scratch| {
            let (read, written) = (tiles * conv.cells() + SKEW, tiles * conv.outputs + SKEW);
            scratch.transformed.reserve(conv.points.len() * read);
            scratch.products.reserve(conv.points.len() * written);
            let transformed = Target(scratch.transformed.as_mut_ptr());
            for (first, piece) in area.groups(GROUP) {
                self.take(&mut scratch.strip, &piece, first, transformed, read);
            }
            for (point, matrix) in conv.points.iter().enumerate() {
                conv.isa.run(Product {
                    a: Rows {
                        values: &scratch.transformed[point * read..][..read],
                        stride: conv.cells(),
                    },
                    b: matrix,
                    c: &mut scratch.products[point * written..][..written],
                    stride: conv.outputs,
                    rows: tiles,
                    init: Init::Zero,
                });
            }
            for (first, piece) in area.groups(GROUP) {
                self.give(&scratch.products, &piece, first, written);
            }
        });
    }

    /// A block on all threads: they share its pieces, then its points, then its pieces.
    pub(super) fn together(&self, area: &Area, threads: &Threads) {
        let conv = self.conv;
        let tiles = area.tiles();
        let (read, written) = (tiles * conv.cells() + SKEW, tiles * conv.outputs + SKEW);
        let groups = area.groups(GROUP);
        // The buffers leave the thread's cell while other closures of this thread borrow it.
        let (mut transformed, mut products) = SCRATCH.with_borrow_mut(|scratch| {
            (
                std::mem::take(&mut scratch.transformed),
                std::mem::take(&mut scratch.products),
            )
        });
        transformed.reserve(conv.points.len() * read);
        products.reserve(conv.points.len() * written);
        let target = Target(transformed.as_mut_ptr());
        threads.run(groups.len(), |index| {
            let (first, piece) = &groups[index];
            SCRATCH.with_borrow_mut(|scratch| self.take(&mut scratch.strip, piece, *first, target, read));
        });
        let target = Target(products.as_mut_ptr());
        threads.run(conv.points.len(), |point| {
            // SAFETY: every point has its own `written` floats of the buffer, which no one else touches meanwhile.
            let c = unsafe { std::slice::from_raw_parts_mut(target.at(point * written), written) };
            conv.isa.run(Product {
                a: Rows {
                    values: &transformed[point * read..][..read],
                    stride: conv.cells(),
                },
                b: &conv.points[point],
                c,
                stride: conv.outputs,
                rows: tiles,
                init: Init::Zero,
            });
        });
        threads.run(groups.len(), |index| {
            let (first, piece) = &groups[index];
            self.give(&products, piece, *first, written);
        });
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.transformed = transformed;
            scratch.products = products;
        });
    }

    /// Activates and transforms the input of a row of tiles, the first of which is tile `first` of its block.
    fn take(&self, strip: &mut Buffer, piece: &Area, first: usize, transformed: Target, stride: usize) {
        let conv = self.conv;
        let frames = conv.tile.frames() + 2;
        let width = conv.tile.bins();
        let rows = piece.bins * width + 2;
        strip.reserve(frames * rows * conv.inputs);
        // The strip begins one bin before the first tile.
        let begin = (piece.bin * width).saturating_sub(1);
        let end = (piece.bin * width + rows - 1).min(self.bins);
        let skipped = usize::from(piece.bin == 0);
        for frame in 0..frames {
            let strip = &mut strip[frame * rows * conv.inputs..][..rows * conv.inputs];
            let mut channel = 0;
            for source in self.sources {
                let channels = source.activation.scale.len();
                let index = piece.frame * conv.tile.frames() + frame;
                let column = source.columns.get(index).copied().flatten();
                let inside = column.map_or(0, |_| end - begin);
                let clear = |rows: &mut [f32]| {
                    for row in rows.chunks_exact_mut(conv.inputs) {
                        row[channel..channel + channels].fill(0.0);
                    }
                };
                let (before, after) = strip.split_at_mut(skipped * conv.inputs);
                clear(before);
                let (inner, after) = after.split_at_mut(inside * conv.inputs);
                clear(after);
                if let Some(column) = column {
                    conv.isa.run(Activate {
                        x: &column[begin * channels..end * channels],
                        scale: &source.activation.scale,
                        shift: &source.activation.shift,
                        out: &mut inner[channel..],
                        stride: conv.inputs,
                    });
                }
                channel += channels;
            }
        }
        // SAFETY: `stride` cells of every point hold all tiles of the block; no other piece writes to these.
        let out = Target(unsafe { transformed.0.add(first * conv.cells()) });
        conv.isa.run(Transform {
            strip,
            format: conv.format,
            tile: conv.tile,
            tiles: piece.bins,
            channels: conv.inputs,
            out,
            stride,
        });
    }

    /// Transforms the products of a row of tiles back and writes them to the columns.
    fn give(&self, products: &[f32], piece: &Area, first: usize, stride: usize) {
        let conv = self.conv;
        let frame = piece.frame * conv.tile.frames();
        let frames = conv.tile.frames().min(self.out.len() - frame);
        let range = frame..frame + frames;
        conv.isa.run(Restore {
            products: &products[first * conv.outputs..],
            stride,
            tile: conv.tile,
            tiles: piece.bins,
            channels: conv.outputs,
            out: &self.out[range.clone()],
            shortcut: match self.shortcut {
                Shortcut::Columns(columns) => Shortcut::Columns(&columns[range]),
                other => other,
            },
            bin: piece.bin * conv.tile.bins(),
            bins: self.bins,
        });
    }
}
