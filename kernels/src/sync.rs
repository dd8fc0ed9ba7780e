//! What the pool's threads share and wait on: the standard library's. The crate `interleavings` compiles the same pool over
//! loom's.

pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
pub(crate) use std::thread::{Builder, JoinHandle};

/// Looks at a counter before sleeping: the last task of a layer usually ends within microseconds of the others.
pub(crate) const SPINS: usize = 2_000;
