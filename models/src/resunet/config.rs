//! The shape of a ResUNet.

use crate::error::ModelError;
use crate::separator::{Edges, EncoderKind, SeparatorSpec};
use crate::stft::{Plan, StftConfig, WindowKind};

/// What the query does to a normalised feature map h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilmKind {
    /// h + beta, as AudioSep does.
    Additive,
    /// h · (1 + gamma) + beta; `gamma1`, `gamma2` lie beside `beta1`, `beta2` in the file.
    Affine,
}

/// One encoder block and the decoder block that mirrors it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StageConfig {
    /// Channels that the encoder block gives.
    pub channels: usize,
    /// Frames averaged into one after it.
    pub time: usize,
    /// Bins averaged into one after it.
    pub frequency: usize,
}

/// A network of the family; the two published ones are [`ResUNetConfig::audiosep`] and [`ResUNetConfig::dcase2024`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ResUNetConfig {
    /// In Hz.
    pub sample_rate: u32,
    /// Lower and upper edge in Hz of the highest band that the training data really had.
    pub top_band: (u32, u32),
    /// Window and hop.
    pub stft: StftConfig,
    /// Encoder of the conditions.
    pub encoder: EncoderKind,
    /// Values of a condition.
    pub condition_size: usize,
    /// What the condition does.
    pub film: FilmKind,
    /// Channels before the first stage.
    pub stem: usize,
    /// From the input to the middle.
    pub stages: Vec<StageConfig>,
    /// Channels of the middle block.
    pub middle: usize,
}

impl ResUNetConfig {
    /// AudioSep, 32 kHz (`config/audiosep_base.yaml`).
    pub fn audiosep() -> ResUNetConfig {
        ResUNetConfig {
            sample_rate: 32_000,
            top_band: (10_000, 14_000),
            stft: StftConfig {
                window: 2048,
                hop: 320,
                kind: WindowKind::Hann,
            },
            encoder: EncoderKind::Clap,
            condition_size: 512,
            film: FilmKind::Additive,
            stem: 32,
            stages: [(32, 2), (64, 2), (128, 2), (256, 2), (384, 2), (384, 1)]
                .map(|(channels, time)| StageConfig {
                    channels,
                    time,
                    frequency: 2,
                })
                .into(),
            middle: 384,
        }
    }

    /// The baseline of DCASE 2024 task 9: the same network on 16 kHz.
    pub fn dcase2024() -> ResUNetConfig {
        let stft = StftConfig {
            window: 1024,
            hop: 160,
            kind: WindowKind::Hann,
        };
        ResUNetConfig {
            sample_rate: 16_000,
            top_band: (5_000, 7_500),
            stft,
            ..ResUNetConfig::audiosep()
        }
    }

    /// Frames that become one in the middle of the network. Its grid is anchored at frame 0.
    pub fn time_pooling(&self) -> usize {
        self.stages.iter().map(|stage| stage.time).product()
    }

    /// Bins that become one in the middle of the network.
    pub fn frequency_pooling(&self) -> usize {
        self.stages.iter().map(|stage| stage.frequency).product()
    }

    /// What the engine must know of the network when it is run in this way, in frames; see [`SeparatorSpec`].
    pub fn spec(
        &self,
        id: &str,
        sha256: &str,
        block: usize,
        lookahead: usize,
        context: usize,
    ) -> SeparatorSpec {
        SeparatorSpec {
            id: id.into(),
            sha256: sha256.into(),
            sample_rate: self.sample_rate,
            stft: self.stft,
            condition_size: self.condition_size,
            encoder: self.encoder,
            block,
            lookahead,
            context,
            top_band: (self.top_band.0 as f32, self.top_band.1 as f32),
            // It was trained on clips of AudioSet, turned up or down by at most 10 dB (`data/waveform_mixers.py`); no level
            // is published.
            levels: (-30.0, -10.0),
            // Where hops are longer than half a window the first frames would begin before the first sample's block.
            edges: if 2 * self.stft.hop <= self.stft.window {
                Edges::Reflected
            } else {
                Edges::Silent
            },
        }
    }

    /// The number of frames of magnitudes `[frames, bins]`.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when there is none, or the last one is not whole.
    pub(super) fn frames_of(&self, magnitudes: &[f32]) -> Result<usize, ModelError> {
        let bins = self.stft.bins();
        if magnitudes.is_empty() || !magnitudes.len().is_multiple_of(bins) {
            let expected = bins * (magnitudes.len() / bins).max(1);
            return Err(ModelError::Shape {
                what: "The magnitudes",
                given: magnitudes.len(),
                expected,
            });
        }
        Ok(magnitudes.len() / bins)
    }

    /// Reads a config, or says why there is no such network.
    ///
    /// # Errors
    /// That reason.
    pub fn from_json(text: &str) -> Result<ResUNetConfig, String> {
        let config: ResUNetConfig = serde_json::from_str(text).map_err(|error| error.to_string())?;
        config.possible()?;
        Plan::new(config.stft).map_err(|error| error.to_string())?;
        Ok(config)
    }

    /// Whether such a network can be built.
    ///
    /// # Errors
    /// [`ModelError::Weights`] saying what cannot be.
    pub fn check(&self) -> Result<(), ModelError> {
        let Err(reason) = self.possible() else {
            return Ok(());
        };
        Err(ModelError::Weights {
            reason: format!("its config is broken ({reason})"),
        })
    }

    /// What makes it impossible. A config may come from a file: nothing in it may overflow, or fill a machine's memory.
    fn possible(&self) -> Result<(), String> {
        let StftConfig { window, hop, .. } = self.stft;
        within("sample_rate", self.sample_rate as usize, 1000, 384_000)?;
        within("window", window, 2, 65_536)?;
        within("hop", hop, 1, window)?;
        within("condition_size", self.condition_size, 1, 65_536)?;
        within("stem", self.stem, 1, 65_536)?;
        within("middle", self.middle, 1, 65_536)?;
        within("number of stages", self.stages.len(), 1, 10)?;
        for stage in &self.stages {
            within("channels", stage.channels, 1, 65_536)?;
            within("time", stage.time, 1, 16)?;
            within("frequency", stage.frequency, 1, 16)?;
        }
        within("product of all times", self.time_pooling(), 1, 1024)?;
        let (low, high) = self.top_band;
        if low >= high || high > self.sample_rate / 2 {
            return Err(format!(
                "its top_band from {low} to {high} Hz is no band of sound at {} Hz",
                self.sample_rate
            ));
        }
        let (pooling, inner) = (self.frequency_pooling(), self.stft.bins() - 1);
        if !window.is_multiple_of(2) || !inner.is_multiple_of(pooling) {
            return Err(format!(
                "the {inner} bins of a window of {window} cannot be averaged {pooling} to one"
            ));
        }
        Ok(())
    }
}

fn within(what: &str, given: usize, least: usize, most: usize) -> Result<(), String> {
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(format!("its {what} is {given}, not {least} to {most}"))
}
