//! CLIP's text tower (`clip/model.py`: `CLIP.encode_text`), for one text at a time.
//!
//! A token reads those before it alone, and the vector is read at the end mark: what follows that changes nothing, so nothing
//! does. The weights stay on disk, as those of the other encoders do.

use std::sync::Arc;

use earmark_kernels::Threads;

use super::block::{Blocks, Reads};
use super::config::ClipTextConfig;
use super::layout::Side;
use super::projection::project;
use crate::error::ModelError;
use crate::tensor_file::{Prefixed, TensorFile};

pub(super) struct TextTower {
    config: ClipTextConfig,
    source: Prefixed,
    threads: Arc<Threads>,
}

impl TextTower {
    /// The tower in `file`, its names after `prefix`.
    pub(super) fn new(file: TensorFile, prefix: &'static str) -> Result<TextTower, ModelError> {
        let config = file.recognize(prefix, ClipTextConfig::of)?;
        file.check(prefix, &config.required())?;
        Ok(TextTower {
            config,
            source: Prefixed::new(file, prefix),
            threads: Threads::shared(),
        })
    }

    pub(super) fn config(&self) -> ClipTextConfig {
        self.config
    }

    /// The vector of these tokens, `[condition_size]`, not of unit norm. `seen` is shown what every block gives.
    pub(super) fn project(
        &self,
        ids: &[u32],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        let (config, threads) = (&self.config, &*self.threads);
        let end = config.words as u32 - 1;
        let count = ids
            .iter()
            .position(|&id| id == end)
            .map_or(ids.len(), |at| at + 1);
        let ids = &ids[..count];
        let mut x = vec![0.0; count * config.width];
        let words = ids.iter().map(|&id| id as usize);
        self.source.add_rows(config.layout.words(), words, &mut x)?;
        self.source
            .add_rows(config.layout.positions(Side::Text), 0..count, &mut x)?;
        let blocks = Blocks {
            source: &self.source,
            layout: config.layout,
            side: Side::Text,
            width: config.width,
            reads: Reads::Before,
        };
        for index in 0..config.blocks {
            blocks.apply(index, threads, &mut x)?;
            seen(&format!("text.block.{index}"), &x);
        }
        let last = &x[(count - 1) * config.width..];
        let place = (config.layout, Side::Text);
        project(&self.source, place, threads, last, config.condition_size)
    }
}
