//! What is known of the sound itself.

/// Peak levels since the last frame, linear, at most two channels (a mono bus fills both alike).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Levels {
    /// What comes in.
    pub input: [f32; 2],
    /// The named sound alone, before its fader.
    pub target: [f32; 2],
    /// What goes out.
    pub output: [f32; 2],
}

/// The delay between input and output, which the host compensates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyView {
    /// In samples at the host's rate.
    pub samples: usize,
    /// In milliseconds.
    pub milliseconds: f64,
}
