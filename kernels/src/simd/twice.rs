//! Two vectors as one: the shapes of AVX-512, and of AMX, on any machine, for tests.

use super::{Kernel, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Twice<S>(S, S);

// SAFETY: each function is that of its name on both halves; the trait's contract is theirs.
unsafe impl<S: Simd> Simd for Twice<S> {
    const LANES: usize = 2 * S::LANES;
    /// As many as AVX-512 has registers for.
    const ROWS: usize = 14;
    const TILES: bool = true;

    type Pairs = (S::Pairs, S::Pairs);
    type Tiles = super::Imitated;

    #[inline(never)]
    unsafe fn compiled<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Twice(S::load(from), S::load(from.add(S::LANES))) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe {
            self.0.store(to);
            self.1.store(to.add(S::LANES));
        }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Twice(S::splat(value), S::splat(value)) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Twice(self.0.add(other.0), self.1.add(other.1)) }
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Twice(self.0.sub(other.0), self.1.sub(other.1)) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Twice(self.0.mul(other.0), self.1.mul(other.1)) }
    }

    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Twice(self.0.fma(factor.0, addend.0), self.1.fma(factor.1, addend.1)) }
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Twice(self.0.max(other.0), self.1.max(other.1)) }
    }

    #[inline(always)]
    unsafe fn load_pairs(from: *const u32) -> Self::Pairs {
        // SAFETY: the trait's contract.
        unsafe { (S::load_pairs(from), S::load_pairs(from.add(S::LANES))) }
    }

    #[inline(always)]
    unsafe fn splat_pair(pair: u32) -> Self::Pairs {
        // SAFETY: the trait's contract.
        unsafe { (S::splat_pair(pair), S::splat_pair(pair)) }
    }

    #[inline(always)]
    unsafe fn even_and_odd(pairs: Self::Pairs) -> (Self, Self) {
        // SAFETY: the trait's contract.
        let (first, second) = unsafe { (S::even_and_odd(pairs.0), S::even_and_odd(pairs.1)) };
        (Twice(first.0, second.0), Twice(first.1, second.1))
    }
}
