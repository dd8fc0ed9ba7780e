//! The delay that the host compensates.

/// The delay between input and output, which the host compensates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyView {
    /// In samples at the host's rate.
    pub samples: usize,
    /// In milliseconds.
    pub milliseconds: f64,
}
