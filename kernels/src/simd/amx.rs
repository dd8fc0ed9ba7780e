//! AMX, the tile registers of Xeons since Sapphire Rapids (2023).
//!
//! Rust has no intrinsics for them yet. The compiler never uses the registers by itself, so that they hold their values from
//! one piece of assembly to the next.

use std::arch::asm;

use super::{TILE, Tiles};

/// The processor's eight registers, while they are in use.
#[derive(Default)]
pub(crate) struct Amx {
    /// Rows that the registers have now; none at first.
    rows: [usize; 2],
}

/// What `ldtilecfg` reads.
#[repr(C, align(64))]
struct Shape {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Drop for Amx {
    fn drop(&mut self) {
        if self.rows != [0; 2] {
            // SAFETY: the machine has the instruction where `configure` was called.
            unsafe { asm!("tilerelease", options(nostack)) };
        }
    }
}

// SAFETY: each function is the instruction of its name; the trait's contract is theirs.
unsafe impl Tiles for Amx {
    #[inline(always)]
    unsafe fn configure(&mut self, first: usize, second: usize) {
        if self.rows == [first, second] {
            return;
        }
        self.rows = [first, second];
        let rows = [first, first, second, second, first, second, TILE, TILE];
        let mut shape = Shape {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            row_bytes: [0; 16],
            rows: [0; 16],
        };
        for (register, rows) in rows.into_iter().enumerate().filter(|(_, rows)| *rows > 0) {
            shape.rows[register] = rows as u8;
            shape.row_bytes[register] = (TILE * size_of::<f32>()) as u16;
        }
        // SAFETY: the trait's contract; the instruction reads the 64 bytes of the shape.
        unsafe { asm!("ldtilecfg [{shape}]", shape = in(reg) &shape, options(nostack)) };
    }

    #[inline(always)]
    unsafe fn zero<const R: usize>(&mut self) {
        // SAFETY: the trait's contract.
        unsafe { asm!("tilezero tmm{tile}", tile = const R, options(nostack)) };
    }

    #[inline(always)]
    unsafe fn load<const R: usize>(&mut self, from: *const f32, stride: usize) {
        // SAFETY: the trait's contract.
        unsafe {
            asm!(
                "tileloadd tmm{tile}, [{from} + {stride}]",
                tile = const R,
                from = in(reg) from,
                stride = in(reg) stride * size_of::<f32>(),
                options(nostack),
            )
        };
    }

    #[inline(always)]
    unsafe fn store<const R: usize>(&self, to: *mut f32, stride: usize) {
        // SAFETY: the trait's contract.
        unsafe {
            asm!(
                "tilestored [{to} + {stride}], tmm{tile}",
                tile = const R,
                to = in(reg) to,
                stride = in(reg) stride * size_of::<f32>(),
                options(nostack),
            )
        };
    }

    #[inline(always)]
    unsafe fn add_products<const C: usize, const A: usize, const B: usize>(&mut self) {
        // SAFETY: the trait's contract.
        unsafe {
            asm!(
                "tdpbf16ps tmm{c}, tmm{a}, tmm{b}",
                c = const C,
                a = const A,
                b = const B,
                options(nostack),
            )
        };
    }
}
