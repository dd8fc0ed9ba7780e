//! The shape of HTSAT with CLAP's projection, and of its tensors.

use earmark_kernels::LINE;

use super::window::{POSITIONS, SIDE};
use crate::encoder::mel::{BINS, MELS};
use crate::part::{Misfit, Required, Shapes, size};

/// Stages: after each but the last, the grid of tokens has half as many rows and columns.
pub(super) const STAGES: usize = 4;
/// Rows and columns of a patch of the picture, which becomes one token.
pub(super) const PATCH: usize = 4;
/// Rows and columns of the grid of tokens in the first stage: in the last it is one window.
pub(super) const GRID: usize = SIDE << (STAGES - 1);
/// Times as many values lie between the two dense layers of a block as before and after them.
const INNER: usize = 4;
/// Most blocks of a stage that are believed.
const MOST_BLOCKS: usize = 64;

/// The shape of CLAP's audio tower; the published one is [`HtsatConfig::clap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HtsatConfig {
    /// Values of a token in the first stage, a multiple of 16; twice as many in each that follows.
    pub width: usize,
    /// Blocks of each stage.
    pub depths: [usize; STAGES],
    /// Heads of attention in each stage.
    pub heads: [usize; STAGES],
    /// Values of a condition.
    pub condition_size: usize,
}

impl HtsatConfig {
    /// HTSAT-base with a projection to 512 values.
    pub fn clap() -> HtsatConfig {
        HtsatConfig {
            width: 128,
            depths: [2, 2, 12, 2],
            heads: [4, 8, 16, 32],
            condition_size: 512,
        }
    }

    /// Values of a token in a stage.
    pub(super) fn width_of(&self, stage: usize) -> usize {
        self.width << stage
    }

    /// Values of a token in the last stage.
    pub(super) fn last_width(&self) -> usize {
        self.width_of(STAGES - 1)
    }

    /// Values between the two dense layers of a block.
    pub(super) fn inner(width: usize) -> usize {
        INNER * width
    }

    /// Name and shape of every tensor that is read, by CLAP's own names.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let mut tensors = Vec::new();
        let mut add = |name: String, shape: &[usize]| tensors.push((name, shape.to_vec()));
        for value in ["weight", "bias", "running_mean", "running_var"] {
            add(format!("audio_branch.bn0.{value}"), &[MELS]);
        }
        add("audio_branch.logmel_extractor.melW".into(), &[BINS, MELS]);
        let mut pair = |name: &str, shape: &[usize]| {
            add(format!("{name}.weight"), shape);
            add(format!("{name}.bias"), &shape[..1]);
        };
        pair("audio_branch.patch_embed.proj", &[self.width, 1, PATCH, PATCH]);
        pair("audio_branch.patch_embed.norm", &[self.width]);
        for stage in 0..STAGES {
            let width = self.width_of(stage);
            for index in 0..self.depths[stage] {
                let mut pair = |name: &str, shape: &[usize]| {
                    pair(&format!("{}.{name}", block(stage, index)), shape);
                };
                pair("norm1", &[width]);
                pair("attn.qkv", &[3 * width, width]);
                pair("attn.proj", &[width, width]);
                pair("norm2", &[width]);
                pair("mlp.fc1", &[Self::inner(width), width]);
                pair("mlp.fc2", &[width, Self::inner(width)]);
            }
        }
        pair("audio_branch.norm", &[self.last_width()]);
        pair("audio_projection.0", &[self.condition_size, self.last_width()]);
        pair("audio_projection.2", &[self.condition_size, self.condition_size]);
        for stage in 0..STAGES - 1 {
            pair(&format!("{}.norm", merging(stage)), &[4 * self.width_of(stage)]);
        }
        for stage in 0..STAGES {
            let width = self.width_of(stage);
            for index in 0..self.depths[stage] {
                add(bias_table(stage, index), &[POSITIONS, self.heads[stage]]);
            }
            if stage + 1 < STAGES {
                let reduction = format!("{}.reduction.weight", merging(stage));
                add(reduction, &[2 * width, 4 * width]);
            }
        }
        tensors
    }

    /// The tower that tensors of these shapes are, by CLAP's own names. Which tensors it reads,
    /// [`HtsatConfig::required_tensors`] says.
    ///
    /// # Errors
    /// The [`Misfit`].
    pub fn of(shapes: &Shapes) -> Result<HtsatConfig, Misfit> {
        let patches = "audio_branch.patch_embed.proj.weight";
        let width = size(shapes, patches, 4, 0)?;
        if !width.is_multiple_of(LINE) {
            let expected = format!("one of 4 dimensions, the first a multiple of {LINE},");
            return Err(Misfit::Shape(patches.into(), expected));
        }
        let mut config = HtsatConfig {
            width,
            depths: std::array::from_fn(|stage| blocks(shapes, stage)),
            heads: [0; STAGES],
            condition_size: size(shapes, "audio_projection.2.weight", 2, 0)?,
        };
        for stage in 0..STAGES {
            let table = bias_table(stage, 0);
            let heads = size(shapes, &table, 2, 1)?;
            if !config.width_of(stage).is_multiple_of(heads) {
                let expected = format!(
                    "a table whose number of columns divides {}",
                    config.width_of(stage)
                );
                return Err(Misfit::Shape(table, expected));
            }
            config.heads[stage] = heads;
        }
        match config.missing_block() {
            Some((stage, index)) => Err(Misfit::Missing(bias_table(stage, index))),
            None => Ok(config),
        }
    }

    /// The first block that is missing, as stage and index, where the width is that of the published tower: without its last
    /// blocks it would pass for a smaller one.
    fn missing_block(&self) -> Option<(usize, usize)> {
        let published = HtsatConfig::clap();
        let short = |stage: &usize| self.depths[*stage] < published.depths[*stage];
        let stage = (0..STAGES)
            .find(short)
            .filter(|_| self.width == published.width)?;
        Some((stage, self.depths[stage]))
    }

    /// [`HtsatConfig::required_tensors`], as parts are described.
    pub(in crate::encoder) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
}

/// What the names of a block's tensors begin with.
pub(super) fn block(stage: usize, index: usize) -> String {
    format!("{}{index}", blocks_of(stage))
}

/// What the names of the tensors begin with that halve the grid after a stage.
pub(super) fn merging(stage: usize) -> String {
    format!("audio_branch.layers.{stage}.downsample")
}

fn blocks_of(stage: usize) -> String {
    format!("audio_branch.layers.{stage}.blocks.")
}

fn bias_table(stage: usize, index: usize) -> String {
    format!("{}.attn.relative_position_bias_table", block(stage, index))
}

/// The number of blocks of a stage that there is any tensor of: what lacks a part must not pass for a shorter network.
fn blocks(shapes: &Shapes, stage: usize) -> usize {
    let prefix = blocks_of(stage);
    let numbers = shapes.keys().filter_map(|name| {
        let rest = name.strip_prefix(&*prefix)?;
        rest.split_once('.')?.0.parse::<usize>().ok()
    });
    numbers
        .filter(|&index| index < MOST_BLOCKS)
        .map(|index| index + 1)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_tower_is_htsat_base_with_its_projection() {
        let config = HtsatConfig::clap();
        let tensors = config.required_tensors();
        let count = |shape: &[usize]| shape.iter().product::<usize>();
        let values: usize = tensors.iter().map(|(_, shape)| count(shape)).sum();
        // What the published classes learn, less what only their other outputs read; their bank of mel filters; the projection.
        assert_eq!(values, 67_824_536 + 513 * 64 + 1025 * 512 + 513 * 512);
        let shapes: Shapes = tensors.iter().map(|(name, shape)| (&**name, &**shape)).collect();
        assert_eq!(HtsatConfig::of(&shapes), Ok(config));
    }
}
