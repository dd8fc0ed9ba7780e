//! How the two halves wake each other.

use std::time::Duration;

use crate::clock::{Clock, Wait};
use crate::sync::{AtomicBool, Condvar, Mutex, MutexGuard, Ordering, PoisonError, fence};

/// Tells a waiting audio thread that the worker has handed back a block.
///
/// The standard library's lock is a futex on Linux and Windows and allocates nothing, which `parking_lot`'s does on a
/// thread's first wait.
/// The audio thread takes it only when it is allowed to wait; the worker only when the audio thread does.
#[derive(Default)]
pub(crate) struct Signal {
    waiting: AtomicBool,
    lock: Mutex<()>,
    handed_back: Condvar,
}

impl Signal {
    /// Worker: something was handed back, or never will be.
    pub(crate) fn notify(&self) {
        // Either the waiting thread sees what was handed back, or this sees it waiting.
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) {
            let _guard = self.guard();
            self.handed_back.notify_all();
        }
    }

    /// Audio thread: waits until `ready` says so, for at most `limit`. Returns what `ready` said last.
    pub(crate) fn wait(&self, clock: &dyn Clock, limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
        if ready() {
            return true;
        }
        let _wait = Wait::begin(clock);
        let deadline = clock.now() + limit;
        self.waiting.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let mut guard = self.guard();
        let result = loop {
            if ready() {
                break true;
            }
            let left = deadline.saturating_sub(clock.now());
            if left.is_zero() {
                break false;
            }
            guard = match self.handed_back.wait_timeout(guard, clock.sleep(left)) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        };
        self.waiting.store(false, Ordering::SeqCst);
        result
    }

    fn guard(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
