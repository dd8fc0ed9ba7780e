//! nice-plug's check of allocations, for what is added to its `process`.

/// Calls `process`. In a build for the check, an allocation in it ends the program.
#[cfg(all(debug_assertions, feature = "assert_process_allocs"))]
pub(crate) fn without_allocating<T>(process: impl FnOnce() -> T) -> T {
    nice_assert_no_alloc::assert_no_alloc(process)
}

/// Calls `process`. In a build for the check, an allocation in it ends the program.
#[cfg(not(all(debug_assertions, feature = "assert_process_allocs")))]
pub(crate) fn without_allocating<T>(process: impl FnOnce() -> T) -> T {
    process()
}
