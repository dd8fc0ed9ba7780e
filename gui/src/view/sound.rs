//! What is known of the sound itself.

/// Bands of a [`Column`].
pub const BANDS: usize = 64;

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

/// Momentary loudness (ITU-R BS.1770, 400 ms) in LUFS; `None` for silence, or before anything was heard.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Loudness {
    /// Of what comes in.
    pub input_lufs: Option<f32>,
    /// Of what goes out.
    pub output_lufs: Option<f32>,
}

/// A short stretch of the sound, 20 ms or so (a whole number of the model's hops), in 64 bands equally wide in mel between
/// 40 Hz and 16 kHz (or the highest frequency that the model sees). 0 is -90 dB below full scale, 255 is full scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Levels of the mixture, the lowest band first.
    pub mixture: [u8; BANDS],
    /// Levels of the target, before its fader.
    pub target: [u8; BANDS],
    /// How much of the queried sound is there, 0 to 255.
    pub presence: u8,
}

/// The delay between input and output, which the host compensates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyView {
    /// In samples at the host's rate.
    pub samples: usize,
    /// In milliseconds.
    pub milliseconds: f64,
}

/// How the channels of a stereo track are heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stereo {
    /// Together: one mask for both, so the image stays where it is.
    #[default]
    Linked,
    /// Each by itself, at twice the cost.
    Each,
}

/// When automation takes effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Timing {
    /// When the sample that it was drawn at is heard: for hosts that leave the delay of automation to the plug-in.
    #[default]
    InTime,
    /// At the output, at once: for hosts that compensate it themselves.
    AtOutput,
}

/// Hearing a text on the last seconds that came in.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Audition {
    /// What is heard is the track.
    #[default]
    Off,
    /// It is being computed; the share that is done, from 0 to 1.
    Working(f32),
    /// It is heard.
    Playing,
}
