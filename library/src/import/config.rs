//! The shape of a network as the imported file gives it, in its metadata under `earmark.config`.
//!
//! Fields and spelling are those of `ResUNetConfig` in `earmark-models`, which reads it; this crate has its own so as
//! not to need the crate of the networks.

use serde::{Deserialize, Serialize};

/// A ResUNet30 of AudioSep's kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// In Hz.
    pub sample_rate: u32,
    /// Lower and upper edge in Hz of the highest band that the training data really had.
    pub top_band: (u32, u32),
    /// Window and hop.
    pub stft: Stft,
    /// Encoder of the conditions.
    pub encoder: Encoder,
    /// Values of a condition.
    pub condition_size: usize,
    /// What the condition does.
    pub film: Film,
    /// Channels before the first stage.
    pub stem: usize,
    /// From the input to the middle.
    pub stages: Vec<Stage>,
    /// Channels of the middle block.
    pub middle: usize,
}

/// Window and hop of the transform, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stft {
    /// Length of the window and of the DFT.
    pub window: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Its shape.
    pub kind: Window,
}

/// The window of the transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// Periodic Hann.
    Hann,
}

/// The text encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoder {
    /// LAION-CLAP's RoBERTa with its projection.
    Clap,
}

/// What the condition does to a normalised feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Film {
    /// It is added.
    Additive,
}

/// One encoder block and the decoder block that mirrors it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Channels that the encoder block gives.
    pub channels: usize,
    /// Frames averaged into one after it.
    pub time: usize,
    /// Bins averaged into one after it.
    pub frequency: usize,
}

/// Frames per second of both published networks, and of any other of their kind.
const FRAME_RATE: usize = 100;

impl NetworkConfig {
    /// Rate, band and transform of a network that reads `bins` bins. A checkpoint says none of these but the bins:
    /// AudioSep has windows of 2048 at 32 kHz, the DCASE 2024 baseline of 1024 at 16 kHz, both a window of 6.4 hops.
    pub(super) fn rates(bins: usize) -> (u32, (u32, u32), Stft) {
        let window = 2 * (bins - 1);
        let hop = (window * 5 / 32).max(1);
        let sample_rate = (hop * FRAME_RATE) as u32;
        let top_band = match sample_rate {
            32_000 => (10_000, 14_000),
            16_000 => (5_000, 7_500),
            other => (other / 16 * 5, other / 16 * 7),
        };
        let kind = Window::Hann;
        (sample_rate, top_band, Stft { window, hop, kind })
    }
}
