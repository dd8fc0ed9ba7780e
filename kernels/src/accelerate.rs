//! Apple's Accelerate: `sgemm` on the matrix unit of Macs with Apple silicon, which no instruction of ours reaches.

use std::ffi::{c_float, c_int};

use crate::gemm::Sgemm;

const ROW_MAJOR: c_int = 101;
const AS_IT_IS: c_int = 111;

#[link(name = "Accelerate", kind = "framework")]
unsafe extern "C" {
    fn cblas_sgemm(
        order: c_int,
        of_a: c_int,
        of_b: c_int,
        rows: c_int,
        columns: c_int,
        depth: c_int,
        alpha: c_float,
        a: *const c_float,
        a_stride: c_int,
        b: *const c_float,
        b_stride: c_int,
        beta: c_float,
        c: *mut c_float,
        c_stride: c_int,
    );
}

/// The product that is asked for.
///
/// # Safety
/// The pointers are valid for the rows and columns that it names.
pub(crate) unsafe fn sgemm(work: &Sgemm) {
    let int = |value: usize| c_int::try_from(value).expect("a matrix of less than 2^31 rows and columns");
    // SAFETY: the caller's contract.
    unsafe {
        cblas_sgemm(
            ROW_MAJOR,
            AS_IT_IS,
            AS_IT_IS,
            int(work.rows),
            int(work.columns),
            int(work.depth),
            1.0,
            work.a.0,
            int(work.a.1),
            work.b.0,
            int(work.b.1),
            if work.kept { 1.0 } else { 0.0 },
            work.c.0,
            int(work.c.1),
        );
    }
}
