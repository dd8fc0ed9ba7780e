//! What every machine can do. Eight floats, which the compiler maps to what the target's baseline has.

use super::{Kernel, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 8]);

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, operation: impl Fn(f32, f32) -> f32) -> Self {
        Portable(std::array::from_fn(|i| operation(self.0[i], other.0[i])))
    }
}

// SAFETY: plain arithmetic; only the pointers' contract is passed on.
unsafe impl Simd for Portable {
    const LANES: usize = 8;
    const ROWS: usize = 6;

    type Pairs = [u32; 8];
    type Tiles = super::Imitated;

    #[inline(never)]
    unsafe fn compiled<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Portable>()
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Portable(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Portable([value; 8])
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // Not `mul_add`, which is a function call where there is no such instruction.
        Portable(std::array::from_fn(|i| self.0[i] * factor.0[i] + addend.0[i]))
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn load_pairs(from: *const u32) -> [u32; 8] {
        // SAFETY: the trait's contract.
        unsafe { from.cast::<[u32; 8]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn splat_pair(pair: u32) -> [u32; 8] {
        [pair; 8]
    }

    #[inline(always)]
    unsafe fn even_and_odd(pairs: [u32; 8]) -> (Self, Self) {
        (
            Portable(pairs.map(|pair| f32::from_bits(pair << 16))),
            Portable(pairs.map(|pair| f32::from_bits(pair & 0xFFFF_0000))),
        )
    }
}
