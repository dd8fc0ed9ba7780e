//! What a sound file says of itself.

/// What a sound file says of itself, and of the sound in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Description {
    /// Samples per second, at least 1.
    pub rate: u32,
    /// Channels, at least 1.
    pub channels: usize,
    /// How a sample is stored, where samples are stored as such: `None` for lossy codecs.
    pub encoding: Option<Encoding>,
    /// The speakers as a WAVE channel mask, lowest bit first: the channels are in this order. `Some(0)` says that the
    /// channels belong to no speakers, `None` that the file does not say to which.
    pub speakers: Option<u32>,
    /// Length in samples of one channel as the file declares it, where it does. The sound itself decides.
    pub frames: Option<u64>,
    /// Notes that can be carried into a WAV file as they are, in the order of the file.
    pub chunks: Vec<Chunk>,
}

/// How a sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Integers of so many bits, 1 to 32.
    Integer(u32),
    /// Floating point of so many bits, 32 or 64.
    Float(u32),
}

/// A RIFF chunk: `bext`, `iXML`, `cue `, `LIST` or `smpl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its name.
    pub id: [u8; 4],
    /// What it holds, without its head and without a padding byte.
    pub bytes: Vec<u8>,
}
