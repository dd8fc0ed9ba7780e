//! 64-bit Arm: pairs of registers of 4 floats, 32 registers.

use std::arch::aarch64::*;

use super::{Kernel, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Neon(float32x4_t, float32x4_t);

// SAFETY: each function is the intrinsic of its name on both halves; the trait's contract is theirs.
unsafe impl Simd for Neon {
    const LANES: usize = 8;
    const ROWS: usize = 6;

    type Pairs = (uint32x4_t, uint32x4_t);
    type Tiles = super::Imitated;

    #[inline(always)]
    unsafe fn compiled<K: Kernel>(kernel: K) -> K::Output {
        #[target_feature(enable = "neon")]
        #[inline(never)]
        fn compiled<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<Neon>()
        }
        // SAFETY: the trait's contract.
        unsafe { compiled(kernel) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Neon(vld1q_f32(from), vld1q_f32(from.add(4))) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe {
            vst1q_f32(to, self.0);
            vst1q_f32(to.add(4), self.1);
        }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Neon(vdupq_n_f32(value), vdupq_n_f32(value)) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Neon(vaddq_f32(self.0, other.0), vaddq_f32(self.1, other.1)) }
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Neon(vsubq_f32(self.0, other.0), vsubq_f32(self.1, other.1)) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Neon(vmulq_f32(self.0, other.0), vmulq_f32(self.1, other.1)) }
    }

    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe {
            Neon(
                vfmaq_f32(addend.0, self.0, factor.0),
                vfmaq_f32(addend.1, self.1, factor.1),
            )
        }
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Neon(vmaxq_f32(self.0, other.0), vmaxq_f32(self.1, other.1)) }
    }

    #[inline(always)]
    unsafe fn load_pairs(from: *const u32) -> Self::Pairs {
        // SAFETY: the trait's contract.
        unsafe { (vld1q_u32(from), vld1q_u32(from.add(4))) }
    }

    #[inline(always)]
    unsafe fn splat_pair(pair: u32) -> Self::Pairs {
        // SAFETY: the trait's contract.
        unsafe { (vdupq_n_u32(pair), vdupq_n_u32(pair)) }
    }

    #[inline(always)]
    unsafe fn even_and_odd(pairs: Self::Pairs) -> (Self, Self) {
        // SAFETY: the trait's contract.
        unsafe {
            let upper = vdupq_n_u32(0xFFFF_0000);
            let even = |pairs| vreinterpretq_f32_u32(vshlq_n_u32::<16>(pairs));
            let odd = |pairs| vreinterpretq_f32_u32(vandq_u32(pairs, upper));
            (
                Neon(even(pairs.0), even(pairs.1)),
                Neon(odd(pairs.0), odd(pairs.1)),
            )
        }
    }
}
