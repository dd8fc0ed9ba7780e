//! What `process` may touch of a session.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use earmark_controls::Automation;
use earmark_engine::Fields;

use super::hand::ByHand;
use super::timing::Timing;

/// The audio thread's view of a session: flags and stamps that the session writes and `process` reads. There is no lock in it, nothing
/// that allocates, and no way from it to the session.
#[derive(Debug, Default)]
pub(crate) struct AudioView {
    /// The separator is there and every text has been encoded, or neither will ever be.
    ready: AtomicBool,
    /// The host is to activate anew: another latency is waited for.
    restart: AtomicBool,
    timing: Timing,
    by_hand: ByHand,
}

impl AudioView {
    /// Whether nothing of what is heard is being loaded or encoded any more.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Waits until [`AudioView::is_ready`], at most for `limit`; says whether it is. For offline renders, and for the host's main
    /// thread.
    pub(crate) fn wait_until_ready(&self, limit: Duration) -> bool {
        let begin = Instant::now();
        while !self.is_ready() {
            if begin.elapsed() >= limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Whether the host is to be asked to activate anew; asked once.
    pub(crate) fn take_restart(&self) -> bool {
        self.restart.swap(false, Ordering::Relaxed)
    }

    /// When automation acts: as it was set, or as the host needs it.
    pub(crate) fn automation(&self) -> Automation {
        self.timing.get()
    }

    /// The values whose changes are a hand's, where they arrive now.
    pub(crate) fn set_by_hand(&self) -> Fields {
        self.by_hand.recent()
    }

    pub(super) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// Asks for an activation with another latency, or no longer.
    pub(super) fn set_restart(&self, restart: bool) {
        self.restart.store(restart, Ordering::Relaxed);
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.timing
    }

    pub(super) fn by_hand(&self) -> &ByHand {
        &self.by_hand
    }
}
