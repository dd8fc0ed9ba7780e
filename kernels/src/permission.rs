//! Leave to use AMX's tile registers. Their state is 8 KiB a thread, which Linux keeps only for processes that ask.

use std::arch::x86_64::{__cpuid_count, _xgetbv};
use std::sync::OnceLock;

/// Whether this process can use tiles of bfloat16: the processor has them, the system keeps them when threads change, and it has
/// allowed them. It is asked once.
pub(crate) fn has_tiles() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| processor_has_them() && system_keeps_them() && system_allows_them())
}

/// AMX-BF16 and AMX-TILE.
fn processor_has_them() -> bool {
    // Leaf 0 tells whether there is a leaf 7.
    __cpuid_count(0, 0).eax >= 7 && {
        let features = __cpuid_count(7, 0).edx;
        features & (1 << 22) != 0 && features & (1 << 24) != 0
    }
}

/// Both parts of the tiles' state.
fn system_keeps_them() -> bool {
    const STATE: u64 = 1 << 17 | 1 << 18;
    // SAFETY: who has AVX-512, which is asked first, has the instruction, and the system allows it.
    unsafe { read_enabled() & STATE == STATE }
}

#[target_feature(enable = "xsave")]
fn read_enabled() -> u64 {
    // SAFETY: register 0 exists where the instruction does.
    unsafe { _xgetbv(0) }
}

/// Asks Linux for the tiles' data: `arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)`. It refuses where a thread's stack for
/// signals is too small for them.
fn system_allows_them() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XTILEDATA: libc::c_long = 18;
    // SAFETY: the call reads and writes no memory of ours.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA) == 0 }
}
