//! The product itself, in vectors: a tile of C stays in registers while the depth passes.

use std::marker::PhantomData;
use std::ops::Range;

use super::{Init, Matrix, Rows, tiled};
use crate::bf16::Format;
use crate::simd::{Factors, Kernel, Pairs, Simd, Singles};

/// C = init + A · B for some columns. Who makes one sees to the lengths, as [`multiply_pieces`](super::multiply_pieces) does.
pub(crate) struct Product<'a> {
    /// Cells of the format of `b`.
    pub(crate) a: Rows<'a>,
    /// Where the pieces of a row begin, in cells.
    pub(crate) pieces: &'a [usize],
    pub(crate) b: &'a Matrix,
    /// Those of B and C that are computed. They begin with a panel.
    pub(crate) columns: Range<usize>,
    /// Rows come in groups of `rows` each. Where a group begins in A, and C from its first row's column 0 on; nobody else touches the
    /// rows' columns meanwhile.
    pub(crate) groups: &'a [(usize, *mut f32)],
    pub(crate) stride: usize,
    pub(crate) rows: usize,
    /// Whether one piece after the other is added to C: for large pieces, so that a panel's stays in the nearest cache while all rows
    /// pass, and a piece's rows in the next one while all panels pass. Tile registers keep the sums of a row while all pieces
    /// pass.
    pub(crate) by_piece: bool,
    pub(crate) init: Init<'a>,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        match self.b.format {
            #[cfg(all(target_os = "macos", target_arch = "aarch64"))]
            Format::Fp32 if self.b.isa == crate::isa::Isa::Accelerate => {
                // SAFETY: who makes a product sees to the lengths.
                unsafe { super::by_library(&self, |work| crate::accelerate::sgemm(work)) }
            }
            Format::Fp32 => self.panels::<S, Singles>(),
            // SAFETY: who makes a product sees to the lengths; the machine has the instructions in a kernel.
            Format::Bf16 | Format::Bf16x3 if S::TILES && self.b.isa.has_tiles() => unsafe {
                tiled::<S>(&self)
            },
            Format::Bf16 | Format::Bf16x3 => self.panels::<S, Pairs>(),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn panels<S: Simd, F: Factors>(self) {
        // One place to call it from: every one is a copy of all sizes of tiles.
        let count = self.pieces.len();
        let at_once = if self.by_piece { 1 } else { count };
        for first in (0..count).step_by(at_once.max(1)) {
            for begin in self.columns.clone().step_by(2 * S::LANES) {
                self.panel::<S, F>(begin, first..first + at_once);
            }
        }
    }

    /// Adds what some pieces give of the panel that begins there.
    #[inline(always)]
    fn panel<S: Simd, F: Factors>(&self, begin: usize, pieces: Range<usize>) {
        let panel = 2 * S::LANES;
        let cells = self.b.cells();
        let width = panel.min(self.b.columns - begin);
        let (kept, bias) = match self.init {
            _ if pieces.start > 0 => (true, std::ptr::null()),
            Init::Zero => (false, std::ptr::null()),
            Init::Bias(bias) => (false, bias[begin..].as_ptr()),
            Init::Keep => (true, std::ptr::null()),
        };
        let first = begin * self.b.pieces * cells + pieces.start * cells * width;
        for (from, c) in self.groups {
            // As even as possible: the last tile would otherwise be a thin one.
            let tiles = self.rows.div_ceil(S::ROWS);
            let (rows, higher) = (self.rows / tiles.max(1), self.rows % tiles.max(1));
            let mut at = 0;
            for (tiles, rows) in [(higher, rows + 1), (tiles - higher, rows)] {
                if tiles == 0 {
                    continue;
                }
                let tile = PanelTile {
                    pieces: &self.pieces[pieces.clone()],
                    products: self.b.format.products(),
                    cells,
                    part: cells / self.b.format.parts(),
                    a: self.a.values[from + at * self.a.stride..].as_ptr(),
                    a_stride: self.a.stride,
                    b: self.b.packed[first..].as_ptr(),
                    // Within C, as who makes a product sees to.
                    c: c.wrapping_add(at * self.stride + begin),
                    c_stride: self.stride,
                    bias,
                    kept,
                };
                // SAFETY: who makes a product sees to the lengths; the machine has the instructions in a kernel.
                unsafe {
                    if width == panel {
                        tile.rows::<S, F, 2>(tiles, rows);
                    } else {
                        tile.rows::<S, F, 1>(tiles, rows);
                    }
                }
                at += tiles * rows;
            }
        }
    }
}

/// Tiles of one shape, one below the other. A function of its own for each: all of them in one took the compiler minutes.
struct PanelTiles<'a, F, const ROWS: usize, const VECTORS: usize> {
    first: PanelTile<'a>,
    tiles: usize,
    factors: PhantomData<F>,
}

impl<F: Factors, const ROWS: usize, const VECTORS: usize> Kernel for PanelTiles<'_, F, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let mut tile = self.first;
        for _ in 0..self.tiles {
            // SAFETY: who makes a product sees to the lengths; the machine has the instructions in a kernel.
            unsafe { tile.tile::<S, F, ROWS, VECTORS>() };
            tile.a = tile.a.wrapping_add(ROWS * tile.a_stride);
            tile.c = tile.c.wrapping_add(ROWS * tile.c_stride);
        }
    }
}

/// Some rows of C, one panel wide: as many as there are registers for.
#[derive(Clone, Copy)]
struct PanelTile<'a> {
    /// Where the pieces of a row of A begin, in cells.
    pieces: &'a [usize],
    /// Of the parts of A and B those that are multiplied.
    products: &'a [(usize, usize)],
    /// Of each piece, and of each of its parts.
    cells: usize,
    part: usize,
    a: *const f32,
    a_stride: usize,
    b: *const f32,
    c: *mut f32,
    c_stride: usize,
    /// Null when there is none.
    bias: *const f32,
    kept: bool,
}

impl PanelTile<'_> {
    /// So many tiles of so many rows each, one below the other.
    #[inline(always)]
    unsafe fn rows<S: Simd, F: Factors, const VECTORS: usize>(self, tiles: usize, rows: usize) {
        macro_rules! heights {
            ($($count:literal)*) => {
                match rows {
                    // SAFETY: the caller's contract. More rows than there are registers for are never asked for.
                    $($count if const { $count <= S::ROWS } => unsafe {
                        S::compiled(PanelTiles::<F, $count, VECTORS> { first: self, tiles, factors: PhantomData })
                    },)*
                    _ => unreachable!("{rows} rows"),
                }
            };
        }
        heights!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, F: Factors, const ROWS: usize, const VECTORS: usize>(&self) {
        // SAFETY: the caller's contract: A, B and C are as long as pieces, cells, rows and vectors say.
        unsafe {
            let at = |vector: usize| vector * S::LANES;
            let mut sums = [[S::splat(0.0); VECTORS]; ROWS];
            let part = self.part;
            for (piece, offset) in self.pieces.iter().enumerate() {
                for (of_a, of_b) in self.products {
                    let a = self.a.add(offset + of_a * part);
                    let mut b = self
                        .b
                        .add((piece * self.cells + of_b * part) * VECTORS * S::LANES);
                    for k in 0..part {
                        let row: [F::Vector<S>; VECTORS] =
                            std::array::from_fn(|v| F::load::<S>(b.add(at(v))));
                        for (i, sums) in sums.iter_mut().enumerate() {
                            let a = F::splat::<S>(a.add(i * self.a_stride + k));
                            for (sum, b) in sums.iter_mut().zip(row) {
                                *sum = F::add_products(a, b, *sum);
                            }
                        }
                        b = b.add(VECTORS * S::LANES);
                    }
                }
            }
            for (i, sums) in sums.iter().enumerate() {
                let c = self.c.add(i * self.c_stride);
                for (v, sum) in sums.iter().enumerate() {
                    let mut sum = *sum;
                    if !self.bias.is_null() {
                        sum = sum.add(S::load(self.bias.add(at(v))));
                    }
                    if self.kept {
                        sum = sum.add(S::load(c.add(at(v))));
                    }
                    sum.store(c.add(at(v)));
                }
            }
        }
    }
}
