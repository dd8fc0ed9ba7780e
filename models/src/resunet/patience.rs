//! How long those who wait for one device wait.

use std::time::{Duration, Instant};

/// For how long a device may be silent while a render waits for it. Nobody hears a gap there, and a machine that renders is often
/// one that does much else. Far less than the time after which an engine gives the block up, so that the processor can still
/// compute it.
const RENDER: Duration = Duration::from_secs(10);

/// How long somebody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience {
    /// What their step may take.
    pub(super) step: Duration,
    /// Nobody hears a gap: see [`MaskStream::awaited`](crate::MaskStream::awaited).
    pub(super) awaited: bool,
}

impl Patience {
    /// Of somebody whose step may take so long, and who is not awaited.
    pub(super) fn of(step: Duration) -> Patience {
        Patience { step, awaited: false }
    }
}

/// Everybody who waits for an answer of one device. They wait in one queue: whoever has little patience may stand behind a step that
/// takes longer, as the first steps of another quality do. So the device has failed when it has answered nobody for as long as the
/// longest of their steps may take. That a render has time makes its step no longer: whoever plays does not wait for that.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    steps: Vec<Duration>,
    /// When it was last seen to work: at an answer, or when somebody came who found nobody waiting.
    seen: Option<Instant>,
}

impl Waiting {
    /// Somebody comes.
    pub(super) fn come(&mut self, patience: Patience, now: Instant) {
        if self.steps.is_empty() {
            self.seen = Some(now);
        }
        self.steps.push(patience.step);
    }

    /// Somebody who came with this patience goes: with an answer, or because the device has failed.
    pub(super) fn go(&mut self, patience: Patience, answered: Option<Instant>) {
        if let Some(index) = self.steps.iter().position(|other| *other == patience.step) {
            self.steps.swap_remove(index);
        }
        self.seen = answered.or(self.seen);
    }

    /// How many they are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.steps.len()
    }

    /// This process stood still for so long, and the device's thread with it: that was no silence of the device.
    pub(super) fn stood_still(&mut self, stood: Duration, now: Instant) {
        self.seen = self.seen.map(|seen| (seen + stood).min(now));
    }

    /// How much longer the device may be silent for somebody of this patience; `None` where it has been silent for too long.
    pub(super) fn left(&self, patience: Patience, now: Instant) -> Option<Duration> {
        let longest = *self.steps.iter().max()?;
        let longest = if patience.awaited {
            longest.max(RENDER)
        } else {
            longest
        };
        let silent = now.saturating_duration_since(self.seen?);
        longest.checked_sub(silent).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn who_is_alone_waits_as_long_as_they_said() {
        let mut waiting = Waiting::default();
        let (begun, short) = (Instant::now(), Patience::of(SHORT));
        waiting.come(short, begun);
        assert_eq!(waiting.left(short, begun), Some(SHORT));
        assert_eq!(waiting.left(short, begun + SHORT), None);
        waiting.go(short, None);
        // What the device did before says nothing of who comes next.
        waiting.come(short, begun + LONG);
        assert_eq!(waiting.left(short, begun + LONG), Some(SHORT));
    }

    #[test]
    fn who_stands_behind_a_longer_step_waits_for_that_too() {
        let mut waiting = Waiting::default();
        let (begun, short, long) = (Instant::now(), Patience::of(SHORT), Patience::of(LONG));
        waiting.come(long, begun);
        waiting.come(short, begun);
        assert_eq!(waiting.left(short, begun + 2 * SHORT), Some(LONG - 2 * SHORT));
        assert_eq!(waiting.left(short, begun + LONG), None, "it hangs");
        // The long step is done: the device works, and has the time of the short one again.
        waiting.go(long, Some(begun + 2 * SHORT));
        assert_eq!(waiting.left(short, begun + 2 * SHORT), Some(SHORT));
        assert_eq!(waiting.left(short, begun + 3 * SHORT), None);
    }

    #[test]
    fn a_render_waits_longer_and_nobody_who_plays_does_so_for_it() {
        let mut waiting = Waiting::default();
        let (begun, plays) = (Instant::now(), Patience::of(SHORT));
        let renders = Patience {
            awaited: true,
            ..plays
        };
        waiting.come(renders, begun);
        waiting.come(plays, begun);
        assert_eq!(waiting.left(plays, begun + SHORT), None);
        assert_eq!(waiting.left(renders, begun + SHORT), Some(RENDER - SHORT));
        assert_eq!(waiting.left(renders, begun + RENDER), None, "it hangs");
        // A device for files may take longer for a step.
        let long = Patience {
            awaited: true,
            ..Patience::of(LONG)
        };
        waiting.come(long, begun);
        assert_eq!(waiting.left(long, begun), Some(LONG));
    }

    #[test]
    fn a_process_that_was_stopped_for_a_minute_has_lost_no_patience() {
        let mut waiting = Waiting::default();
        let (begun, short) = (Instant::now(), Patience::of(SHORT));
        waiting.come(short, begun);
        let now = begun + LONG + SHORT / 2;
        waiting.stood_still(LONG, now);
        assert_eq!(waiting.left(short, now), Some(SHORT / 2));
        // Each of those who wait says so.
        waiting.stood_still(LONG, now);
        assert_eq!(waiting.left(short, now), Some(SHORT));
        assert_eq!(waiting.left(short, now + SHORT), None);
    }
}
