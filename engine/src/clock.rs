//! Where the engine takes the time from.
//!
//! Nothing else in this crate asks what time it is: policies (how long to wait, whether a host races, when to rest) get the time
//! handed in, and a test hands in its own.

use std::fmt::Debug;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A clock that engines share.
pub trait Clock: Debug + Send + Sync {
    /// Time since some fixed moment. It never falls.
    fn now(&self) -> Duration;

    /// The audio thread has nothing to do for `left`, unless a block comes back: how long it really sleeps before it looks again.
    fn sleep(&self, left: Duration) -> Duration {
        left
    }

    /// The time that process calls under this clock have spent waiting.
    fn waits(&self) -> &Waits;
}

/// The clock of the system, one for all engines of a process.
#[derive(Debug)]
pub(crate) struct SystemClock {
    begin: Instant,
    waits: Waits,
}

impl SystemClock {
    pub(crate) fn get() -> &'static SystemClock {
        static CLOCK: OnceLock<SystemClock> = OnceLock::new();
        CLOCK.get_or_init(|| SystemClock {
            begin: Instant::now(),
            waits: Waits::default(),
        })
    }
}

impl Clock for &'static SystemClock {
    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }
}

/// Waits for something on a host's thread, in a way that no engine of this process takes for time that the host let pass.
pub fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    let clock = SystemClock::get();
    let _wait = Wait::begin(&clock);
    wait()
}

/// How long anybody has waited: the time in which at least one engine did.
///
/// An instance that waits for its blocks keeps the thread that renders, and so all others. Without this count they would take its
/// wait for time in which the host did nothing, and the host for one that plays.
#[derive(Debug, Default)]
pub struct Waits {
    /// How many wait now, in the upper 16 bits, and since when one does, in nanoseconds, in the others.
    now: AtomicU64,
    /// Nanoseconds of what is over.
    over: AtomicU64,
}

const SINCE: u64 = (1 << 48) - 1;

fn nanoseconds(time: Duration) -> u64 {
    // 48 bits hold three days; only differences count.
    time.as_nanos() as u64 & SINCE
}

impl Waits {
    /// The time spent waiting until `now`.
    pub(crate) fn until(&self, now: Duration) -> Duration {
        let waiting = self.now.load(Ordering::Acquire);
        let present = if waiting >> 48 > 0 {
            nanoseconds(now).wrapping_sub(waiting) & SINCE
        } else {
            0
        };
        Duration::from_nanos(self.over.load(Ordering::Acquire) + present)
    }

    fn begin(&self, now: Duration) {
        let _ = self
            .now
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
                let count = word >> 48;
                let since = if count == 0 {
                    nanoseconds(now)
                } else {
                    word & SINCE
                };
                Some((count + 1) << 48 | since)
            });
    }

    fn end(&self, now: Duration) {
        let before = self
            .now
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
                Some(word.saturating_sub(1 << 48))
            });
        let before = before.unwrap_or_default();
        if before >> 48 == 1 {
            let took = nanoseconds(now).wrapping_sub(before) & SINCE;
            self.over.fetch_add(took, Ordering::AcqRel);
        }
    }
}

/// Somebody waits while this lives.
pub(crate) struct Wait<'a>(&'a dyn Clock);

impl<'a> Wait<'a> {
    pub(crate) fn begin(clock: &'a dyn Clock) -> Wait<'a> {
        clock.waits().begin(clock.now());
        Wait(clock)
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.waits().end(self.0.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_at_the_same_time_count_once() {
        let ms = Duration::from_millis;
        let waits = Waits::default();
        waits.begin(ms(100));
        waits.begin(ms(110));
        assert_eq!(waits.until(ms(120)), ms(20));
        waits.end(ms(130));
        waits.end(ms(150));
        assert_eq!(waits.until(ms(500)), ms(50));
        waits.begin(ms(600));
        assert_eq!(waits.until(ms(601)), ms(51));
    }
}
