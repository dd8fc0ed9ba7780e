//! x86-64 with AVX-512F: 16 floats, 32 registers; and with the instructions for bfloat16 and tiles of it.

use std::arch::x86_64::*;

use super::{Kernel, Simd};

/// `BF16` says whether the machine has AVX512_BF16, BW and VL too, and perhaps AMX beside them.
#[derive(Clone, Copy)]
pub(crate) struct Avx512<const BF16: bool>(__m512);

// SAFETY: each function is the intrinsic of its name; the trait's contract is theirs.
unsafe impl<const BF16: bool> Simd for Avx512<BF16> {
    const LANES: usize = 16;
    const ROWS: usize = 14;
    const TILES: bool = BF16;

    type Pairs = __m512i;
    type Tiles = super::Amx;

    #[inline(always)]
    unsafe fn compiled<K: Kernel>(kernel: K) -> K::Output {
        #[target_feature(enable = "avx512f,avx2,fma")]
        #[inline(never)]
        fn compiled<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<Avx512<false>>()
        }
        #[target_feature(enable = "avx512bf16,avx512f,avx512bw,avx512vl,avx2,fma")]
        #[inline(never)]
        fn compiled_with_bf16<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<Avx512<true>>()
        }
        // SAFETY: the trait's contract.
        unsafe {
            match BF16 {
                true => compiled_with_bf16(kernel),
                false => compiled(kernel),
            }
        }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Avx512(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's contract.
        Avx512(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Avx512(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Avx512(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Avx512(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the trait's contract.
        Avx512(unsafe { _mm512_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Avx512(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn load_pairs(from: *const u32) -> __m512i {
        // SAFETY: the trait's contract.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }

    #[inline(always)]
    unsafe fn splat_pair(pair: u32) -> __m512i {
        // SAFETY: the trait's contract.
        unsafe { _mm512_set1_epi32(pair.cast_signed()) }
    }

    #[inline(always)]
    unsafe fn even_and_odd(pairs: __m512i) -> (Self, Self) {
        // SAFETY: the trait's contract.
        unsafe {
            let upper = _mm512_set1_epi32(0xFFFF_0000_u32.cast_signed());
            (
                Avx512(_mm512_castsi512_ps(_mm512_slli_epi32::<16>(pairs))),
                Avx512(_mm512_castsi512_ps(_mm512_and_si512(pairs, upper))),
            )
        }
    }

    #[inline(always)]
    unsafe fn add_dot(self, a: __m512i, b: __m512i) -> Self {
        // SAFETY: the trait's contract, and the machine has the instruction where `BF16` says so. All 512 bits of either
        // type mean something in the other.
        unsafe {
            if !BF16 {
                return super::imitated_add_dot(self, a, b);
            }
            let (a, b) = (
                std::mem::transmute::<__m512i, __m512bh>(a),
                std::mem::transmute::<__m512i, __m512bh>(b),
            );
            Avx512(_mm512_dpbf16_ps(self.0, a, b))
        }
    }

    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut u16) {
        // SAFETY: as in `add_dot`.
        unsafe {
            if !BF16 {
                return super::imitated_store_bf16(self, to);
            }
            let rounded = std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(self.0));
            _mm256_storeu_si256(to.cast(), rounded);
        }
    }

    #[inline(always)]
    unsafe fn load_bf16(from: *const u16) -> Self {
        // SAFETY: the trait's contract.
        unsafe {
            let widened = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
            Avx512(_mm512_castsi512_ps(_mm512_slli_epi32::<16>(widened)))
        }
    }
}
