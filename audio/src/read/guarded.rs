//! Decoders of others, which panic over damage that they do not foresee.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `work` gives; nothing where it panics.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
