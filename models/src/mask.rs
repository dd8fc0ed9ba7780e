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

/// Joins the masks of two sounds that are both wanted: magnitude 1 − (1 − |a|)·(1 − |b|), in the direction of a + b.
///
/// What belongs to either belongs to both together; the magnitude is at most 1 and never below that of a or of b. In any
/// order, three and more sounds give the same. Where a or b is 0, the other stays as it is.
///
/// # Panics
/// When the slices differ in length.
pub fn join(masks: &mut [Complex32], other: &[Complex32]) {
    assert_eq!(masks.len(), other.len(), "one mask per bin");
    let is_gain = |mask: Complex32| mask.im == 0.0 && mask.re >= 0.0;
    for (a, &b) in masks.iter_mut().zip(other) {
        if is_gain(*a) && is_gain(b) {
            // What the lines below come to, bit by bit, where both point the same way.
            a.re = 1.0 - (1.0 - a.re) * (1.0 - b.re);
            continue;
        }
        let magnitude = 1.0 - (1.0 - a.norm()) * (1.0 - b.norm());
        *a = direction(*a, b) * magnitude;
    }
}

/// Takes what is not wanted out of what is: p · (1 − |n|²) with p the mask of what is wanted and n of what is not.
///
/// Where only p hears something it stays as it is; where n hears all of a bin it goes, whatever p says; a faint n, which is
/// mostly doubt, takes next to nothing. The magnitude is never above |p|. Why this and not a share of p and n after Wiener: see
/// `docs/quality.md`.
///
/// # Panics
/// When the slices differ in length.
pub fn exclude(unwanted: &[Complex32], masks: &mut [Complex32]) {
    assert_eq!(masks.len(), unwanted.len(), "one mask per bin");
    for (p, n) in masks.iter_mut().zip(unwanted) {
        *p *= (1.0 - n.norm_sqr()).max(0.0);
    }
}

/// The masks of everything but what is not wanted: 1 − |n|², real; what [`exclude`] makes of a mask of 1.
///
/// # Panics
/// When the slices differ in length.
pub fn all_but(unwanted: &[Complex32], masks: &mut [Complex32]) {
    masks.fill(Complex32::new(1.0, 0.0));
    exclude(unwanted, masks);
}

/// The unit phasor of a + b; of the stronger one where they cancel each other, and 0 where there is none.
fn direction(a: Complex32, b: Complex32) -> Complex32 {
    let stronger = if a.norm_sqr() < b.norm_sqr() { b } else { a };
    let sum = a + b;
    let of = if sum.norm_sqr() > 1e-6 * stronger.norm_sqr() {
        sum
    } else {
        stronger
    };
    let norm = of.norm();
    if norm > 0.0 {
        of / norm
    } else {
        Complex32::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_masks_hold_both_sounds_and_stay_masks() {
        let polar = Complex32::from_polar;
        let cases = [
            (polar(0.5, 0.0), polar(0.5, 0.0), polar(0.75, 0.0)),
            (polar(0.0, 0.0), polar(0.8, 1.0), polar(0.8, 1.0)),
            (polar(1.0, 0.3), polar(1.0, 0.3), polar(1.0, 0.3)),
            (polar(0.0, 0.0), polar(0.0, 0.0), polar(0.0, 0.0)),
            (
                polar(0.5, 0.0),
                polar(0.5, std::f32::consts::PI),
                polar(0.75, 0.0),
            ),
        ];
        for (a, b, expected) in cases {
            let mut masks = [a];
            join(&mut masks, &[b]);
            assert!((masks[0] - expected).norm() < 1e-6, "{a} and {b}: {}", masks[0]);
        }
    }

    #[test]
    fn gains_are_joined_to_the_bit_as_masks_are() {
        for step in 0..2_000 {
            let [a, b] = [step % 45, step / 45].map(|value| value as f32 / 44.0);
            let mut masks = [Complex32::new(a, 0.0)];
            join(&mut masks, &[Complex32::new(b, 0.0)]);
            let general = direction(Complex32::new(a, 0.0), Complex32::new(b, 0.0))
                * (1.0 - (1.0 - a.hypot(0.0)) * (1.0 - b.hypot(0.0)));
            assert_eq!(masks[0], general, "{a} and {b}");
        }
    }

    #[test]
    fn what_is_not_wanted_takes_the_bins_that_it_hears() {
        let real = |value: f32| Complex32::new(value, 0.0);
        let mut masks = [real(0.8), real(0.8), real(0.2), real(0.0), real(0.0)];
        exclude(
            &[
                real(0.0),
                real(0.5),
                real(1.0),
                Complex32::new(0.0, 0.9),
                real(0.0),
            ],
            &mut masks,
        );
        let expected = [0.8, 0.6, 0.0, 0.0, 0.0];
        for (mask, expected) in masks.iter().zip(expected) {
            assert!((mask.re - expected).abs() < 1e-6, "{mask} instead of {expected}");
        }
        all_but(
            &[
                real(0.5),
                Complex32::new(0.0, 1.0),
                real(0.0),
                real(1.5),
                real(1.0),
            ],
            &mut masks,
        );
        assert_eq!(masks.map(|mask| mask.re), [0.75, 0.0, 1.0, 0.0, 0.0]);
    }

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
