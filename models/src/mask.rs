//! The complex mask of AudioSep (`models/resunet.py`, `ResUNet30_Base.feature_maps_to_wav`): a magnitude between 0 and
//! 1 times a rotation.

use num_complex::Complex32;

/// The mask of one bin from its three logits: `[0]` magnitude, `[1]` real, `[2]` imaginary.
///
/// sigmoid(x0) times the unit phasor of tanh(x1) + i·tanh(x2); where both are 0 the mask is 0.
pub fn from_logits(logits: [f32; 3]) -> Complex32 {
    let magnitude = 1.0 / (1.0 + (-logits[0]).exp());
    let phasor = Complex32::new(logits[1].tanh(), logits[2].tanh());
    phasor * (magnitude / phasor.norm().max(1e-10))
}

/// Masks of `frames` frames from the output of a network.
///
/// `logits` is `[3, rows, bins - 1]`, row-major, of which the frames `first..first + frames` are read; `masks` is
/// `[frames, bins]`. The network does not see the Nyquist bin: the mask there is 0.
///
/// # Panics
/// When the slices have not these sizes.
pub fn from_logit_planes(logits: &[f32], rows: usize, first: usize, masks: &mut [Complex32], bins: usize) {
    let inner = bins - 1;
    let plane = rows * inner;
    assert_eq!(logits.len(), 3 * plane, "three planes of logits");
    assert_eq!(masks.len() % bins, 0, "whole frames of masks");
    for (t, frame) in masks.chunks_exact_mut(bins).enumerate() {
        let row = (first + t) * inner;
        for (bin, mask) in frame[..inner].iter_mut().enumerate() {
            let at = row + bin;
            *mask = from_logits([logits[at], logits[plane + at], logits[2 * plane + at]]);
        }
        frame[inner] = Complex32::default();
    }
}

/// Multiplies a spectrum by its mask, bin by bin.
///
/// The published code does this on magnitude, cosine and sine with a floor of 1e-5 under the magnitude; the floor
/// cancels out, so the product is the same.
///
/// # Panics
/// When the slices differ in length.
pub fn apply(masks: &[Complex32], spectrum: &mut [Complex32]) {
    assert_eq!(masks.len(), spectrum.len(), "one mask per bin");
    for (value, mask) in spectrum.iter_mut().zip(masks) {
        *value *= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_a_rotation_scaled_by_the_sigmoid() {
        let mask = from_logits([0.0, 0.3, 0.4]);
        assert!((mask.norm() - 0.5).abs() < 1e-6);
        assert!((mask.arg() - 0.4f32.tanh().atan2(0.3f32.tanh())).abs() < 1e-6);
        assert_eq!(from_logits([5.0, 0.0, 0.0]), Complex32::default());
        assert!((from_logits([100.0, 50.0, 0.0]) - Complex32::new(1.0, 0.0)).norm() < 1e-6);
    }

    #[test]
    fn planes_are_read_frame_by_frame_and_nyquist_is_silent() {
        let (rows, bins) = (4, 3);
        let logits: Vec<f32> = (0..3 * rows * (bins - 1)).map(|n| n as f32 * 0.1 - 1.0).collect();
        let mut masks = vec![Complex32::new(9.0, 9.0); 2 * bins];
        from_logit_planes(&logits, rows, 1, &mut masks, bins);
        // Not to the bit: what the compiler computes itself may be rounded otherwise than by the library of the machine.
        for (mask, at) in [(masks[0], 2), (masks[1], 3), (masks[3], 4), (masks[4], 5)] {
            let expected = from_logits([logits[at], logits[8 + at], logits[16 + at]]);
            assert!((mask - expected).norm() < 1e-6, "{mask} instead of {expected}");
        }
        assert_eq!((masks[2], masks[5]), (Complex32::default(), Complex32::default()));
    }
}
