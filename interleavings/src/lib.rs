//! Every order in which threads can meet in the pool of the kernels and in the wake-up of the engine, tried by loom.
//!
//! The sources are those of the two crates, compiled once more with loom's locks, atomics and threads in place of the
//! standard library's: nothing in them knows of it. A wake-up that is missed is a deadlock here, since no wait ends by time,
//! and memory that is read before its writer is known to be done is an error.
#![cfg(test)]
#![allow(
    dead_code,
    unreachable_pub,
    unsafe_code,
    reason = "the sources are those of other crates, of which a part is tried here"
)]

mod clock;
mod sync;

#[path = "../../engine/src/signal.rs"]
mod signal;
#[path = "../../kernels/src/threads.rs"]
mod threads;

mod pool;
mod wake_up;
