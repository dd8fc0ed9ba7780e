//! A part of what was heard, to be separated with a query of now.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::history::Kept;
use crate::block::Block;
use crate::config::EngineConfig;
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::mix::{REST, combine};
use crate::shared::Shared;
use crate::wishes::Wishes;
use crate::worker::duty;
use crate::worker::stream::Stream;

/// Fade at both ends of an excerpt, in seconds.
const EDGE_SECONDS: f64 = 0.01;

/// Input that was taken out of what is kept, with the separator, the queries and the shaping of that moment. It changes no more,
/// whatever comes in or is set meanwhile, and outlives its engine.
pub struct Excerpt {
    kept: Kept,
    heard: Heard,
    wishes: Wishes,
    geometry: Geometry,
    spec: earmark_models::SeparatorSpec,
    config: EngineConfig,
}

/// What an excerpt was taken apart into, `[channel][sample]`, all of one length, with fades of 10 ms at both ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// What came in.
    pub mixture: Vec<Vec<f32>>,
    /// What of it the queries ask for; the rest is the mixture without it.
    pub target: Vec<Vec<f32>>,
}

impl Excerpt {
    /// Takes it; `None` where nothing is kept.
    pub(crate) fn new(shared: &Shared, kept: Kept, heard: Heard) -> Option<Excerpt> {
        (!kept.part.is_empty()).then(|| Excerpt {
            kept,
            heard: heard.normalized(),
            wishes: shared.wishes.lock().clone(),
            geometry: shared.geometry,
            spec: shared.spec.clone(),
            config: shared.auditions.config.clone(),
        })
    }

    /// Whether there is a model and a query to separate it with.
    pub fn can_be_separated(&self) -> bool {
        self.wishes.separator.is_some() && self.wishes.query(self.heard).is_some()
    }

    /// The host's rate, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.config.sample_rate.round() as u32
    }

    /// Its channels.
    pub fn channels(&self) -> usize {
        self.kept.input.len()
    }

    /// How many seconds after its beginning a moment of its engine lies; `None` for one that was not kept with it.
    pub(crate) fn seconds_of(&self, generation: u64, sample: u64) -> Option<f64> {
        let samples = self.kept.after_begin(generation, sample)?;
        Some(samples as f64 / self.config.sample_rate)
    }

    /// What came in, as [`Parts::mixture`].
    pub fn mixture(&self) -> Vec<Vec<f32>> {
        self.faded(self.input(), Vec::new()).mixture
    }

    fn input(&self) -> Vec<Vec<f32>> {
        let channels = self.kept.input.iter();
        channels
            .map(|channel| channel[self.kept.part.clone()].to_vec())
            .collect()
    }

    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.kept.part.len() as f64 / self.config.sample_rate
    }

    /// Separates it, with all that was kept around it in the model's ear; the same bits each time. `goes_on` is told how much is done, 0 to
    /// 1, and asked whether to go on; `None` where it says no. For a thread of its own: it computes for as long as the model takes, and
    /// lets live blocks pass. Without a model or a query the target is silent.
    ///
    /// # Errors
    /// [`EngineError::Excerpt`] with the model's words, also where its code panics.
    pub fn separate(&self, mut goes_on: impl FnMut(f32) -> bool) -> Result<Option<Parts>, EngineError> {
        let separated = if self.can_be_separated() {
            // The model's code may panic; the excerpt is lost then, and nothing else is.
            catch_unwind(AssertUnwindSafe(|| self.target(&mut goes_on)))
                .unwrap_or_else(|_| Err("the model's code panicked".into()))
        } else {
            Ok(Some(vec![vec![0.0; self.kept.part.len()]; self.kept.input.len()]))
        };
        let target = separated.map_err(|words| EngineError::Excerpt { words })?;
        Ok(target.map(|target| self.faded(self.input(), target)))
    }

    /// The target of the part.
    fn target(&self, goes_on: &mut impl FnMut(f32) -> bool) -> Result<Option<Vec<Vec<f32>>>, String> {
        let Excerpt { kept, geometry, .. } = self;
        let part = &kept.part;
        let mut stream =
            Stream::new(geometry, &self.spec, &self.config).map_err(|error| error.to_string())?;
        stream.restart(self.heard, kept.shaping, self.wishes.clone(), true);
        stream.awaited(true);
        let total = geometry.leading_silence + part.end + geometry.delay();
        let mut target = vec![Vec::with_capacity(total); kept.input.len()];
        let mut block = Block::new(kept.input.len(), geometry.block);
        for start in (0..total).step_by(geometry.block) {
            if !goes_on(start as f32 / total as f32) {
                return Ok(None);
            }
            duty::let_live_blocks_pass();
            for (to, from) in block.samples.iter_mut().zip(&kept.input) {
                for (k, to) in to.iter_mut().enumerate() {
                    let sample = (start + k).checked_sub(geometry.leading_silence);
                    *to = sample.and_then(|k| from.get(k)).copied().unwrap_or_default();
                }
            }
            block.index = (start / geometry.block) as u64;
            stream.process(&mut block, true, false, |_, _| {})?;
            for (target, samples) in target.iter_mut().zip(&block.samples) {
                target.extend_from_slice(samples);
            }
        }
        for target in &mut target {
            target.drain(..geometry.leading_silence + geometry.delay());
            target.truncate(part.end);
            target.drain(..part.start);
        }
        Ok(Some(target))
    }

    fn faded(&self, mixture: Vec<Vec<f32>>, target: Vec<Vec<f32>>) -> Parts {
        let mut parts = Parts { mixture, target };
        let len = self.kept.part.len();
        let edge = self.geometry.samples(EDGE_SECONDS).min(len / 2);
        for channel in parts.mixture.iter_mut().chain(&mut parts.target) {
            for k in 0..edge {
                let gain = (k + 1) as f32 / (edge + 1) as f32;
                channel[k] *= gain;
                channel[len - 1 - k] *= gain;
            }
        }
        parts
    }
}

impl Parts {
    /// What is left of the mixture without the target, as the engine mixes it.
    pub fn rest(&self) -> Vec<Vec<f32>> {
        let channels = self.mixture.iter().zip(&self.target);
        let rest = channels.map(|(mixture, target)| {
            let samples = mixture.iter().zip(target);
            samples.map(|(x, target)| combine(*x, *target, REST)).collect()
        });
        rest.collect()
    }
}
