//! When a sound is there.
//!
//! A [`Search`] is given a mixture and what a separator took out of it for each query, and finds [`Occurrence`]s by [`Rules`]: a
//! threshold with hysteresis on how much of what is heard is the target. Where a detector tells how likely the sound is to be there at
//! all, that decides what counts. [`judge`] says how good a search was.
//!
//! [`in_scores`] does the same with scores that are there already, and [`formats`] writes occurrences down for other programs.
//!
//! What belongs here is times. No separator, no file and no window ever enters.

#![forbid(unsafe_code)]

mod chances;
mod evidence;
pub mod formats;
pub mod judge;
mod loudness;
mod matching;
mod occurrence;
mod rules;
mod runs;
mod scores;
mod search;
mod span;
mod weighting;
mod window;

pub use occurrence::Occurrence;
pub use rules::{RuleError, Rules};
pub use scores::in_scores;
pub use search::Search;
