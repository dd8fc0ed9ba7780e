//! HTSAT (AudioSep, `models/CLAP/open_clip/htsat.py`: `HTSAT_Swin_Transformer` without fusion) with CLAP's projection
//! (`open_clip/model.py`: `get_audio_embedding`), for ten seconds of sound at a time.
//!
//! The blocks' weights are read and packed once, when the tower is opened, which takes a seventh of the time that a sound does: it is opened
//! while the example is still being heard. The rest stays on disk.

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
    /// Of each stage.
    blocks: Vec<Vec<Block>>,
    source: Box<dyn Tensors>,
    threads: Arc<Threads>,
}

/// Attention in windows, then two dense layers, each added to what it read.
struct Block {
    norms: [LayerNorm; 2],
    attention: Attention,
    wide: Dense,
    narrow: Dense,
}

impl Block {
    fn load(
        source: &dyn Tensors,
        config: &HtsatConfig,
        stage: usize,
        index: usize,
    ) -> Result<Block, ModelError> {
        let (name, width, heads) = (block(stage, index), config.width_of(stage), config.heads[stage]);
        let inner = HtsatConfig::inner(width);
        let norm = |number: usize| LayerNorm::load(source, &format!("{name}.norm{number}"), width);
        Ok(Block {
            norms: [norm(1)?, norm(2)?],
            attention: Attention::load(source, &format!("{name}.attn"), width, heads)?,
            wide: Dense::load(source, &format!("{name}.mlp.fc1"), &[inner, width])?,
            narrow: Dense::load(source, &format!("{name}.mlp.fc2"), &[width, inner])?,
        })
    }

    /// Changes `x` `[grid · grid, width]`.
    fn apply(&self, threads: &Threads, cut: Cut, x: &mut [f32]) {
        self.attention.add(threads, &self.norms[0].of(x), x, cut);
        let wide = self.wide.apply(threads, &self.norms[1].of(x), gelu);
        let narrow = self.narrow.apply(threads, &wide, |_| ());
        x.iter_mut().zip(narrow).for_each(|(x, value)| *x += value);
    }
}

impl Htsat {
    /// The tower of this shape, whose tensors `source` has by CLAP's own names.
    ///
    /// # Errors
    /// [`ModelError::Weights`] where it lacks some.
    pub(super) fn new(config: HtsatConfig, source: Box<dyn Tensors>) -> Result<Htsat, ModelError> {
        let blocks = |stage| {
            let all = 0..config.depths[stage];
            all.map(|index| Block::load(&*source, &config, stage, index))
                .collect()
        };
        Ok(Htsat {
            blocks: (0..STAGES).map(blocks).collect::<Result<_, _>>()?,
            config,
            source,
            threads: Threads::shared(),
        })
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
        for (stage, blocks) in self.blocks.iter().enumerate() {
            for (index, block) in blocks.iter().enumerate() {
                block.apply(threads, Cut::of(grid, index), &mut x);
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
}
