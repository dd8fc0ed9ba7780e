//! The single values that may change.

use std::ops::{BitOr, BitOrAssign, Sub, SubAssign};

/// A set of the values that a [`Change`] can change.
///
/// [`Change`]: crate::Change
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields(u16);

impl Fields {
    /// No value.
    pub const NONE: Fields = Fields(0);
    /// [`Mix::target_gain`](crate::Mix::target_gain).
    pub const TARGET_GAIN: Fields = Fields(1);
    /// [`Mix::rest_gain`](crate::Mix::rest_gain).
    pub const REST_GAIN: Fields = Fields(1 << 1);
    /// [`Mix::wet`](crate::Mix::wet).
    pub const WET: Fields = Fields(1 << 2);
    /// [`Mix::target_muted`](crate::Mix::target_muted).
    pub const TARGET_MUTED: Fields = Fields(1 << 3);
    /// [`Mix::rest_muted`](crate::Mix::rest_muted).
    pub const REST_MUTED: Fields = Fields(1 << 4);
    /// [`Heard::slot`](crate::Heard::slot).
    pub const SLOT: Fields = Fields(1 << 5);
    /// [`Heard::also`](crate::Heard::also).
    pub const ALSO: Fields = Fields(1 << 6);
    /// The bypass.
    pub const BYPASS: Fields = Fields(1 << 7);
    /// [`Shaping::sensitivity`](crate::Shaping::sensitivity).
    pub const SENSITIVITY: Fields = Fields(1 << 8);
    /// [`Shaping::floor_db`](crate::Shaping::floor_db).
    pub const FLOOR: Fields = Fields(1 << 9);
    /// [`Shaping::smoothing_ms`](crate::Shaping::smoothing_ms).
    pub const SMOOTHING: Fields = Fields(1 << 10);
    /// [`Shaping::gate`](crate::Shaping::gate).
    pub const GATE: Fields = Fields(1 << 11);
    /// All values of a [`Mix`](crate::Mix).
    pub const MIX: Fields = Fields(0b1_1111);
    /// Both slots.
    pub const SLOTS: Fields = Fields(0b11 << 5);
    /// All values of a [`Shaping`](crate::Shaping).
    pub const SHAPING: Fields = Fields(0b1111 << 8);
    /// Every value.
    pub const ALL: Fields = Fields(0xfff);

    /// Whether there is no value in it.
    pub fn is_empty(self) -> bool {
        self == Fields::NONE
    }

    /// Whether all of `other` are in it.
    pub fn contains(self, other: Fields) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those that are in both.
    pub fn and(self, other: Fields) -> Fields {
        Fields(self.0 & other.0)
    }
}

impl BitOr for Fields {
    type Output = Fields;

    fn bitor(self, other: Fields) -> Fields {
        Fields(self.0 | other.0)
    }
}

impl BitOrAssign for Fields {
    fn bitor_assign(&mut self, other: Fields) {
        self.0 |= other.0;
    }
}

impl Sub for Fields {
    type Output = Fields;

    fn sub(self, other: Fields) -> Fields {
        Fields(self.0 & !other.0)
    }
}

impl SubAssign for Fields {
    fn sub_assign(&mut self, other: Fields) {
        self.0 &= !other.0;
    }
}
