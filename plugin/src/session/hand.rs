//! Which values a hand has just set in our editor.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long after a hand's touch the host may take to hand the value back.
const ECHO: Duration = Duration::from_millis(300);

/// What can be set by hand and reaches the engine as one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Mix,
    Slot,
    Bypass,
    Shaping,
}

/// When each kind was last set by hand.
///
/// A host hands automation and the echo of our own editor back in the same way. Automation belongs to its sample and is
/// heard when that sample leaves the delay; what a hand does must be heard at once.
#[derive(Debug)]
pub(crate) struct ByHand {
    begin: Instant,
    /// Milliseconds since `begin`, plus one; 0 is never.
    touched: [AtomicU64; 4],
}

impl ByHand {
    pub(crate) fn new() -> ByHand {
        ByHand {
            begin: Instant::now(),
            touched: Default::default(),
        }
    }

    /// A hand sets this kind now.
    pub(crate) fn touch(&self, kind: Kind) {
        self.touched[kind as usize].store(self.milliseconds() + 1, Ordering::Relaxed);
    }

    /// Whether a change that arrives now is a hand's.
    pub(crate) fn is_recent(&self, kind: Kind) -> bool {
        match self.touched[kind as usize].load(Ordering::Relaxed) {
            0 => false,
            touched => self.milliseconds() < touched + ECHO.as_millis() as u64,
        }
    }

    fn milliseconds(&self) -> u64 {
        self.begin.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touch_is_soon_forgotten_and_only_of_its_kind() {
        let hand = ByHand::new();
        assert!(!hand.is_recent(Kind::Mix));
        hand.touch(Kind::Mix);
        assert!(hand.is_recent(Kind::Mix) && !hand.is_recent(Kind::Slot) && !hand.is_recent(Kind::Bypass));
        std::thread::sleep(ECHO + Duration::from_millis(30));
        assert!(!hand.is_recent(Kind::Mix));
    }
}
