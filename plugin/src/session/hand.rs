//! Which values a hand has just set in our editor.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use earmark_engine::Fields;

/// How long after a hand's touch the host may take to hand the value back.
const ECHO: Duration = Duration::from_millis(300);

/// Every value by itself.
const FIELDS: [Fields; 12] = [
    Fields::TARGET_GAIN,
    Fields::REST_GAIN,
    Fields::WET,
    Fields::TARGET_MUTED,
    Fields::REST_MUTED,
    Fields::SLOT,
    Fields::ALSO,
    Fields::BYPASS,
    Fields::SENSITIVITY,
    Fields::FLOOR,
    Fields::SMOOTHING,
    Fields::GATE,
];

/// When each value was last set by hand.
///
/// A host hands automation and the echo of our own editor back in the same way. Automation belongs to its sample and is
/// heard when that sample leaves the delay; what a hand does must be heard at once. One value's touch says nothing of the
/// others: a lane of one goes on in time while a hand drags another.
#[derive(Debug, Default)]
pub(super) struct ByHand {
    /// Milliseconds, plus one; 0 is never.
    touched: [AtomicU64; FIELDS.len()],
}

impl ByHand {
    /// A hand sets these values at `now`.
    pub(super) fn touch(&self, fields: Fields, now: Duration) {
        for (field, touched) in FIELDS.into_iter().zip(&self.touched) {
            if fields.contains(field) {
                touched.store(now.as_millis() as u64 + 1, Ordering::Relaxed);
            }
        }
    }

    /// The values whose changes are a hand's, where they arrive at `now`.
    pub(super) fn recent(&self, now: Duration) -> Fields {
        let mut recent = Fields::NONE;
        for (field, touched) in FIELDS.into_iter().zip(&self.touched) {
            let touched = touched.load(Ordering::Relaxed);
            if touched != 0 && (now.as_millis() as u64) < touched + ECHO.as_millis() as u64 {
                recent |= field;
            }
        }
        recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touch_is_soon_forgotten_and_only_of_its_value() {
        let hand = ByHand::default();
        let ms = Duration::from_millis;
        assert_eq!(hand.recent(ms(0)), Fields::NONE);
        hand.touch(Fields::TARGET_GAIN, ms(1000));
        assert_eq!(
            hand.recent(ms(1000)),
            Fields::TARGET_GAIN,
            "a lane of Wet goes on in time"
        );
        hand.touch(Fields::SLOTS, ms(1200));
        assert_eq!(hand.recent(ms(1250)), Fields::TARGET_GAIN | Fields::SLOTS);
        assert_eq!(hand.recent(ms(1301)), Fields::SLOTS);
        assert_eq!(hand.recent(ms(1501)), Fields::NONE);
    }

    #[test]
    fn every_value_is_known() {
        let all = FIELDS.into_iter().fold(Fields::NONE, |all, field| all | field);
        assert_eq!(all, Fields::ALL);
    }
}
