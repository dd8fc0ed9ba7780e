//! A ResUNet on an endless signal, one window after the other.
//!
//! Every block of frames the network is computed anew on a window: the block, `lookahead` frames after it and at least
//! `context` before it. The windows start on the grid of the time pooling as counted from frame 0, so that masks equal
//! those of the whole signal where context and lookahead cover the receptive field (347 frames to each side for the
//! published shape), and the network's zero padding stands at frame 0 as it does there.

use std::sync::Arc;

use num_complex::Complex32;

use super::net::ResUNet;
use crate::error::ModelError;
use crate::mask;
use crate::separator::{Condition, MaskStream, Separator, SeparatorSpec};

/// What a window is made of, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowConfig {
    /// New frames of each push; a multiple of the time pooling.
    pub block: usize,
    /// Frames after the block.
    pub lookahead: usize,
    /// Frames before it, at least.
    pub context: usize,
}

/// A [`ResUNet`] run live on windows.
pub struct Windowed {
    spec: SeparatorSpec,
    net: Arc<ResUNet>,
}

impl Windowed {
    /// Runs `net`, called `id`, whose weights file hashes to `sha256`.
    ///
    /// # Errors
    /// [`ModelError::Block`] when the block is not a multiple of the network's time pooling.
    pub fn new(
        id: &str,
        sha256: &str,
        net: Arc<ResUNet>,
        window: WindowConfig,
    ) -> Result<Windowed, ModelError> {
        let config = net.config();
        let pooling = config.time_pooling();
        if window.block == 0 || !window.block.is_multiple_of(pooling) {
            return Err(ModelError::Block {
                given: window.block,
                pooling,
            });
        }
        let spec = config.spec(id, sha256, window.block, window.lookahead, window.context);
        Ok(Windowed { spec, net })
    }
}

impl Separator for Windowed {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn stream(&self, condition: &Condition) -> Result<Box<dyn MaskStream>, ModelError> {
        self.net.check(condition)?;
        let longest =
            self.spec.context + self.net.config().time_pooling() + self.spec.lookahead + self.spec.block;
        Ok(Box::new(WindowStream {
            kept: Vec::with_capacity((longest + self.spec.block) * self.spec.stft.bins()),
            first: 0,
            read: 0,
            spec: self.spec.clone(),
            net: self.net.clone(),
            condition: condition.clone(),
        }))
    }
}

struct WindowStream {
    spec: SeparatorSpec,
    net: Arc<ResUNet>,
    condition: Condition,
    /// Magnitudes of the frames `first..read`, `[read − first, bins]`.
    kept: Vec<f32>,
    first: usize,
    read: usize,
}

impl MaskStream for WindowStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(magnitudes, masks)?;
        let bins = self.spec.stft.bins();
        let SeparatorSpec {
            block,
            lookahead,
            context,
            ..
        } = self.spec;
        self.read += block;
        let answered = (self.read - block).saturating_sub(lookahead)..self.read.saturating_sub(lookahead);

        let pooling = self.net.config().time_pooling();
        let start = answered.start.saturating_sub(context) / pooling * pooling;
        self.kept.drain(..(start - self.first) * bins);
        self.kept.extend_from_slice(magnitudes);
        self.first = start;

        // Before the first frame there is nothing to mask.
        let (unborn, masks) = masks.split_at_mut((block - answered.len()) * bins);
        unborn.fill(Complex32::default());
        if !masks.is_empty() {
            let logits = self.net.logits(&self.kept, &self.condition)?;
            let rows = logits.dim(1)?;
            let logits: Vec<f32> = logits.flatten_all()?.to_vec1()?;
            mask::from_logit_planes(&logits, rows, answered.start - start, masks, bins);
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.kept.clear();
        (self.first, self.read) = (0, 0);
    }
}
