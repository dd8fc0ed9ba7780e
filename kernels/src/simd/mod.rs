//! One vector type per instruction set, behind one trait.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use portable::Portable;

/// A kernel, written once for all instruction sets. `run` must be `#[inline(always)]`, and so must be what it calls:
/// only what is inlined into [`Isa::run`](crate::Isa::run) is compiled with the instruction set's features.
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

    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn splat(value: f32) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// self · factor + addend
    unsafe fn fma(self, factor: Self, addend: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
}
