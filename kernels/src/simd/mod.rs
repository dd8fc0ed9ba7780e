//! One vector type per instruction set, behind one trait.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod factors;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod tiles;
mod twice;

#[cfg(target_arch = "x86_64")]
pub(crate) use amx::Amx;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
pub(crate) use factors::{Factors, Pairs, Singles, Split, Stored};
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use portable::Portable;
pub(crate) use tiles::{Imitated, TILE, Tiles};
pub(crate) use twice::Twice;

/// A kernel, written once for all instruction sets. `run` must be `#[inline(always)]`, and so must be what it calls:
/// only what is inlined into [`Simd::compiled`] is compiled with the instruction set's features.
pub(crate) trait Kernel {
    type Output;

    fn run<S: Simd>(self) -> Self::Output;
}

/// A vector of floats.
///
/// # Safety
/// All functions may only be called on a machine that has the instruction set; inside [`Kernel::run`] that is so.
/// Pointers must be valid for [`Simd::LANES`] floats; they need no alignment.
pub(crate) unsafe trait Simd: Copy {
    /// Floats in it.
    const LANES: usize;
    /// Rows of the matrix product's register tile, whose width is two vectors: as many as there are registers for.
    const ROWS: usize;

    /// Whether there is an instruction set of such vectors that has tile registers, too. Vectors are of 16 floats then.
    const TILES: bool = false;

    /// As many pairs of bfloat16 as it has floats, the first of each pair in the lower half of 32 bits.
    type Pairs: Copy;
    /// The tile registers, where there are some.
    type Tiles: Tiles;

    /// Runs a kernel as a function of its own, compiled with the instruction set's features.
    unsafe fn compiled<K: Kernel>(kernel: K) -> K::Output;

    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn splat(value: f32) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// self · factor + addend
    unsafe fn fma(self, factor: Self, addend: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;

    unsafe fn load_pairs(from: *const u32) -> Self::Pairs;
    unsafe fn splat_pair(pair: u32) -> Self::Pairs;
    /// The first and the second of each pair, widened.
    unsafe fn even_and_odd(pairs: Self::Pairs) -> (Self, Self);

    /// The value of what [`Simd::store_bf16`] wrote.
    #[inline(always)]
    unsafe fn load_bf16(from: *const u16) -> Self {
        let mut lanes = [0.0; crate::LINE];
        // SAFETY: no vector is longer than a line; the rest is the caller's contract.
        unsafe {
            for (lane, value) in lanes.iter_mut().enumerate().take(Self::LANES) {
                *value = crate::bf16::from_bf16(from.add(lane).read());
            }
            Self::load(lanes.as_ptr())
        }
    }

    /// self + both products of each pair.
    #[inline(always)]
    unsafe fn add_dot(self, a: Self::Pairs, b: Self::Pairs) -> Self {
        // SAFETY: the caller's contract.
        unsafe { imitated_add_dot(self, a, b) }
    }

    /// Writes it in bfloat16.
    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut u16) {
        // SAFETY: the caller's contract.
        unsafe { imitated_store_bf16(self, to) }
    }
}

/// [`Simd::add_dot`] where there is no instruction for it.
///
/// # Safety
/// As [`Simd`].
#[inline(always)]
unsafe fn imitated_add_dot<S: Simd>(sum: S, a: S::Pairs, b: S::Pairs) -> S {
    // SAFETY: the caller's contract.
    unsafe {
        let ((a_even, a_odd), (b_even, b_odd)) = (S::even_and_odd(a), S::even_and_odd(b));
        a_even.fma(b_even, a_odd.fma(b_odd, sum))
    }
}

/// [`Simd::store_bf16`] where there is no instruction for it.
///
/// # Safety
/// As [`Simd`].
#[inline(always)]
unsafe fn imitated_store_bf16<S: Simd>(values: S, to: *mut u16) {
    let mut lanes = [0.0; crate::LINE];
    // SAFETY: no vector is longer than a line; the rest is the caller's contract.
    unsafe {
        values.store(lanes.as_mut_ptr());
        for (lane, value) in lanes.into_iter().take(S::LANES).enumerate() {
            to.add(lane).write(crate::bf16::to_bf16(value));
        }
    }
}
