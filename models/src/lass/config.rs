//! The shape of a LASS-Net.

use super::graph::Graph;
use crate::separator::{Edges, EncoderKind, SeparatorSpec};
use crate::stft::{StftConfig, WindowKind};

/// Stages of the way down; each averages two frames and two bins to one.
pub(super) const STAGES: usize = 6;
/// Frames that become one in the middle. The grid begins with frame 0.
pub(super) const CELL: usize = 1 << STAGES;
/// In Hz. A checkpoint says neither this nor the transform; the published code does (`utils/stft.py`).
pub(super) const SAMPLE_RATE: u32 = 32_000;
pub(super) const STFT: StftConfig = StftConfig {
    window: 1024,
    hop: 512,
    kind: WindowKind::Hann,
};
/// Bins that it reads: all but the last two.
pub(super) const BINS: usize = STFT.window / 2 - 1;
/// Widest layer that is believed.
const WIDEST: usize = 1 << 16;

/// A LASS-Net; the published one is [`LassConfig::published`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LassConfig {
    /// Channels of each stage of the way down, and of the stage of the way up that mirrors it.
    pub widths: [usize; STAGES],
    /// Channels in the middle.
    pub middle: usize,
    /// Values of a condition.
    pub condition_size: usize,
}

impl LassConfig {
    /// LASS-Net as its authors published it (liuxubo717/LASS at 8979776, `model/resunet_film.py`).
    pub fn published() -> LassConfig {
        LassConfig {
            widths: [32, 64, 128, 256, 384, 384],
            middle: 384,
            condition_size: 256,
        }
    }

    /// What an engine must know of a network of this config that is run so many frames at a time.
    pub fn spec(&self, id: &str, sha256: &str, block: usize) -> SeparatorSpec {
        let graph = Graph::new(self);
        SeparatorSpec {
            id: id.into(),
            sha256: sha256.into(),
            sample_rate: SAMPLE_RATE,
            stft: STFT,
            condition_size: self.condition_size,
            encoder: EncoderKind::LassBert,
            block,
            lookahead: graph.lookahead(),
            context: graph.context(),
            // It was trained on clips of AudioSet, as AudioSep was, whose levels nobody published either.
            top_band: (10_000.0, 14_000.0),
            levels: (-30.0, -10.0),
            edges: Edges::Reflected,
        }
    }

    /// Reads a config, or says why there is no such network.
    ///
    /// # Errors
    /// That reason.
    pub(super) fn from_json(text: &str) -> Result<LassConfig, String> {
        let config: LassConfig = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let sizes = config
            .widths
            .iter()
            .chain([&config.middle, &config.condition_size]);
        let impossible = sizes.copied().find(|size| !(1..=WIDEST).contains(size));
        match impossible {
            Some(size) => Err(format!("one of its sizes is {size}, not 1 to {WIDEST}")),
            None => Ok(config),
        }
    }
}
