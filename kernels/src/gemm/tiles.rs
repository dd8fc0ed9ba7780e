//! The product in tile registers: 32 rows by 32 columns of C stay in four of them while the depth passes through the others.

use super::{Init, Product};
use crate::simd::{Simd, TILE, Tiles};

/// Rows and columns of C that are computed at once, two tiles by two.
const BLOCK: usize = 2 * TILE;

/// Computes a product whose factors are of bfloat16.
///
/// # Safety
/// The lengths are as [`Product`] says, its panels are of [`BLOCK`] columns, and the machine has the instructions of `S`.
#[inline(always)]
pub(crate) unsafe fn tiled<S: Simd>(product: &Product) {
    // SAFETY: the caller's contract.
    unsafe {
        panels::<S::Tiles>(product);
    }
}

#[inline(always)]
unsafe fn panels<T: Tiles>(product: &Product) {
    // They are given back when this is dropped: no state is left to a thread's switch or a host.
    let mut tiles = T::default();
    for begin in product.columns.clone().step_by(BLOCK) {
        let columns = BLOCK.min(product.b.columns - begin);
        let rows = (0..product.rows).step_by(BLOCK);
        for (&(from, c), row) in product
            .groups
            .iter()
            .flat_map(|group| rows.clone().map(move |row| (group, row)))
        {
            let rows = BLOCK.min(product.rows - row);
            // SAFETY: the caller's contract.
            unsafe {
                tiles.configure(rows.min(TILE), rows.saturating_sub(TILE));
                let block = Block {
                    product,
                    from,
                    c,
                    row,
                    rows,
                    begin,
                    columns,
                };
                block.begin(&mut tiles);
                block.multiply(&mut tiles);
                block.store(&mut tiles);
            }
        }
    }
}

/// A part of C. Its tiles are registers 0 to 3, row by row; 4 and 5 hold A, 6 and 7 hold B.
struct Block<'a> {
    product: &'a Product<'a>,
    /// Where its group of rows begins in A, and in C.
    from: usize,
    c: *mut f32,
    row: usize,
    rows: usize,
    begin: usize,
    columns: usize,
}

impl Block<'_> {
    /// Whether tile C of the block is one of its own.
    #[inline(always)]
    fn has<const C: usize>(&self) -> bool {
        C / 2 * TILE < self.rows && C % 2 * TILE < self.columns
    }

    /// Where tile C of the block begins in C.
    #[inline(always)]
    fn place<const C: usize>(&self) -> *mut f32 {
        let (row, column) = (self.row + C / 2 * TILE, self.begin + C % 2 * TILE);
        // Within C, as who makes a product sees to.
        self.c.wrapping_add(row * self.product.stride + column)
    }

    #[inline(always)]
    unsafe fn begin<T: Tiles>(&self, tiles: &mut T) {
        // SAFETY: the caller's contract.
        unsafe {
            self.begin_tile::<T, 0>(tiles);
            self.begin_tile::<T, 1>(tiles);
            self.begin_tile::<T, 2>(tiles);
            self.begin_tile::<T, 3>(tiles);
        }
    }

    #[inline(always)]
    unsafe fn begin_tile<T: Tiles, const C: usize>(&self, tiles: &mut T) {
        if !self.has::<C>() {
            return;
        }
        // SAFETY: the caller's contract.
        unsafe {
            match self.product.init {
                Init::Zero => tiles.zero::<C>(),
                // The same row again and again.
                Init::Bias(bias) => tiles.load::<C>(bias[self.begin + C % 2 * TILE..].as_ptr(), 0),
                Init::Keep => tiles.load::<C>(self.place::<C>(), self.product.stride),
            }
        }
    }

    #[inline(always)]
    unsafe fn multiply<T: Tiles>(&self, tiles: &mut T) {
        let Product { a, pieces, b, .. } = self.product;
        let (cells, width) = (b.cells(), self.columns);
        let part = cells / b.format.parts();
        let panel = self.begin * b.pieces * cells;
        let first = self.from + self.row * a.stride;
        for (piece, offset) in pieces.iter().enumerate() {
            for (of_a, of_b) in b.format.products() {
                for cell in (0..part).step_by(TILE) {
                    let of_a = first + offset + of_a * part + cell;
                    let of_b = panel + (piece * cells + of_b * part + cell) * width;
                    let (of_a, of_b) = (&a.values[of_a..], &b.packed[of_b..]);
                    // SAFETY: the caller's contract: A and B reach over these rows and columns, and `count` cells.
                    unsafe {
                        match part - cell {
                            TILE.. => self.step(tiles, (of_a.as_ptr(), a.stride), (of_b.as_ptr(), width)),
                            count => self.last_step(tiles, (of_a.as_ptr(), a.stride), of_b.as_ptr(), count),
                        }
                    }
                }
            }
        }
    }

    /// Adds what so many cells give as a tile has; A and B with the cells from row to row.
    #[inline(always)]
    unsafe fn step<T: Tiles>(&self, tiles: &mut T, a: (*const f32, usize), b: (*const f32, usize)) {
        let (second_row, second_column) = (self.rows > TILE, self.columns > TILE);
        // SAFETY: the caller's contract.
        unsafe {
            tiles.load::<4>(a.0, a.1);
            tiles.load::<6>(b.0, b.1);
            tiles.add_products::<0, 4, 6>();
            if second_column {
                tiles.load::<7>(b.0.add(TILE), b.1);
                tiles.add_products::<1, 4, 7>();
            }
            if second_row {
                tiles.load::<5>(a.0.add(TILE * a.1), a.1);
                tiles.add_products::<2, 5, 6>();
                if second_column {
                    tiles.add_products::<3, 5, 7>();
                }
            }
        }
    }

    /// The same for fewer cells: what is beyond them counts as zeros.
    #[inline(always)]
    unsafe fn last_step<T: Tiles>(&self, tiles: &mut T, a: (*const f32, usize), b: *const f32, count: usize) {
        let (mut of_a, mut of_b) = ([[0.0_f32; TILE]; BLOCK], [[0.0_f32; BLOCK]; TILE]);
        // SAFETY: the caller's contract: so many cells of so many rows of A, and so many rows of B.
        unsafe {
            for (row, out) in of_a.iter_mut().enumerate().take(self.rows) {
                let from = std::slice::from_raw_parts(a.0.add(row * a.1), count);
                out[..count].copy_from_slice(from);
            }
            for (row, out) in of_b.iter_mut().enumerate().take(count) {
                let from = std::slice::from_raw_parts(b.add(row * self.columns), self.columns);
                out[..self.columns].copy_from_slice(from);
            }
            self.step(tiles, (of_a.as_ptr().cast(), TILE), (of_b.as_ptr().cast(), BLOCK));
        }
    }

    #[inline(always)]
    unsafe fn store<T: Tiles>(&self, tiles: &mut T) {
        // SAFETY: the caller's contract.
        unsafe {
            self.store_tile::<T, 0>(tiles);
            self.store_tile::<T, 1>(tiles);
            self.store_tile::<T, 2>(tiles);
            self.store_tile::<T, 3>(tiles);
        }
    }

    #[inline(always)]
    unsafe fn store_tile<T: Tiles, const C: usize>(&self, tiles: &mut T) {
        if self.has::<C>() {
            // SAFETY: the caller's contract.
            unsafe { tiles.store::<C>(self.place::<C>(), self.product.stride) }
        }
    }
}
