//! One row of the table of parameters.

use crate::control::Control;
use crate::number::Number;

/// What a host can set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its identifier in projects, for ever.
    pub id: &'static str,
    /// What a host calls it.
    pub name: &'static str,
    /// What the editor calls it.
    pub title: &'static str,
    /// What kind of value it has.
    pub kind: Kind,
    /// Its name in the file of a preset; `None` where presets leave it alone.
    pub in_presets: Option<&'static str>,
    /// What it does, in half a sentence.
    pub help: &'static str,
}

/// The values of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// On or off; off at first.
    Switch,
    /// One of [`crate::Mode`].
    Mode,
    /// The number of a slot from 1 to [`crate::SLOTS`], or 0.
    Slot {
        /// The number at first.
        default: u8,
        /// What 0 is called.
        none: &'static str,
    },
    /// A number, set by a fader.
    Number(Control, Number),
}

impl Parameter {
    /// The values that it takes, as documents give them.
    pub fn values(&self) -> String {
        match &self.kind {
            Kind::Switch => "off, on".into(),
            Kind::Mode => "isolate, remove, custom".into(),
            Kind::Slot { none, .. } => format!("0 ({none}) to {}", crate::SLOTS),
            Kind::Number(_, number) => number.range_in_words(),
        }
    }

    /// Its first value, as documents give it.
    pub fn default_in_words(&self) -> String {
        match &self.kind {
            Kind::Switch => "off".into(),
            Kind::Mode => "isolate".into(),
            Kind::Slot { default, .. } => default.to_string(),
            Kind::Number(_, number) => number.in_words(number.default),
        }
    }
}
