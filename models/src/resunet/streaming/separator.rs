//! The network as a [`Separator`], and on whole signals.

use std::sync::Arc;

use earmark_kernels::padded;
use num_complex::Complex32;

use super::columns::MapColumns;
use super::graph::Map;
use super::net::{FLOOR, StreamingNet};
use super::processor::Processor;
use super::schedule::{Halo, Schedule, Turns, capacities, endless_capacities, whole};
use super::state::State;
use super::stream::Stream;
use crate::error::ModelError;
use crate::resunet::config::ResUNetConfig;
use crate::separator::{Condition, MaskStream, Separator, SeparatorSpec};
use crate::silence::SilenceSkipper;
use crate::stft::offline::OfflineStft;

/// Frames of a step over a whole signal: enough for the kernels, few enough for the caches.
const OFFLINE_HOP: usize = 64;

/// Cells of a step of a signal that is there as a whole.
const SIGNAL_CELLS: usize = 2;

/// Cells of the time pooling that a mask depends on to each side, rounded up: 347 frames of 32 in the published shape.
pub(in crate::resunet) const REACH: usize = 12;

/// How a network is run live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamSettings {
    /// New frames of each push. Fewer cost more: see `docs/performance.md`.
    pub hop: usize,
    /// Frames after the block that are heard before its masks are decided.
    pub lookahead: usize,
    /// Frames before a change of query that a new stream hears.
    pub context: usize,
    /// What happens to the decoder's columns around the newest masks.
    pub halo: Halo,
}

/// A [`StreamingNet`] run live.
pub struct Streaming {
    spec: SeparatorSpec,
    net: Arc<StreamingNet>,
    settings: StreamSettings,
    /// Columns of each map that a stream keeps.
    capacities: Vec<usize>,
}

impl Streaming {
    /// Runs `net`, called `id`, whose weights file hashes to `sha256`.
    ///
    /// # Errors
    /// [`ModelError::Block`] when the hop is 0.
    pub fn new(
        id: &str,
        sha256: &str,
        net: Arc<StreamingNet>,
        settings: StreamSettings,
    ) -> Result<Streaming, ModelError> {
        if settings.hop == 0 {
            return Err(ModelError::Block {
                given: 0,
                pooling: net.config().time_pooling(),
            });
        }
        let spec = Streaming::spec_of(id, sha256, net.config(), settings);
        let StreamSettings {
            hop, lookahead, halo, ..
        } = settings;
        Ok(Streaming {
            spec,
            settings,
            capacities: endless_capacities(&net.graph, hop, lookahead, halo, Turns::Short),
            net,
        })
    }

    /// What [`Streaming::new`] would specify, without any weights.
    pub fn spec_of(
        id: &str,
        sha256: &str,
        config: &ResUNetConfig,
        settings: StreamSettings,
    ) -> SeparatorSpec {
        config.spec(id, sha256, settings.hop, settings.lookahead, settings.context)
    }

    /// How it is run.
    pub fn settings(&self) -> StreamSettings {
        self.settings
    }

    /// The network's shape.
    pub fn config(&self) -> &ResUNetConfig {
        self.net.config()
    }

    fn state(&self, conditions: &[Condition]) -> State<Processor> {
        let processor = Processor::new(self.net.clone(), conditions, &self.capacities);
        State::new(processor, self.settings.halo, Turns::Short)
    }
}

impl Separator for Streaming {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn threads(&self) -> usize {
        self.net.threads.count()
    }

    fn memory(&self) -> usize {
        match self.settings.halo {
            Halo::Once => self.spec.context,
            // A column that was computed before what it looks ahead to was there stays as it is, and is read by later ones.
            Halo::Ahead | Halo::Recomputed => 2 * REACH * self.net.config.time_pooling(),
        }
    }

    fn for_signals(&self) -> Option<Arc<dyn Separator>> {
        let hop = SIGNAL_CELLS * self.net.config.time_pooling();
        // Elsewhere the step decides what a mask is computed from.
        if self.settings.halo != Halo::Once || self.settings.hop >= hop {
            return None;
        }
        let settings = StreamSettings { hop, ..self.settings };
        let (id, sha256) = (&self.spec.id, &self.spec.sha256);
        let separator = Streaming::new(id, sha256, self.net.clone(), settings);
        Some(Arc::new(separator.ok()?))
    }

    fn stream_bytes(&self, queries: usize) -> usize {
        let maps = self.net.graph.maps.iter().zip(&self.capacities).enumerate();
        maps.map(|(index, (&map, &capacity))| {
            // No query reaches the input.
            let count = if index == 0 { 1 } else { queries };
            count * MapColumns::bytes(map, capacity)
        })
        .sum()
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        let stream = Stream::new(&self.spec, self.state(conditions));
        // What a map keeps reaches back a receptive field before what is answered, and depends on another one before that.
        let period = self.net.config.time_pooling();
        let settled = 2 * REACH * period + self.spec.lookahead + self.spec.block;
        let queries = conditions.len();
        Ok(Box::new(SilenceSkipper::new(
            stream, &self.spec, queries, FLOOR, settled, period,
        )))
    }
}

impl StreamingNet {
    /// Bytes of the feature maps that a stream of these settings keeps for so many queries.
    pub fn stream_bytes(&self, settings: StreamSettings, queries: usize) -> usize {
        let StreamSettings {
            hop, lookahead, halo, ..
        } = settings;
        let columns = endless_capacities(&self.graph, hop, lookahead, halo, Turns::Short);
        let bytes = |(map, count): (&Map, usize)| map.bins * padded(map.channels) * count * size_of::<f32>();
        let mut maps = self.graph.maps.iter().zip(columns).map(bytes);
        // The input is the same for all of them.
        maps.next().unwrap_or(0) + queries * maps.sum::<usize>()
    }

    /// Logits `[3, frames, bins − 1]` of magnitudes `[frames, bins]`, linear, of an unscaled DFT: the network on a whole
    /// signal.
    ///
    /// # Errors
    /// [`ModelError::Condition`] or [`ModelError::Shape`] for the inputs.
    pub fn logits(
        self: &Arc<Self>,
        magnitudes: &[f32],
        condition: &Condition,
    ) -> Result<Vec<f32>, ModelError> {
        let config = self.config();
        condition.check(config.encoder, config.condition_size)?;
        let bins = config.stft.bins();
        let frames = config.frames_of(magnitudes)?;
        let pushes = whole(frames, OFFLINE_HOP, REACH * config.time_pooling());
        let fresh = Schedule::new(&self.graph, Halo::Recomputed, Turns::Short);
        let capacities = capacities(&self.graph, fresh, &pushes);
        let conditions = std::slice::from_ref(condition);
        let processor = Processor::new(self.clone(), conditions, &capacities);
        let mut state = State::new(processor, Halo::Recomputed, Turns::Short);
        let mut logits = vec![0.0; 3 * frames * (bins - 1)];
        let mut blocks = magnitudes.chunks(OFFLINE_HOP * bins);
        for push in pushes {
            let ready = state.push(blocks.next().unwrap_or(&[]), push)?;
            for frame in ready {
                let (values, stride) = state.backend.logits(0, frame);
                for (bin, values) in values.chunks_exact(stride).enumerate() {
                    for plane in 0..3 {
                        logits[(plane * frames + frame) * (bins - 1) + bin] = values[plane];
                    }
                }
            }
        }
        Ok(logits)
    }

    /// The target in a whole signal, mono at the model's rate, as long as the signal: the published inference.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] when the signal is not longer than half a window; [`ModelError::Condition`].
    pub fn separate(self: &Arc<Self>, wave: &[f32], condition: &Condition) -> Result<Vec<f32>, ModelError> {
        let stft = OfflineStft::new(self.config().stft)?;
        let mut spectrogram = stft.analyze(wave)?;
        let magnitudes: Vec<f32> = spectrogram
            .values
            .iter()
            .map(|value| value.norm_sqr().sqrt())
            .collect();
        let bins = self.config().stft.bins();
        let frames = magnitudes.len() / bins;
        let mut masks = vec![Complex32::default(); magnitudes.len()];
        let logits = self.logits(&magnitudes, condition)?;
        crate::mask::from_logit_planes(&logits, frames, 0, &mut masks, bins);
        crate::mask::apply(&masks, &mut spectrogram.values);
        stft.synthesize(&spectrogram, wave.len())
    }
}
