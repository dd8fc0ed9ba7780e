//! The short-time Fourier transform that separators read and masks are applied to.

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
