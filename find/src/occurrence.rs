//! One time that a sound was there.

use serde::{Deserialize, Serialize};

/// One time that a sound was there. Times are in seconds from the start of the sound that was searched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// When it began.
    pub onset: f64,
    /// When it ended, after `onset`.
    pub offset: f64,
    /// How sure it is that the sound was there, 0 to 1: the highest score within it.
    pub confidence: f32,
    /// When the score was highest.
    pub peak: f64,
}

impl Occurrence {
    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.offset - self.onset
    }
}
