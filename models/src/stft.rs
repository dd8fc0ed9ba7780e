//! The short-time Fourier transform that separators read and masks are applied to.
//!
//! [`Plan`] holds the FFTs and the window of one [`StftConfig`]. From it come the streaming halves, [`Analyzer`] and
//! [`Synthesizer`], which the engine runs without allocating, and the centred transform of a whole signal,
//! [`offline::OfflineStft`], which equals the published code of AudioSep.

pub mod offline;
mod plan;
mod streaming;

pub use plan::Plan;
pub use streaming::{Analyzer, Synthesizer};

/// The analysis and synthesis window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowKind {
    /// Periodic Hann, as AudioSep uses it.
    Hann,
    /// Square root of the periodic Hann window: its square sums to one at a hop of half the window.
    SqrtHann,
}

/// Window and hop of a transform, in samples at the model's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StftConfig {
    /// Length of the window and of the DFT; even.
    pub window: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Its shape.
    pub kind: WindowKind,
}

impl StftConfig {
    /// Bins from 0 Hz to Nyquist, both counted.
    pub fn bins(&self) -> usize {
        self.window / 2 + 1
    }
}
