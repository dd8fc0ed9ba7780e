//! Convolutions by Winograd's method. How threads share one: each takes blocks of its own, or all take part in one block.

use super::area::{Area, Grid};
use super::target::Target;
use super::task::{SCRATCH, Task};
use super::transform::{Restore, Transform};
use super::{LARGE_BLOCK, SOME_CHANNELS, Shortcut};
use crate::buffer::Buffer;
use crate::gemm::{Init, Matrix, Product, Rows};
use crate::threads::Threads;
use crate::winograd::Tile;

/// Tiles of a block whose threads each take blocks of their own.
const SMALL_BLOCK: usize = 24;
const MEDIUM_BLOCK: usize = 48;
/// Channels, in and out together, up to which a small block is taken.
const FEW_CHANNELS: usize = 96;
/// Tiles transformed by one thread at a time.
const GROUP: usize = 8;
/// Between the points of a block, so that they do not all fall into the same lines of a cache.
const SKEW: usize = 16;

pub(super) struct Winograd<'a> {
    pub(super) task: Task<'a>,
    pub(super) tile: Tile,
    pub(super) points: &'a [Matrix],
}

impl Winograd<'_> {
    pub(super) fn run(&self, threads: &Threads) {
        let (tile, conv) = (self.tile, self.task.conv);
        let grid = Grid {
            frames: self.task.out.len().div_ceil(tile.frames()),
            bins: self.task.bins.div_ceil(tile.bins()),
        };
        let channels = conv.inputs + conv.outputs;
        if channels <= SOME_CHANNELS {
            let blocks = grid.blocks(if channels <= FEW_CHANNELS {
                SMALL_BLOCK
            } else {
                MEDIUM_BLOCK
            });
            threads.run(blocks.len(), |block| self.alone(&blocks[block]));
        } else {
            for block in grid.blocks(LARGE_BLOCK) {
                self.together(&block, threads);
            }
        }
    }

    /// A whole block on this thread.
    fn alone(&self, area: &Area) {
        let conv = self.task.conv;
        let tiles = area.tiles();
        SCRATCH.with_borrow_mut(|scratch| {
            let (read, written) = (tiles * conv.cells() + SKEW, tiles * conv.outputs + SKEW);
            scratch.factors.reserve(self.points.len() * read);
            scratch.products.reserve(self.points.len() * written);
            let transformed = Target(scratch.factors.as_mut_ptr());
            for (first, piece) in area.groups(GROUP) {
                self.take(&mut scratch.strip, &piece, first, transformed, read);
            }
            for (point, matrix) in self.points.iter().enumerate() {
                conv.isa.run(Product {
                    a: Rows {
                        values: &scratch.factors[point * read..][..read],
                        stride: conv.cells(),
                    },
                    pieces: &[0],
                    b: matrix,
                    columns: 0..conv.outputs,
                    groups: &[(0, scratch.products[point * written..][..written].as_mut_ptr())],
                    stride: conv.outputs,
                    rows: tiles,
                    by_piece: false,
                    init: Init::Zero,
                });
            }
            for (first, piece) in area.groups(GROUP) {
                self.give(&scratch.products, &piece, first, written);
            }
        });
    }

    /// A block on all threads: they share its pieces, then its points, then its pieces.
    fn together(&self, area: &Area, threads: &Threads) {
        let conv = self.task.conv;
        let tiles = area.tiles();
        let (read, written) = (tiles * conv.cells() + SKEW, tiles * conv.outputs + SKEW);
        let groups = area.groups(GROUP);
        // The buffers leave the thread's cell while other closures of this thread borrow it.
        let (mut transformed, mut products) = SCRATCH.with_borrow_mut(|scratch| {
            (
                std::mem::take(&mut scratch.factors),
                std::mem::take(&mut scratch.products),
            )
        });
        transformed.reserve(self.points.len() * read);
        products.reserve(self.points.len() * written);
        let target = Target(transformed.as_mut_ptr());
        threads.run(groups.len(), |index| {
            let (first, piece) = &groups[index];
            SCRATCH.with_borrow_mut(|scratch| self.take(&mut scratch.strip, piece, *first, target, read));
        });
        let target = Target(products.as_mut_ptr());
        threads.run(self.points.len(), |point| {
            // SAFETY: every point has its own `written` floats of the buffer, which no one else touches meanwhile.
            let c = unsafe { target.at(point * written) };
            conv.isa.run(Product {
                a: Rows {
                    values: &transformed[point * read..][..read],
                    stride: conv.cells(),
                },
                pieces: &[0],
                b: &self.points[point],
                columns: 0..conv.outputs,
                groups: &[(0, c)],
                stride: conv.outputs,
                rows: tiles,
                by_piece: false,
                init: Init::Zero,
            });
        });
        threads.run(groups.len(), |index| {
            let (first, piece) = &groups[index];
            self.give(&products, piece, *first, written);
        });
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.factors = transformed;
            scratch.products = products;
        });
    }

    /// Activates and transforms the input of a row of tiles, the first of which is tile `first` of its block.
    fn take(&self, strip: &mut Buffer, piece: &Area, first: usize, transformed: Target, stride: usize) {
        let conv = self.task.conv;
        let frames = self.tile.frames() + 2;
        let width = self.tile.bins();
        let len = (piece.bins * width + 2) * conv.inputs;
        strip.reserve(frames * len);
        for (frame, strip) in strip.chunks_exact_mut(len).take(frames).enumerate() {
            self.task
                .activate(strip, piece.frame * self.tile.frames() + frame, piece.bin * width);
        }
        // SAFETY: `stride` cells of every point hold all tiles of the block; no other piece writes to these.
        let out = Target(unsafe { transformed.0.add(first * conv.cells()) });
        conv.isa.run(Transform {
            strip,
            format: conv.format,
            tile: self.tile,
            tiles: piece.bins,
            channels: conv.inputs,
            out,
            stride,
        });
    }

    /// Transforms the products of a row of tiles back and writes them to the columns.
    fn give(&self, products: &[f32], piece: &Area, first: usize, stride: usize) {
        let conv = self.task.conv;
        let frame = piece.frame * self.tile.frames();
        let frames = self.tile.frames().min(self.task.out.len() - frame);
        let range = frame..frame + frames;
        conv.isa.run(Restore {
            products: &products[first * conv.outputs..],
            stride,
            tile: self.tile,
            tiles: piece.bins,
            channels: conv.outputs,
            out: &self.task.out[range.clone()],
            shortcut: match self.task.shortcut {
                Shortcut::Columns(columns) => Shortcut::Columns(&columns[range]),
                other => other,
            },
            bin: piece.bin * self.tile.bins(),
            bins: self.task.bins,
        });
    }
}
