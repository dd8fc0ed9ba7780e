//! The formats of factors, as types: what [`Format`](crate::Format) is to a value.

use super::Simd;

/// How factors lie in cells, and what is done with a vector of cells.
///
/// # Safety
/// As [`Simd`]; pointers are to cells.
pub(crate) trait Factors {
    /// Cells, [`Simd::LANES`] of them.
    type Vector<S: Simd>: Copy;

    unsafe fn load<S: Simd>(from: *const f32) -> Self::Vector<S>;
    /// One cell in all lanes.
    unsafe fn splat<S: Simd>(cell: *const f32) -> Self::Vector<S>;
    /// Every lane's products added to its sum.
    unsafe fn add_products<S: Simd>(a: Self::Vector<S>, b: Self::Vector<S>, sum: S) -> S;
}

/// How floats are written as factors.
///
/// # Safety
/// As [`Factors`].
pub(crate) trait Stored {
    /// Writes floats as factors, the first of them as number `first` of those that begin at `to`; where factors have parts,
    /// the second ones begin `half` cells after the first ones.
    unsafe fn store<S: Simd>(values: S, to: *mut f32, first: usize, half: usize);
}

/// [`Format::Fp32`](crate::Format::Fp32).
pub(crate) struct Singles;

impl Factors for Singles {
    type Vector<S: Simd> = S;

    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const f32) -> S {
        // SAFETY: the trait's contract.
        unsafe { S::load(from) }
    }

    #[inline(always)]
    unsafe fn splat<S: Simd>(cell: *const f32) -> S {
        // SAFETY: the trait's contract.
        unsafe { S::splat(*cell) }
    }

    #[inline(always)]
    unsafe fn add_products<S: Simd>(a: S, b: S, sum: S) -> S {
        // SAFETY: the trait's contract.
        unsafe { a.fma(b, sum) }
    }
}

impl Stored for Singles {
    #[inline(always)]
    unsafe fn store<S: Simd>(values: S, to: *mut f32, first: usize, _half: usize) {
        // SAFETY: the trait's contract.
        unsafe { values.store(to.add(first)) }
    }
}

/// [`Format::Bf16`](crate::Format::Bf16).
pub(crate) struct Pairs;

impl Factors for Pairs {
    type Vector<S: Simd> = S::Pairs;

    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const f32) -> S::Pairs {
        // SAFETY: the trait's contract.
        unsafe { S::load_pairs(from.cast()) }
    }

    #[inline(always)]
    unsafe fn splat<S: Simd>(cell: *const f32) -> S::Pairs {
        // SAFETY: the trait's contract.
        unsafe { S::splat_pair(*cell.cast()) }
    }

    #[inline(always)]
    unsafe fn add_products<S: Simd>(a: S::Pairs, b: S::Pairs, sum: S) -> S {
        // SAFETY: the trait's contract.
        unsafe { sum.add_dot(a, b) }
    }
}

impl Stored for Pairs {
    #[inline(always)]
    unsafe fn store<S: Simd>(values: S, to: *mut f32, first: usize, _half: usize) {
        // SAFETY: the trait's contract.
        unsafe { values.store_bf16(to.cast::<u16>().add(first)) }
    }
}

/// [`Format::Bf16x3`](crate::Format::Bf16x3). Each part is multiplied as [`Pairs`] are.
pub(crate) struct Split;

impl Stored for Split {
    #[inline(always)]
    unsafe fn store<S: Simd>(values: S, to: *mut f32, first: usize, half: usize) {
        // SAFETY: the trait's contract.
        unsafe {
            let upper = to.cast::<u16>().add(first);
            values.store_bf16(upper);
            values
                .sub(S::load_bf16(upper))
                .store_bf16(to.add(half).cast::<u16>().add(first));
        }
    }
}
