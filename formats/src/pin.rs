//! A library that stays in memory.

/// Has the system keep the library that calls this, whatever a host does: threads that nobody waits for, such as one that resolves a
/// name, may still run its code when the host unloads it.
///
/// On Windows only. Linux keeps a library that is linked with `-z nodelete`, and macOS one that has thread-locals.
#[cfg(target_os = "windows")]
pub(crate) fn pin() {
    use std::ffi::c_void;

    const PIN: u32 = 1;
    const FROM_ADDRESS: u32 = 4;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
    }

    let mut module = std::ptr::null_mut();
    let address: fn() = pin;
    // SAFETY: an address within the library, and a place for the answer. If it fails, the host may unload us as before.
    unsafe { GetModuleHandleExW(PIN | FROM_ADDRESS, address as *const c_void, &mut module) };
}

#[cfg(not(target_os = "windows"))]
pub(crate) fn pin() {}
