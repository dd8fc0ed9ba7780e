//! Whether what is asked for is to be heard at all, and when: what a separator cannot say.
//!
//! A separator gives the part of a mixture that is nearest to the query, whether the sound is there or not. A detector separates
//! nothing. It reads a sound as the separator does, by a way down and blocks of its own, which began as the separator's and then learnt
//! this alone (`training/detector.py`), and compares each step with the query. It looks far ahead, so it is for sounds that are there as a
//! whole.

use super::block::{Block, BlockState, Scratch};
use super::config::{BandMaskConfig, BlockConfig, STEP};
use super::descent::Descent;
use super::film::Modulation;
use super::layers::Layers;
use super::linear::Linear;
use super::magnitudes::magnitudes;
use super::vocabulary::Vocabulary;
use crate::error::ModelError;
use crate::separator::Condition;
use crate::tensors::Tensors;
use crate::weights::Weights;

/// What the names of its tensors begin with.
pub(super) const PREFIX: &str = "detector.";
/// Frames that go through a layer together: its weights are read once for all of them.
const FRAMES: usize = 256;
/// Steps of the network that it says one thing of.
const STEPS: usize = 2;
/// Root mean square that a sound is brought to, −20 dB of full scale, and the most that it is raised by, 40 dB.
const LEVEL: f32 = 0.1;
const MOST_GAIN: f32 = 100.0;

/// The shape of a detector. What is not said here is as in the network beside it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DetectorConfig {
    /// Its blocks, in order. No query steers them.
    pub blocks: Vec<BlockConfig>,
}

/// A detector of the sounds that a network's queries ask for.
pub struct Detector {
    config: BandMaskConfig,
    descent: Descent,
    blocks: Vec<(Block, Modulation)>,
    /// From a condition to what a step is multiplied by, and what is added.
    query: Linear,
    vocabulary: Vocabulary,
}

impl Detector {
    /// That of a network in a safetensors file with the config in the metadata's `config`; `None` where it was trained without.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the config cannot be read, or a tensor is missing or of another shape.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Option<Detector>, ModelError> {
        Detector::load(&BandMaskConfig::from_safetensors(bytes)?, &Weights::new(bytes)?)
    }

    pub(super) fn load(
        config: &BandMaskConfig,
        weights: &dyn Tensors,
    ) -> Result<Option<Detector>, ModelError> {
        let Some(detector) = &config.detector else {
            return Ok(None);
        };
        let layers = Layers::new(weights, PREFIX);
        let (channels, size) = (config.channels, config.condition_size);
        let block = |(index, &block): (usize, &BlockConfig)| -> Result<(Block, Modulation), ModelError> {
            let block = layers.block(&format!("blocks.{index}"), block, [1, channels], 0)?;
            let modulation = Modulation::new(None, &block.gain, &[]);
            Ok((block, modulation))
        };
        Ok(Some(Detector {
            descent: Descent::load(config, &layers)?,
            blocks: detector
                .blocks
                .iter()
                .enumerate()
                .map(block)
                .collect::<Result<_, _>>()?,
            query: layers.linear("query", channels + 1, size)?,
            vocabulary: Vocabulary::load(weights, &config.vocabulary, size)?,
            config: config.clone(),
        }))
    }

    /// Samples per second of what it reads.
    pub fn sample_rate(&self) -> u32 {
        self.config.sample_rate
    }

    /// Samples of a step that it says something of.
    pub fn step(&self) -> usize {
        STEPS * STEP * self.config.hop
    }

    /// Samples of the past and of what follows that it says something by.
    pub fn reach(&self) -> [usize; 2] {
        let blocks = || self.blocks.iter().map(|(block, _)| block.config);
        let past: usize = blocks().map(|block| block.span() - block.ahead).sum();
        // The way down looks back four frames and two steps, and a transform a window.
        let past = STEP * (past + 2) + 4;
        [
            past * self.config.hop + self.config.window,
            (STEP * self.ahead() + STEPS * STEP) * self.config.hop,
        ]
    }

    /// How likely it is that what each query asks for is heard in each step of `sound`, 0 to 1, `[steps, queries]`. The last step is filled
    /// up with silence. In one that is silent altogether nothing is heard.
    ///
    /// # Errors
    /// [`ModelError::Condition`] where a query is not one of this network.
    pub fn detect(&self, sound: &[f32], queries: &[Condition]) -> Result<Vec<f32>, ModelError> {
        let power = sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32;
        if power.is_nan() || power <= 0.0 {
            return Ok(vec![0.0; sound.len().div_ceil(self.step()) * queries.len()]);
        }
        let gain = (LEVEL / power.sqrt()).min(MOST_GAIN);
        let sound: Vec<f32> = sound.iter().map(|sample| gain * sample).collect();
        let mut chances = self.of_frames(&magnitudes(self.config.stft(), &sound)?, queries)?;
        for chance in &mut chances {
            *chance = 1.0 / (1.0 + (-*chance).exp());
        }
        Ok(chances)
    }

    /// The same of frames, `[frames, bins]` magnitudes of a stream from the first sample on, as logits. Silence follows them.
    ///
    /// # Errors
    /// As [`Detector::detect`]; [`ModelError::Shape`] where they are no whole frames.
    pub fn of_frames(&self, magnitudes: &[f32], queries: &[Condition]) -> Result<Vec<f32>, ModelError> {
        let (bins, channels) = (self.config.stft().bins(), self.config.channels);
        if !magnitudes.len().is_multiple_of(bins) {
            return Err(ModelError::Shape {
                what: "The frames",
                given: magnitudes.len(),
                expected: magnitudes.len().next_multiple_of(bins),
            });
        }
        let queries: Vec<Vec<f32>> = queries
            .iter()
            .map(|query| self.read(query))
            .collect::<Result<_, _>>()?;
        let count = (magnitudes.len() / bins).div_ceil(STEPS * STEP);
        let steps = self.listen(magnitudes, STEPS * count);
        let mut logits = Vec::with_capacity(count * queries.len());
        for step in steps.chunks_exact(STEPS * channels) {
            logits.extend(queries.iter().map(|query| {
                let (along, offset) = query.split_at(channels);
                let of = |x: &[f32]| x.iter().zip(along).map(|(x, along)| x * along).sum::<f32>();
                step.chunks_exact(channels).map(of).sum::<f32>() / STEPS as f32 + offset[0]
            }));
        }
        Ok(logits)
    }

    /// What a step is multiplied by to say whether a query is heard in it, and what is added.
    fn read(&self, query: &Condition) -> Result<Vec<f32>, ModelError> {
        query.check(self.config.encoder, self.config.condition_size)?;
        let mut read = vec![0.0; self.config.channels + 1];
        self.query
            .apply(&self.vocabulary.draw_near(&query.values), &mut read);
        Ok(read)
    }

    /// The channels of so many steps of some frames.
    fn listen(&self, magnitudes: &[f32], count: usize) -> Vec<f32> {
        let config = &self.config;
        let (bins, bands, channels) = (config.stft().bins(), config.bands(), config.channels);
        let (frames, steps) = (FRAMES, FRAMES / STEP);
        let mut columns = self.descent.columns(frames);
        let mut delay = 0;
        let mut states = Vec::with_capacity(self.blocks.len());
        for (block, _) in &self.blocks {
            states.push(BlockState::new(block.config, delay, 1, steps, channels));
            delay += block.config.ahead;
        }
        let [first, second, third] = config.maps;
        let (mut first, mut second, mut third) = (
            vec![0.0; frames * bands / 2 * first],
            vec![0.0; steps * bands / 4 * second],
            vec![0.0; steps * bands / 8 * third],
        );
        let (mut read, mut features) = (vec![0.0; frames * bins], vec![0.0; frames * bands]);
        let mut scratch = Scratch::new(steps, channels);
        let mut x = vec![0.0; steps * channels];
        let mut heard = Vec::with_capacity((count + delay + steps) * channels);
        for start in (0..count + delay).step_by(steps) {
            let given = magnitudes.get(start * STEP * bins..).unwrap_or_default();
            let given = &given[..given.len().min(read.len())];
            read[..given.len()].copy_from_slice(given);
            read[given.len()..].fill(0.0);
            self.descent.features(config, &read, &mut features);
            let maps = [&mut first[..], &mut second, &mut third];
            self.descent.push(&mut columns, &features, maps);
            self.descent.flat.apply(&third, &mut x);
            for ((block, modulation), state) in self.blocks.iter().zip(&mut states) {
                let unborn = state.delay.saturating_sub(start).min(steps);
                state.push(
                    block,
                    std::slice::from_ref(modulation),
                    &mut x,
                    unborn,
                    &mut scratch,
                );
            }
            heard.extend_from_slice(&x);
        }
        heard.truncate((count + delay) * channels);
        heard.drain(..delay * channels);
        heard
    }

    /// Steps of the network by which it looks ahead.
    fn ahead(&self) -> usize {
        self.blocks.iter().map(|(block, _)| block.config.ahead).sum()
    }
}
