//! How long a block is waited for.

use std::time::Duration;

use crate::clock::Clock;
use crate::config::WaitPolicy;
use crate::pace::Pace;

/// A render waits in steps of a second, and gives up after so many in which the worker handed nothing back: far more than the
/// slowest separator needs. Steps are counted, not time: while a process is stopped, its worker is stopped too, and that must not
/// cost a block.
const STEP: Duration = Duration::from_secs(1);
const OFFLINE_STEPS: u32 = 30;
/// The same while somebody may be listening.
const ALWAYS_STEPS: u32 = 2;

/// What is left of it for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until the clock says so much.
    Until(Duration),
    /// So many steps without a sign of life.
    Steps(u32),
}

impl Patience {
    pub(crate) fn of(pace: &Pace, now: Duration) -> Patience {
        match pace.wait_policy() {
            WaitPolicy::Live => Patience::Until(now + pace.patience(now)),
            WaitPolicy::Offline => Patience::Steps(OFFLINE_STEPS),
            WaitPolicy::Always => Patience::Steps(ALWAYS_STEPS),
        }
    }

    /// The same after the worker has handed something back: it lives, and who renders waits for it.
    pub(crate) fn after_a_sign_of_life(self, pace: &Pace) -> Patience {
        match self {
            Patience::Until(_) => self,
            Patience::Steps(_) => Patience::of(pace, Duration::ZERO),
        }
    }

    /// The next stretch of waiting, if there is any left.
    pub(crate) fn next(&mut self, clock: &dyn Clock) -> Option<Duration> {
        match self {
            Patience::Until(end) => {
                let left = end.saturating_sub(clock.now());
                (!left.is_zero()).then_some(left)
            }
            Patience::Steps(steps) => {
                *steps = steps.checked_sub(1)?;
                Some(STEP)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Waits;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Debug, Default)]
    struct Set(AtomicU64, Waits);

    impl Clock for Set {
        fn now(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }

        fn waits(&self) -> &Waits {
            &self.1
        }
    }

    #[test]
    fn a_process_that_was_stopped_for_a_minute_goes_on_waiting() {
        let clock = Set::default();
        let mut pace = Pace::new(48_000.0, 0);
        pace.announce(WaitPolicy::Offline);
        let mut patience = Patience::of(&pace, clock.now());
        patience.next(&clock);
        clock.0.store(60, Ordering::Relaxed);
        assert_eq!(patience, Patience::Steps(OFFLINE_STEPS - 1));
        let left = std::iter::from_fn(|| patience.next(&clock)).count();
        assert_eq!(left, OFFLINE_STEPS as usize - 1);
    }

    #[test]
    fn who_listens_waits_for_a_lead_and_no_longer() {
        let clock = Set::default();
        let pace = Pace::new(48_000.0, 0);
        let mut patience = Patience::of(&pace, clock.now());
        assert_eq!(patience.next(&clock), None);
        let mut lead = Patience::Until(Duration::from_secs(2));
        assert_eq!(lead.next(&clock), Some(Duration::from_secs(2)));
        clock.0.store(3, Ordering::Relaxed);
        assert_eq!(lead.next(&clock), None);
    }
}
