//! nice-plug's extensions.

use std::ffi::CStr;

use clap_sys::plugin::clap_plugin;

/// The extension of that name, as long as the instance lives; null if it has none.
///
/// # Safety
/// `theirs` is nice-plug's whole table, and the name stands for a table of type `T`.
pub(super) unsafe fn extension<T>(theirs: &clap_plugin, name: &CStr) -> *const T {
    match theirs.get_extension {
        // SAFETY: the caller's promise.
        Some(get_extension) => unsafe { get_extension(theirs, name.as_ptr()) }.cast(),
        None => std::ptr::null(),
    }
}
