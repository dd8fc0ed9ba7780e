//! The network on one window.

use std::sync::Arc;

use earmark_kernels::{Buffer, Threads, padded};

use super::config::{ClipSepConfig, SIDE, STFT};
use super::down::Down;
use super::maps::{Affine, Map};
use super::up::Up;
use super::warp::{self, Between};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// What is added to a magnitude before its logarithm.
const LEAST: f32 = 1e-10;

/// CLIPSep's weights.
pub struct ClipSepNet {
    config: ClipSepConfig,
    threads: Arc<Threads>,
    /// The bins that each row lies between, and back.
    rows: Vec<Between>,
    bins: Vec<Between>,
    /// Of the logarithms.
    norm: Affine,
    /// From the outside in, and the way back up of each.
    steps: Vec<(Down, Up)>,
    /// From a condition to what each map counts: `[maps, condition_size]` and `[maps]`.
    frame_weight: Vec<f32>,
    frame_bias: Vec<f32>,
    /// `[maps]`.
    scale: Vec<f32>,
    bias: f32,
}

/// What a window is computed in.
pub(super) struct Work {
    /// Logarithms, `[frames, rows]`.
    given: Map,
    /// What each step down gives.
    down: Vec<Map>,
    /// What each step up gives; the first holds the maps.
    up: Vec<Map>,
    scratch: Buffer,
    wide: [Buffer; 2],
}

impl ClipSepNet {
    /// Reads the weights by the published names.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or of another shape.
    pub fn read(
        config: ClipSepConfig,
        tensors: &dyn Tensors,
        threads: Arc<Threads>,
    ) -> Result<ClipSepNet, ModelError> {
        let (maps, size) = (config.maps, config.condition_size);
        let mut steps = Vec::new();
        let (mut channels, mut rows) = (1, SIDE);
        for (step, widths) in config.steps() {
            let down = Down::load(tensors, step, widths, channels)?;
            channels = down.channels();
            steps.push((down, Up::load(tensors, step, widths, rows)?));
            rows /= 2;
        }
        Ok(ClipSepNet {
            rows: warp::rows(),
            bins: warp::bins(),
            norm: Affine::load(tensors, "sound_net.bn0", 1)?,
            steps,
            frame_weight: tensors.floats("frame_net.weight", &[maps, size])?,
            frame_bias: tensors.floats("frame_net.bias", &[maps])?,
            scale: tensors.floats("synth_net.scale", &[maps])?,
            bias: tensors.floats("synth_net.bias", &[1])?[0],
            config,
            threads,
        })
    }

    /// Its shape.
    pub fn config(&self) -> &ClipSepConfig {
        &self.config
    }

    /// Threads that a window is computed by.
    pub(super) fn threads(&self) -> usize {
        self.threads.count()
    }

    /// Bytes of what a window is computed in.
    pub(super) fn work_bytes(&self) -> usize {
        let squares = self.config.steps().enumerate().map(|(index, (_, widths))| {
            let side = SIDE >> index;
            let inner = padded(widths.inner) * side * side;
            (inner / 4 + padded(widths.outer) * side * side, 2 * inner, inner)
        });
        let (kept, wide, scratch) = squares.fold((0, 0, 0), |(kept, wide, scratch), (own, twice, inner)| {
            (kept + own, wide.max(twice), scratch.max(inner / 4))
        });
        (kept + wide + scratch) * size_of::<f32>()
    }

    pub(super) fn work(&self) -> Work {
        let (mut down, mut up) = (Vec::new(), Vec::new());
        let (mut scratch, mut wide) = (0, 0);
        let given = Map::zeros(SIDE, 1);
        let mut side = SIDE;
        for (step_down, step_up) in &self.steps {
            scratch = scratch.max(Down::scratch(down.last().unwrap_or(&given)));
            wide = wide.max(side * side * step_down.channels());
            up.push(Map::zeros(side, step_up.channels()));
            side /= 2;
            down.push(Map::zeros(side, step_down.channels()));
        }
        Work {
            given,
            down,
            up,
            scratch: Buffer::zeros(scratch),
            wide: [Buffer::zeros(wide), Buffer::zeros(wide)],
        }
    }

    /// Computes the maps of a window of magnitudes `[256, 513]`, and gives them, `[256 frames, 256 rows, padded maps]`. `seen` is
    /// shown what is computed on the way: `warped`, then `down.0` to the innermost, then `up` back to `up.0`.
    pub(super) fn maps<'w>(
        &self,
        magnitudes: &[f32],
        work: &'w mut Work,
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> &'w [f32] {
        let Work {
            given,
            down,
            up,
            scratch,
            wide,
        } = work;
        let frames = magnitudes.chunks_exact(STFT.bins());
        for (frame, rows) in frames.zip(given.values.chunks_exact_mut(SIDE)) {
            for (row, between) in rows.iter_mut().zip(&self.rows) {
                let magnitude = between.of(|bin| frame[bin] + LEAST);
                *row = magnitude.ln() * self.norm.scale[0] + self.norm.shift[0];
            }
        }
        seen("warped", &given.values);
        for (index, (step, _)) in self.steps.iter().enumerate() {
            let (before, after) = down.split_at_mut(index);
            step.run(
                &self.threads,
                before.last().unwrap_or(given),
                scratch,
                &mut after[0],
            );
            seen(&format!("down.{index}"), &after[0].values);
        }
        for (index, (_, step)) in self.steps.iter().enumerate().rev() {
            let (before, after) = up.split_at_mut(index + 1);
            let maps = std::iter::once(&down[index]).chain(after.first());
            let maps: Vec<&Map> = maps.collect();
            step.run(&self.threads, &maps, wide, &mut before[index]);
            seen(&format!("up.{index}"), &before[index].values);
        }
        &up[0].values
    }

    /// What each map counts under a condition, `[maps]`.
    pub(super) fn weights(&self, condition: &[f32]) -> Vec<f32> {
        let size = self.config.condition_size;
        let rows = self.frame_weight.chunks_exact(size);
        let rows = rows.zip(self.frame_bias.iter().zip(&self.scale));
        rows.map(|(row, (bias, scale))| {
            let sum = row.iter().zip(condition).map(|(a, b)| a * b).sum::<f32>() + bias;
            scale * sigmoid(sum)
        })
        .collect()
    }

    /// The logits of one frame's maps `[256 rows, padded maps]`, each counting as `weights` says.
    pub(super) fn logits(&self, maps: &[f32], weights: &[f32], logits: &mut [f32; SIDE]) {
        let channels = maps.len() / SIDE;
        for (logit, maps) in logits.iter_mut().zip(maps.chunks_exact(channels)) {
            *logit = maps
                .iter()
                .zip(weights)
                .map(|(map, weight)| map * weight)
                .sum::<f32>()
                + self.bias;
        }
    }

    /// The mask of one frame's logits, `[513]`.
    pub(super) fn mask(&self, logits: &[f32; SIDE], mask: &mut [f32]) {
        let rows = logits.map(sigmoid);
        for (mask, between) in mask.iter_mut().zip(&self.bins) {
            *mask = between.of(|row| rows[row]);
        }
    }

    /// The masks of a window under one condition, `[256, 513]`; `seen` is shown what is computed on the way, as
    /// `[256 frames, rows, padded channels]`: `warped`, `down.0` and so on, `up.6` and so on, and `logits`.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for other than 256 frames of 513 magnitudes, or another number of values.
    pub fn masks_seen(
        &self,
        magnitudes: &[f32],
        condition: &[f32],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        for (what, given, expected) in [
            ("The window", magnitudes.len(), SIDE * STFT.bins()),
            ("The condition", condition.len(), self.config.condition_size),
        ] {
            if given != expected {
                return Err(ModelError::Shape {
                    what,
                    given,
                    expected,
                });
            }
        }
        let mut work = self.work();
        let maps = self.maps(magnitudes, &mut work, seen);
        let weights = self.weights(condition);
        let mut masks = vec![0.0; magnitudes.len()];
        let mut all = Vec::new();
        let frames = maps.chunks_exact(maps.len() / SIDE);
        for (maps, mask) in frames.zip(masks.chunks_exact_mut(STFT.bins())) {
            let mut logits = [0.0; SIDE];
            self.logits(maps, &weights, &mut logits);
            all.extend(logits);
            self.mask(&logits, mask);
        }
        seen("logits", &all);
        Ok(masks)
    }
}

fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procedural::Procedural;

    #[test]
    fn what_a_stream_keeps_is_about_what_it_says() {
        let config = ClipSepConfig {
            channels: vec![8, 16, 24],
            ..ClipSepConfig::nit()
        };
        let net = ClipSepNet::read(config, &Procedural, Arc::new(Threads::new(1))).unwrap();
        let work = net.work();
        let maps = work.down.iter().chain(&work.up).chain([&work.given]);
        let buffers = [&work.scratch, &work.wide[0], &work.wide[1]];
        let buffers = buffers.map(|buffer| size_of_val(&buffer[..]));
        let kept =
            maps.map(|map| size_of_val(&map.values[..])).sum::<usize>() + buffers.iter().sum::<usize>();
        let said = net.work_bytes();
        assert!(said.abs_diff(kept) * 10 < kept, "{said} of {kept}");
    }
}
