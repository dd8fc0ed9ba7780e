//! loom's counterparts of what the sources take from the standard library.

pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use loom::thread::{Builder, JoinHandle};
pub(crate) use std::sync::PoisonError;

/// One look finds all that many would.
pub(crate) const SPINS: usize = 1;
