//! The shape of a band-mask network, as `training/export.py` writes it.

use safetensors::SafeTensors;

use super::detector::DetectorConfig;
use super::vocabulary::VocabularyConfig;
use crate::error::ModelError;
use crate::separator::{Edges, EncoderKind, SeparatorSpec};
use crate::stft::{StftConfig, WindowKind};

/// The architecture's name in the config.
pub(super) const NAME: &str = "band-mask";

/// Frames of a step: the blocks run once for each.
pub(super) const STEP: usize = 2;

/// A stream keeps twice this many frames for each block: a damaged config must not ask for all memory.
const MAX_DILATION: usize = 1000;

/// `Config` of `training/model.py`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BandMaskConfig {
    /// `band-mask`.
    pub architecture: String,
    /// In Hz.
    pub sample_rate: u32,
    /// Samples of a window.
    pub window: usize,
    /// Samples from frame to frame.
    pub hop: usize,
    /// Its shape.
    pub window_kind: WindowKind,
    /// `bands + 1` bin indices from 0 to the number of bins; band b is bins `edges[b]..edges[b + 1]`.
    pub band_edges: Vec<usize>,
    /// Added to a band's mean power before its logarithm.
    pub power_floor: f32,
    /// Encoder of the conditions.
    pub encoder: EncoderKind,
    /// Values of a condition.
    pub condition_size: usize,
    /// Values that the condition is reduced to.
    pub query_size: usize,
    /// Values of a band in the maps of a half, a quarter and an eighth of the bands, on the way down.
    pub maps: [usize; 3],
    /// Values of a step between blocks.
    pub channels: usize,
    /// The blocks, in order.
    pub blocks: Vec<BlockConfig>,
    /// Values of a band in the maps of a half, a quarter and an eighth of the bands, on the way up.
    pub gains: [usize; 3],
    /// What looks at every band by itself, on the map of an eighth of the bands.
    #[serde(default, skip_serializing_if = "ListenerConfig::is_missing")]
    pub listener: ListenerConfig,
    /// What the gains are raised to: above 1 the network is surer than it was trained to be.
    pub sharpness: f32,
    /// How queries are drawn to the texts that it knows.
    pub vocabulary: VocabularyConfig,
    /// Whether it has ears: what says of a sound which query it would answer to. Networks of before have none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ears: bool,
    /// What says whether a sound is there. Networks of before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<DetectorConfig>,
}

/// A convolution of three taps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BlockConfig {
    /// Steps of two frames from tap to tap.
    pub dilation: usize,
    /// Steps from the output to the last tap.
    pub ahead: usize,
    /// Whether the query steers it.
    pub film: bool,
}

impl BlockConfig {
    /// Steps from the first tap to the last.
    pub fn span(&self) -> usize {
        2 * self.dilation
    }
}

/// The shape of a listener, as `training/export.py` writes it. Networks of before have none.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ListenerConfig {
    /// Of the convolutions in time, in steps from tap to tap. They look only back.
    pub dilations: Vec<usize>,
    /// Heads of the attention that follows each.
    pub heads: usize,
}

impl ListenerConfig {
    /// Whether the network has none.
    pub(super) fn is_missing(&self) -> bool {
        self.dilations.is_empty()
    }

    /// Its convolutions; the query steers all of them.
    pub(super) fn blocks(&self) -> impl Iterator<Item = BlockConfig> {
        self.dilations.iter().map(|&dilation| BlockConfig {
            dilation,
            ahead: 0,
            film: true,
        })
    }
}

impl BandMaskConfig {
    /// Reads the config from the header of a safetensors file; no weights are decoded.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when there is none or it makes no sense.
    pub fn from_safetensors(bytes: &[u8]) -> Result<BandMaskConfig, ModelError> {
        let refused = |reason: String| ModelError::Weights { reason };
        let (_, header) = SafeTensors::read_metadata(bytes)
            .map_err(|error| refused(format!("its header is broken ({error})")))?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|entries| entries.get("config"));
        let text = text.ok_or_else(|| refused("it has no config".into()))?;
        BandMaskConfig::from_json(text).map_err(|reason| refused(format!("its config is broken ({reason})")))
    }

    /// Reads a config, or says why there is no such network.
    ///
    /// # Errors
    /// That reason.
    pub fn from_json(text: &str) -> Result<BandMaskConfig, String> {
        let config: BandMaskConfig = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match config.flaw() {
            Some(flaw) => Err(flaw.into()),
            None => Ok(config),
        }
    }

    /// Frames by which masks lag behind magnitudes: what the blocks look ahead, together.
    pub fn lookahead(&self) -> usize {
        STEP * self.blocks.iter().map(|block| block.ahead).sum::<usize>()
    }

    /// Frames of the past that the masks of a step depend on.
    pub fn context(&self) -> usize {
        let all = self.blocks.iter().copied().chain(self.listener.blocks());
        let blocks: usize = all.map(|block| block.span() - block.ahead).sum();
        // The convolutions on the way down look back two frames, two frames and two steps.
        STEP * (blocks + 2) + 4
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.band_edges.len() - 1
    }

    /// Window and hop.
    pub fn stft(&self) -> StftConfig {
        StftConfig {
            window: self.window,
            hop: self.hop,
            kind: self.window_kind,
        }
    }

    /// What an engine must know of a network of this config.
    pub fn spec(&self, id: &str, sha256: &str, block: usize) -> SeparatorSpec {
        // 10 to 14 kHz of 16: below the slope of a resampler's filter, and as wide as a cymbal or hiss needs.
        let nyquist = self.sample_rate as f32 / 2.0;
        SeparatorSpec {
            id: id.into(),
            sha256: sha256.into(),
            sample_rate: self.sample_rate,
            stft: self.stft(),
            condition_size: self.condition_size,
            encoder: self.encoder,
            block,
            lookahead: self.lookahead(),
            context: self.context(),
            top_band: (0.625 * nyquist, 0.875 * nyquist),
            // Trained on -45 to -10 (`training/mixtures.py`), it separates best at the upper end: `docs/quality.md`.
            levels: (-25.0, -10.0),
            edges: Edges::Silent,
        }
    }

    fn flaw(&self) -> Option<&'static str> {
        let rising = self.band_edges.windows(2).all(|pair| pair[0] < pair[1]);
        let whole =
            self.band_edges.first() == Some(&0) && self.band_edges.last() == Some(&self.stft().bins());
        let detector = || self.detector.iter().flat_map(|detector| &detector.blocks);
        let blocks = || {
            let own = self.blocks.iter().chain(detector()).copied();
            own.chain(self.listener.blocks())
        };
        if self.architecture != NAME {
            Some("its architecture is not band-mask")
        } else if !rising || !whole {
            Some("its bands do not cover the bins")
        } else if blocks().any(|block| block.dilation == 0 || block.ahead > block.span()) {
            Some("a block has no dilation or looks further ahead than it spans")
        } else if blocks().any(|block| block.dilation > MAX_DILATION) {
            Some("a block's taps lie more than 1000 frames apart")
        } else if detector().any(|block| block.film) {
            Some("a query steers a block of its detector")
        } else if !self.listener.is_missing()
            && (self.listener.heads == 0 || !self.gains[2].is_multiple_of(self.listener.heads))
        {
            Some("its attention cannot share the values of a band among its heads")
        } else if !self.bands().is_multiple_of(8) {
            Some("the number of its bands is no multiple of 8")
        } else if [
            self.channels,
            self.query_size,
            self.condition_size,
            self.sample_rate as usize,
        ]
        .iter()
        .chain(&self.maps)
        .chain(&self.gains)
        .any(|&size| size == 0)
        {
            Some("a size is zero")
        } else if self.hop == 0 || self.hop > self.window || !self.window.is_multiple_of(2) {
            Some("its window and hop do not fit each other")
        } else if self.power_floor.is_nan() || self.power_floor <= 0.0 {
            Some("its power floor is not above zero")
        } else if self.vocabulary.texts().is_none() {
            Some("its vocabulary has no end")
        } else if !(0.0..=1.0).contains(&self.vocabulary.own)
            || !(1e-3..=10.0).contains(&self.vocabulary.temperature)
        {
            Some("its vocabulary has no share of 0 to 1 or no temperature of 0.001 to 10")
        } else if !(0.1..=10.0).contains(&self.sharpness) {
            Some("its sharpness is not between 0.1 and 10")
        } else {
            None
        }
    }
}
