//! A ResUNet on an endless signal, one window after the other.
//!
//! Every block of frames the network is computed anew on a window: the block, `lookahead` frames after it and at least
//! `context` before it. Masks equal those of the whole signal where context and lookahead cover the receptive field (347
//! frames to each side for the published shape).

use std::sync::Arc;

use num_complex::Complex32;

use super::net::ResUNet;
use super::window::Window;
use crate::error::ModelError;
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

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        Ok(Box::new(WindowStream {
            window: Window::new(&self.spec, self.spec.context, self.net.config().time_pooling()),
            spec: self.spec.clone(),
            net: self.net.clone(),
            conditions: conditions.to_vec(),
        }))
    }
}

struct WindowStream {
    spec: SeparatorSpec,
    net: Arc<ResUNet>,
    conditions: Vec<Condition>,
    window: Window,
}

impl MaskStream for WindowStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(self.conditions.len(), magnitudes, masks)?;
        // Before the first frame and after the last there is nothing to mask.
        masks.fill(Complex32::default());
        let Some(due) = self.window.read(magnitudes) else {
            return Ok(());
        };
        let window = self.window.magnitudes();
        let windows: Vec<_> = self
            .conditions
            .iter()
            .map(|condition| (window, condition))
            .collect();
        let logits = self.net.logits_of_windows(&windows, due.rows.clone())?;
        due.fill(&logits, masks, self.spec.stft.bins());
        Ok(())
    }

    fn end_after(&mut self, frames: usize) {
        self.window.end_after(frames);
    }

    fn reset(&mut self) {
        self.window.reset();
    }
}
