//! What `process` may touch of a session.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use earmark_controls::Automation;
use earmark_engine::Fields;

use super::hand::ByHand;
use super::timing::Timing;
use crate::clock::Clock;

/// The audio thread's view of a session: flags and stamps that the session writes and `process` reads. There is no lock in it, nothing
/// that allocates, and no way from it to the session.
#[derive(Debug, Default)]
pub(crate) struct AudioView {
    clock: Clock,
    /// The separator is there and every text has been encoded, or neither will ever be.
    ready: AtomicBool,
    /// The host is to activate anew: another latency is waited for.
    restart: AtomicBool,
    /// A person has the host wait for every block.
    waits: AtomicBool,
    timing: Timing,
    by_hand: ByHand,
}

impl AudioView {
    /// One whose time moves only when somebody waits.
    #[cfg(test)]
    pub(crate) fn still() -> AudioView {
        AudioView {
            clock: Clock::still(),
            ..AudioView::default()
        }
    }

    /// The time that policies are judged by.
    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Whether nothing of what is heard is being loaded or encoded any more.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Waits until [`AudioView::is_ready`], at most for `limit`; says whether it is. Where the host allows to wait: it renders, or it
    /// activates.
    pub(crate) fn wait_until_ready(&self, limit: Duration) -> bool {
        let begin = self.now();
        while !self.is_ready() {
            if self.now() - begin >= limit {
                return false;
            }
            self.clock.sleep(Duration::from_millis(1));
        }
        true
    }

    /// Whether the host is to be asked to activate anew; asked once.
    pub(crate) fn take_restart(&self) -> bool {
        self.restart.swap(false, Ordering::Relaxed)
    }

    /// Whether a person has the host wait for every block.
    pub(crate) fn waits_for_every_block(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }

    /// When automation acts: as it was set, or as the host needs it.
    pub(crate) fn automation(&self) -> Automation {
        self.timing.get()
    }

    /// A hand sets these values in the editor now.
    pub(crate) fn touch(&self, fields: Fields) {
        self.by_hand.touch(fields, self.now());
    }

    /// The values whose changes are a hand's, where they arrive now.
    pub(crate) fn by_hand(&self) -> Fields {
        self.by_hand.recent(self.now())
    }

    pub(super) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// Asks for an activation with another latency, or no longer.
    pub(super) fn set_restart(&self, restart: bool) {
        self.restart.store(restart, Ordering::Relaxed);
    }

    /// Sets it.
    pub(crate) fn choose_to_wait(&self, waits: bool) {
        self.waits.store(waits, Ordering::Relaxed);
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.timing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_waited_for_as_long_as_was_said() {
        let audio = AudioView::still();
        assert!(!audio.wait_until_ready(Duration::from_secs(60)));
        assert_eq!(audio.now(), Duration::from_secs(60));
        audio.set_ready(true);
        assert!(audio.wait_until_ready(Duration::ZERO) && audio.is_ready());
        assert_eq!(
            audio.now(),
            Duration::from_secs(60),
            "what is there is not waited for"
        );
    }

    #[test]
    fn the_host_is_asked_once_for_a_restart() {
        let audio = AudioView::default();
        audio.set_restart(true);
        assert!(audio.take_restart() && !audio.take_restart());
        audio.set_restart(true);
        audio.set_restart(false);
        assert!(!audio.take_restart(), "it has restarted by itself");
    }
}
