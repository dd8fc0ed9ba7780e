//! A sound that is there as a whole, as a stream reads it.

use num_complex::Complex32;

use crate::error::ModelError;
use crate::stft::{Plan, StftConfig};

/// Magnitudes of `sound`, `[frames, bins]`; its last hop is filled up with silence.
pub(super) fn magnitudes(stft: StftConfig, sound: &[f32]) -> Result<Vec<f32>, ModelError> {
    let mut analyzer = Plan::new(stft)?.analyzer();
    let mut frame = vec![Complex32::default(); stft.bins()];
    let mut samples = vec![0.0; stft.hop];
    let mut magnitudes = Vec::with_capacity(sound.len().div_ceil(stft.hop) * stft.bins());
    for hop in sound.chunks(stft.hop) {
        samples[..hop.len()].copy_from_slice(hop);
        samples[hop.len()..].fill(0.0);
        analyzer.push(&samples, &mut frame);
        // Not `norm`, which guards against numbers that no sound has, and takes most of the time.
        magnitudes.extend(frame.iter().map(|value| value.norm_sqr().sqrt()));
    }
    Ok(magnitudes)
}
