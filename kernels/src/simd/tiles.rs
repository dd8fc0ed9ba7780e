//! Registers that hold whole tiles of a matrix, as AMX has them, behind one trait.

use crate::bf16::from_bf16;

/// Rows of a tile, and 32-bit cells of a row.
pub(crate) const TILE: usize = 16;

/// Eight tile registers. Those numbered 0, 1 and 4 have the first count of rows, 2, 3 and 5 the second one, 6 and 7 all.
/// They are given back when this is dropped.
///
/// # Safety
/// As [`Simd`](super::Simd). `configure` comes first; a register whose count of rows is 0 is not used. Pointers are valid for
/// the register's rows of [`TILE`] cells, each `stride` cells after the one before.
pub(crate) unsafe trait Tiles: Default {
    /// Says how many rows there are. What the registers hold is lost if that changes.
    unsafe fn configure(&mut self, first: usize, second: usize);
    unsafe fn zero<const R: usize>(&mut self);
    unsafe fn load<const R: usize>(&mut self, from: *const f32, stride: usize);
    unsafe fn store<const R: usize>(&self, to: *mut f32, stride: usize);
    /// C += A · B: each cell of A is a pair of bfloat16 of a row, each cell of B one of a column.
    unsafe fn add_products<const C: usize, const A: usize, const B: usize>(&mut self);
}

/// In plain arithmetic, to the bit what the instructions do. For tests.
pub(crate) struct Imitated {
    rows: [usize; 2],
    registers: [[[f32; TILE]; TILE]; 8],
}

impl Default for Imitated {
    fn default() -> Imitated {
        Imitated {
            rows: [0; 2],
            registers: [[[0.0; TILE]; TILE]; 8],
        }
    }
}

impl Imitated {
    fn rows<const R: usize>(&self) -> usize {
        match R {
            0 | 1 | 4 => self.rows[0],
            2 | 3 | 5 => self.rows[1],
            _ => TILE,
        }
    }
}

// SAFETY: it reads and writes what the trait says.
unsafe impl Tiles for Imitated {
    unsafe fn configure(&mut self, first: usize, second: usize) {
        if self.rows != [first, second] {
            self.rows = [first, second];
            self.registers = [[[f32::NAN; TILE]; TILE]; 8];
        }
    }

    unsafe fn zero<const R: usize>(&mut self) {
        self.registers[R] = [[0.0; TILE]; TILE];
    }

    unsafe fn load<const R: usize>(&mut self, from: *const f32, stride: usize) {
        for row in 0..self.rows::<R>() {
            // SAFETY: the trait's contract.
            self.registers[R][row] = unsafe { from.add(row * stride).cast::<[f32; TILE]>().read_unaligned() };
        }
    }

    unsafe fn store<const R: usize>(&self, to: *mut f32, stride: usize) {
        for row in 0..self.rows::<R>() {
            // SAFETY: the trait's contract.
            unsafe {
                to.add(row * stride)
                    .cast::<[f32; TILE]>()
                    .write_unaligned(self.registers[R][row])
            };
        }
    }

    unsafe fn add_products<const C: usize, const A: usize, const B: usize>(&mut self) {
        self.add(C, A, B, self.rows::<A>());
    }
}

impl Imitated {
    /// Not inlined: the compiler would unroll it at every place that it is called from, which takes it minutes.
    #[inline(never)]
    fn add(&mut self, c: usize, a: usize, b: usize, rows: usize) {
        let halves = |cell: f32| {
            let bits = cell.to_bits();
            [from_bf16(bits as u16), from_bf16((bits >> 16) as u16)].map(normal)
        };
        let mut of_b = [[[0.0; 2]; TILE]; TILE];
        for (halved, row) in of_b.iter_mut().zip(&self.registers[b]) {
            for (halved, cell) in halved.iter_mut().zip(row) {
                *halved = halves(*cell);
            }
        }
        for row in 0..rows {
            let mut sums = [[0.0_f32; 2]; TILE];
            for (cell, b) in self.registers[a][row].into_iter().zip(&of_b) {
                let a = halves(cell);
                for (sums, b) in sums.iter_mut().zip(b) {
                    for half in 0..2 {
                        // A product of two is exact, so that this is rounded once.
                        sums[half] = normal(a[half] * b[half] + sums[half]);
                    }
                }
            }
            for (sum, [even, odd]) in self.registers[c][row].iter_mut().zip(sums) {
                *sum = normal(normal(*sum) + normal(even + odd));
            }
        }
    }
}

/// What is below the smallest normal number becomes 0 of its sign.
fn normal(value: f32) -> f32 {
    if value.is_subnormal() {
        0.0_f32.copysign(value)
    } else {
        value
    }
}
