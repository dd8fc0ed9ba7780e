//! What the two halves wake each other with: the standard library's. The crate `interleavings` compiles the same signal over
//! loom's.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering, fence};
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
