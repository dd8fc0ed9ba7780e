//! LASS-Net (Liu et al., "Separate What You Describe: Language-Queried Audio Source Separation", arXiv:2203.15147): a
//! residual U-Net on the magnitudes of a short transform, steered by the query, one real mask a bin.
//!
//! It hears 760 frames of 16 ms before a frame and 697 after it, on a grid of cells of 64 frames: far too much to be played
//! live. A stream computes every column of every map once, as soon as what it reads is there, and keeps what is still to be
//! read; its masks are those of the whole signal at once, up to the rounding of tiles that lie otherwise.
//!
//! | file | what |
//! |---|---|
//! | `config.rs`, `tensors.rs` | the shape, and every tensor that belongs to it |
//! | `graph.rs` | maps, what is computed from which, and how far a mask reaches |
//! | `film.rs`, `block.rs`, `up.rs` | weights, and what they are multiplied with |
//! | `map.rs`, `state.rs`, `stream.rs` | the columns of a query, on their way |

mod architecture;
mod block;
mod config;
mod film;
mod graph;
mod map;
mod net;
mod state;
mod stream;
mod tensors;
mod up;

use std::sync::Arc;

pub use architecture::ARCHITECTURE;
pub use config::LassConfig;

use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, Separator, SeparatorSpec};
use crate::silence::SilenceSkipper;
use crate::tensors::Tensors;
use config::{BINS, CELL};
use net::Net;
use state::State;
use stream::LassStream;

/// A LASS-Net and its weights.
pub struct Lass {
    spec: SeparatorSpec,
    net: Arc<Net>,
}

impl Lass {
    /// Runs the network of this shape, called `id`, whose weights file hashes to `sha256`, so many frames at a time: a
    /// multiple of 64. `tensors` has its weights by the names of LASS-Net's `UNet`.
    ///
    /// # Errors
    /// [`ModelError::Block`] when the block is no such multiple, or 0; [`ModelError::Weights`] when a tensor is missing or of
    /// another shape.
    pub fn read(
        id: &str,
        sha256: &str,
        config: &LassConfig,
        block: usize,
        tensors: &dyn Tensors,
    ) -> Result<Lass, ModelError> {
        Lass::load(config.spec(id, sha256, block), config, tensors)
    }

    fn load(spec: SeparatorSpec, config: &LassConfig, tensors: &dyn Tensors) -> Result<Lass, ModelError> {
        if spec.block == 0 || !spec.block.is_multiple_of(CELL) {
            return Err(ModelError::Block {
                given: spec.block,
                pooling: CELL,
            });
        }
        let net = Arc::new(Net::load(config, tensors)?);
        Ok(Lass { spec, net })
    }

    /// The logits of a whole signal, `[frames, 511]`, from its magnitudes `[frames, 513]`, linear, of an unscaled DFT. The
    /// last two bins have none. `seen` is shown what every block gives, `[frames, bins, channels]` of its own grid, by
    /// name: `encoder_blockN`, `encoder_blockN.pool`, `conv_block7`, `decoder_blockN.up`, `decoder_blockN`,
    /// `after_conv_block1`.
    ///
    /// # Errors
    /// [`ModelError::Condition`] for a condition that it does not read, [`ModelError::Shape`] where a frame is not whole.
    pub fn logits(
        &self,
        magnitudes: &[f32],
        condition: &Condition,
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        condition.check(self.spec.encoder, self.spec.condition_size)?;
        let bins = self.spec.stft.bins();
        let frames = magnitudes.len() / bins;
        if magnitudes.len() != frames * bins {
            return Err(ModelError::Shape {
                what: "The magnitudes",
                given: magnitudes.len(),
                expected: frames * bins,
            });
        }
        let mut state = State::new(&self.net, condition);
        let total = frames.next_multiple_of(CELL);
        state.read(magnitudes.chunks_exact(bins), total);
        state.advance(&self.net, Some(total), &mut |shape, map| {
            if !shape.name.is_empty() {
                seen(&shape.name, &map.values(shape.channels));
            }
        });
        let mut logits = vec![0.0; frames * BINS];
        for (frame, logits) in logits.chunks_exact_mut(BINS).enumerate() {
            state.logits(&self.net, frame, logits);
        }
        Ok(logits)
    }
}

impl Separator for Lass {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        let stream = LassStream::new(self.spec.clone(), self.net.clone(), conditions);
        let settled = self.spec.context + self.spec.lookahead + self.spec.block;
        let queries = conditions.len();
        Ok(Box::new(SilenceSkipper::new(
            stream, &self.spec, queries, 0.0, settled, CELL,
        )))
    }

    fn stream_bytes(&self, queries: usize) -> usize {
        queries * self.net.graph.most_bytes(self.spec.block)
    }

    fn threads(&self) -> usize {
        self.net.threads.count()
    }
}
