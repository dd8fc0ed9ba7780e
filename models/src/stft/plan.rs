//! What every transform of one configuration shares.

use std::f64::consts::TAU;
use std::ops::Range;
use std::sync::Arc;

use num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::{Analyzer, StftConfig, Synthesizer, WindowKind};
use crate::error::ModelError;

/// The FFTs and the window of one [`StftConfig`]. Cheap to clone: clones share tables.
#[derive(Clone)]
pub struct Plan {
    config: StftConfig,
    window: Arc<[f32]>,
    inverse_norm: Arc<[f32]>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl Plan {
    /// Builds the tables of `config`.
    ///
    /// # Errors
    /// [`ModelError::Stft`] when the window is odd or empty, or when the hop is so long that some samples lie under no
    /// window and could not be restored.
    pub fn new(config: StftConfig) -> Result<Plan, ModelError> {
        let refused = ModelError::Stft {
            window: config.window,
            hop: config.hop,
        };
        if config.window < 2
            || !config.window.is_multiple_of(2)
            || config.hop == 0
            || config.hop > config.window
        {
            return Err(refused);
        }
        let window = window(config);
        // The sum of the squared windows over every sample repeats with the hop, and is flat only where the hop
        // divides the window finely: one divisor per position restores the signal exactly for any hop.
        let norm: Vec<f64> = (0..config.hop)
            .map(|start| window[start..].iter().step_by(config.hop).map(|w| w * w).sum())
            .collect();
        if norm.iter().any(|&sum| sum < 1e-3) {
            return Err(refused);
        }
        let mut planner = RealFftPlanner::new();
        let scale = config.window as f64;
        Ok(Plan {
            config,
            window: window.iter().map(|&w| w as f32).collect(),
            inverse_norm: norm.iter().map(|sum| (1.0 / (sum * scale)) as f32).collect(),
            forward: planner.plan_fft_forward(config.window),
            inverse: planner.plan_fft_inverse(config.window),
        })
    }

    /// The configuration it was built for.
    pub fn config(&self) -> StftConfig {
        self.config
    }

    /// The window, `[config.window]`.
    pub fn window(&self) -> &[f32] {
        &self.window
    }

    /// A streaming analysis of one channel, before its first sample.
    pub fn analyzer(&self) -> Analyzer {
        Analyzer::new(self.clone())
    }

    /// A streaming synthesis of one channel, before its first frame.
    pub fn synthesizer(&self) -> Synthesizer {
        Synthesizer::new(self.clone())
    }

    /// 1 / (window · Σ w²) for each position within a hop, counted from a frame's start, `[config.hop]`: the inverse
    /// FFT is unscaled, so its 1/N is in here too.
    pub(super) fn inverse_norm(&self) -> &[f32] {
        &self.inverse_norm
    }

    /// The same where only the frames of a range lie over the samples, counted back from the newest one that could.
    pub(super) fn partial_inverse_norm(&self, start: usize, back: Range<usize>) -> f32 {
        let windows = back.filter_map(|back| self.window.get(start + back * self.config.hop));
        let sum: f32 = windows.map(|weight| weight * weight).sum();
        // The floor of the published transform; it matters only under the zero at the edge of a window.
        1.0 / (sum.max(1e-11) * self.config.window as f32)
    }

    pub(super) fn scratch_len(&self) -> usize {
        self.forward.get_scratch_len().max(self.inverse.get_scratch_len())
    }

    /// The DFT (unscaled, e^{-i}) of `samples` `[window]`, which are overwritten, into `frame` `[bins]`.
    pub(super) fn forward(&self, samples: &mut [f32], frame: &mut [Complex32], scratch: &mut [Complex32]) {
        self.forward
            .process_with_scratch(samples, frame, scratch)
            .expect("window, bins and scratch have the lengths the plan was made for");
    }

    /// The unscaled inverse DFT of `frame` `[bins]`, which is overwritten, into `samples` `[window]`.
    pub(super) fn inverse(&self, frame: &mut [Complex32], samples: &mut [f32], scratch: &mut [Complex32]) {
        // A real signal has real values at 0 Hz and Nyquist; a complex mask does not know that.
        frame[0].im = 0.0;
        frame[self.config.window / 2].im = 0.0;
        self.inverse
            .process_with_scratch(frame, samples, scratch)
            .expect("window, bins and scratch have the lengths the plan was made for");
    }
}

fn window(config: StftConfig) -> Vec<f64> {
    (0..config.window)
        .map(|n| {
            let hann = 0.5 - 0.5 * (TAU * n as f64 / config.window as f64).cos();
            match config.kind {
                WindowKind::Hann => hann,
                WindowKind::SqrtHann => hann.sqrt(),
            }
        })
        .collect()
}
