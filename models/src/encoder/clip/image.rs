//! CLIP's image tower (`clip/model.py`: `VisionTransformer`), for one picture at a time. The weights stay on disk.

use std::sync::Arc;

use earmark_kernels::Threads;

use super::super::dense::{Dense, LayerNorm};
use super::block::{Blocks, Reads};
use super::config::{COLOURS, ClipImageConfig};
use super::layout::Side;
use super::projection::project;
use crate::error::ModelError;
use crate::tensors::Tensors;

pub(super) struct ImageTower {
    config: ClipImageConfig,
    source: Box<dyn Tensors>,
    threads: Arc<Threads>,
}

impl ImageTower {
    /// The tower of this shape, whose tensors `source` has.
    pub(super) fn new(config: ClipImageConfig, source: Box<dyn Tensors>) -> ImageTower {
        ImageTower {
            config,
            source,
            threads: Threads::shared(),
        }
    }

    pub(super) fn config(&self) -> ClipImageConfig {
        self.config
    }

    /// The vector of `pixels` `[3, side, side]`, `[condition_size]`, not of unit norm. `seen` is shown what is computed on the way.
    pub(super) fn project(
        &self,
        pixels: &[f32],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        let (config, source, threads) = (&self.config, &*self.source, &*self.threads);
        let (layout, width) = (config.layout, config.width);
        let mut x = self.tokens(pixels)?;
        LayerNorm::load(source, layout.first_norm(), width)?.apply(&mut x);
        seen("image.tokens", &x);
        let blocks = Blocks {
            source,
            layout,
            side: Side::Image,
            width,
            reads: Reads::All,
        };
        for index in 0..config.blocks {
            blocks.apply(index, threads, &mut x)?;
            seen(&format!("image.block.{index}"), &x);
        }
        let place = (layout, Side::Image);
        project(source, place, threads, &x[..width], config.condition_size)
    }

    /// The token that is to read all, and one for each patch, at their places, `[tokens, width]`.
    fn tokens(&self, pixels: &[f32]) -> Result<Vec<f32>, ModelError> {
        let (config, source) = (&self.config, &*self.source);
        let ClipImageConfig {
            layout, patch, width, ..
        } = *config;
        let side = config.side();
        let weights = source.floats(layout.patches(), &[width, COLOURS, patch, patch])?;
        let inputs = COLOURS * patch * patch;
        let dense = Dense::of(inputs, width, None, |input, output| {
            weights[output * inputs + input]
        });
        let mut patches = Vec::with_capacity(pixels.len());
        for token in 0..config.grid * config.grid {
            let (row, column) = (token / config.grid * patch, token % config.grid * patch);
            for colour in 0..COLOURS {
                for row in row..row + patch {
                    patches.extend_from_slice(&pixels[(colour * side + row) * side + column..][..patch]);
                }
            }
        }
        let mut x = source.floats(layout.class(), &[width])?;
        x.extend(dense.apply(&self.threads, &patches, |_| ()));
        let places = source.floats(layout.positions(Side::Image), &[config.tokens(), width])?;
        x.iter_mut().zip(places).for_each(|(x, place)| *x += place);
        Ok(x)
    }
}
