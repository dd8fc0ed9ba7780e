//! HTSAT (AudioSep, `models/CLAP/open_clip/htsat.py`: `HTSAT_Swin_Transformer` without fusion) with CLAP's projection
//! (`open_clip/model.py`: `get_audio_embedding`), for ten seconds of sound at a time.
//!
//! The weights stay on disk: each block is read when its turn comes and dropped after it, so that encoding takes the memory
//! of one block and not of the network.

mod config;
mod front;
mod tokens;
mod window;

pub use config::HtsatConfig;
pub(super) use front::SAMPLES;

use std::sync::Arc;

use earmark_kernels::Threads;

use config::{GRID, STAGES, block};
use front::Front;
use window::{Attention, Cut};

use super::dense::{Dense, LayerNorm, gelu};
use crate::error::ModelError;
use crate::tensors::Tensors;

pub(super) struct Htsat {
    config: HtsatConfig,
    source: Box<dyn Tensors>,
    threads: Arc<Threads>,
}

impl Htsat {
    /// The tower of this shape, whose tensors `source` has by CLAP's own names.
    pub(super) fn new(config: HtsatConfig, source: Box<dyn Tensors>) -> Htsat {
        Htsat {
            config,
            source,
            threads: Threads::shared(),
        }
    }

    /// The projected embedding of [`SAMPLES`] samples, `[condition_size]`, not yet of unit norm. `seen` is shown what is
    /// computed on the way.
    pub(super) fn project(
        &self,
        clip: &[f32],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        let (source, config, threads) = (&*self.source, &self.config, &*self.threads);
        let front = Front::load(source)?;
        let levels = front.log_mel(clip)?;
        seen("log_mel", &levels);
        let picture = front.picture(&levels);
        seen("picture", &picture);
        let mut x = tokens::embed(source, config, threads, &picture)?;
        seen("patches", &x);
        let mut grid = GRID;
        for stage in 0..STAGES {
            for index in 0..config.depths[stage] {
                self.block(stage, index, grid, &mut x)?;
            }
            if stage + 1 < STAGES {
                x = tokens::merge(source, stage, threads, &x, grid)?;
                grid /= 2;
            }
            seen(&format!("stage.{stage}"), &x);
        }
        let width = config.last_width();
        LayerNorm::load(source, "audio_branch.norm", width)?.apply(&mut x);
        let count = (grid * grid) as f32;
        let mut embedding = vec![0.0; width];
        for token in x.chunks_exact(width) {
            embedding
                .iter_mut()
                .zip(token)
                .for_each(|(sum, value)| *sum += value / count);
        }
        seen("embedding", &embedding);
        let size = config.condition_size;
        let narrow = Dense::load(source, "audio_projection.0", &[size, width])?;
        let narrow = narrow.apply(threads, &embedding, |values| {
            values.iter_mut().for_each(|value| *value = value.max(0.0));
        });
        Ok(Dense::load(source, "audio_projection.2", &[size, size])?.apply(threads, &narrow, |_| ()))
    }

    /// Changes `x` `[grid · grid, width]` as a block does: attention in windows, then two dense layers, each added to what it
    /// read.
    fn block(&self, stage: usize, index: usize, grid: usize, x: &mut [f32]) -> Result<(), ModelError> {
        let (source, threads, name) = (&*self.source, &*self.threads, block(stage, index));
        let (width, heads) = (self.config.width_of(stage), self.config.heads[stage]);
        let inner = HtsatConfig::inner(width);
        let normal = LayerNorm::load(source, &format!("{name}.norm1"), width)?.of(x);
        let attention = Attention::load(source, &format!("{name}.attn"), width, heads)?;
        attention.add(threads, &normal, x, Cut::of(grid, index));
        let normal = LayerNorm::load(source, &format!("{name}.norm2"), width)?.of(x);
        let wide = Dense::load(source, &format!("{name}.mlp.fc1"), &[inner, width])?;
        let wide = wide.apply(threads, &normal, gelu);
        let narrow = Dense::load(source, &format!("{name}.mlp.fc2"), &[width, inner])?;
        let narrow = narrow.apply(threads, &wide, |_| ());
        x.iter_mut().zip(narrow).for_each(|(x, value)| *x += value);
        Ok(())
    }
}
