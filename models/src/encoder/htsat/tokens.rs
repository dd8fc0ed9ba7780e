//! Grids of tokens: how a picture becomes one, and how one becomes a grid of half as many rows and columns
//! (`htsat.py`: `PatchEmbed`, `PatchMerging`).

use earmark_kernels::Threads;

use super::super::dense::{Dense, LayerNorm};
use super::config::{GRID, HtsatConfig, PATCH, merging};
use super::front::PICTURE;
use crate::error::ModelError;
use crate::tensors::Tensors;

const EMBEDDING: &str = "audio_branch.patch_embed";

/// The tokens of a picture `[PICTURE, PICTURE]`: one for each patch, `[GRID · GRID, width]`.
pub(super) fn embed(
    source: &dyn Tensors,
    config: &HtsatConfig,
    threads: &Threads,
    picture: &[f32],
) -> Result<Vec<f32>, ModelError> {
    let shape = [config.width, 1, PATCH, PATCH];
    let dense = Dense::load(source, &format!("{EMBEDDING}.proj"), &shape)?;
    let norm = LayerNorm::load(source, &format!("{EMBEDDING}.norm"), config.width)?;
    let mut patches = Vec::with_capacity(picture.len());
    for token in 0..GRID * GRID {
        let (row, column) = (token / GRID * PATCH, token % GRID * PATCH);
        for row in row..row + PATCH {
            patches.extend_from_slice(&picture[row * PICTURE + column..][..PATCH]);
        }
    }
    Ok(dense.apply(threads, &patches, |rows| norm.apply(rows)))
}

/// The grid after a stage: each two rows and columns of `x` `[grid · grid, width]` become one token of twice the width.
pub(super) fn merge(
    source: &dyn Tensors,
    stage: usize,
    threads: &Threads,
    x: &[f32],
    grid: usize,
) -> Result<Vec<f32>, ModelError> {
    let width = x.len() / (grid * grid);
    let name = merging(stage);
    let norm = LayerNorm::load(source, &format!("{name}.norm"), 4 * width)?;
    let dense = Dense::without_bias(source, &format!("{name}.reduction"), &[2 * width, 4 * width])?;
    let mut fours = Vec::with_capacity(x.len());
    for token in 0..(grid / 2) * (grid / 2) {
        let (row, column) = (token / (grid / 2) * 2, token % (grid / 2) * 2);
        // Down before across.
        for (down, across) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let from = (row + down) * grid + column + across;
            fours.extend_from_slice(&x[from * width..][..width]);
        }
    }
    norm.apply(&mut fours);
    Ok(dense.apply(threads, &fours, |_| ()))
}
