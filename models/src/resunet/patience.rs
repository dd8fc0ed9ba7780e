//! How long those who wait for one device wait.

use std::time::{Duration, Instant};

/// Everybody who waits for an answer of one device. They wait in one queue: whoever has little patience may stand behind a step that
/// takes longer, as the first steps of another quality do. So the device has failed when it has answered nobody for as long as the
/// most patient of them allows.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    patiences: Vec<Duration>,
    /// When it was last seen to work: at an answer, or when somebody came who found nobody waiting.
    seen: Option<Instant>,
}

impl Waiting {
    /// Somebody comes.
    pub(super) fn come(&mut self, patience: Duration, now: Instant) {
        if self.patiences.is_empty() {
            self.seen = Some(now);
        }
        self.patiences.push(patience);
    }

    /// Somebody who came with this patience goes: with an answer, or because the device has failed.
    pub(super) fn go(&mut self, patience: Duration, answered: Option<Instant>) {
        if let Some(index) = self.patiences.iter().position(|other| *other == patience) {
            self.patiences.swap_remove(index);
        }
        self.seen = answered.or(self.seen);
    }

    /// How many they are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.patiences.len()
    }

    /// How much longer the device may be silent; `None` where it has been silent for too long.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        let longest = self.patiences.iter().max()?;
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
        let begun = Instant::now();
        waiting.come(SHORT, begun);
        assert_eq!(waiting.left(begun), Some(SHORT));
        assert_eq!(waiting.left(begun + SHORT), None);
        waiting.go(SHORT, None);
        // What the device did before says nothing of who comes next.
        waiting.come(SHORT, begun + LONG);
        assert_eq!(waiting.left(begun + LONG), Some(SHORT));
    }

    #[test]
    fn who_stands_behind_a_longer_step_waits_for_that_too() {
        let mut waiting = Waiting::default();
        let begun = Instant::now();
        waiting.come(LONG, begun);
        waiting.come(SHORT, begun);
        assert_eq!(waiting.left(begun + 2 * SHORT), Some(LONG - 2 * SHORT));
        assert_eq!(waiting.left(begun + LONG), None, "it hangs");
        // The long step is done: the device works, and has the time of the short one again.
        waiting.go(LONG, Some(begun + 2 * SHORT));
        assert_eq!(waiting.left(begun + 2 * SHORT), Some(SHORT));
        assert_eq!(waiting.left(begun + 3 * SHORT), None);
    }
}
