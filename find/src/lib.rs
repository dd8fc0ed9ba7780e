//! When a sound is there.
//!
//! A [`Search`] is given a mixture and what a separator took out of it for each query, and finds [`Occurrence`]s by [Rules`]: a
//! threshold with hysteresis on how much of what is heard is the target. [`judge`] says how good a search was.
//!
//! What belongs here is times. No separator, no text, no file and no window ever enters.

#![forbid(unsafe_code)]

mod evidence;
pub mod judge;
mod loudness;
mod matching;
mod occurrence;
mod rules;
mod runs;
mod search;
mod weighting;
mod window;

pub use occurrence::Occurrence;
pub use rules::{RuleError, Rules};
pub use search::Search;
