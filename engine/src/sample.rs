//! Which numbers are sound.
//!
//! A host may hand over anything: NaN and infinities of a broken neighbour, or samples far beyond what sound can be. They pass
//! where the input passes unchanged, and nowhere else.

/// Beyond 80 dB over full scale nothing is a sound any more, and squares stay far from infinity.
const LOUDEST: f32 = 1e4;
/// Below −400 dB nothing is heard, and numbers would be denormal, and slow, after the next filter.
const FAINTEST: f32 = 1e-20;

/// What the separator may hear: numbers within reason.
pub(crate) fn analysed(sample: f32) -> f32 {
    if sample.abs() < FAINTEST {
        0.0
    } else {
        bounded(sample)
    }
}

/// What may be mixed, and measured: no infinity, nothing that is no number, nothing beyond 80 dB over full scale.
pub(crate) fn bounded(sample: f32) -> f32 {
    if sample.is_finite() {
        sample.clamp(-LOUDEST, LOUDEST)
    } else {
        0.0
    }
}

/// The same bits, or 0 for what is no finite number.
pub(crate) fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

/// The largest magnitude.
pub(crate) fn peak(samples: &[f32]) -> f32 {
    // Magnitudes are in the order of their bits, taken as integers: those have a maximum on every processor's vectors.
    let magnitude = |sample: &f32| sample.abs().to_bits() as i32;
    let number = |bits: i32| {
        if bits < f32::INFINITY.to_bits() as i32 {
            bits
        } else {
            0
        }
    };
    let largest = samples.iter().map(magnitude).map(number).fold(0, i32::max);
    f32::from_bits(largest as u32).min(LOUDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sound_is_silence_and_what_is_one_keeps_its_bits() {
        for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(
                (analysed(broken), bounded(broken), finite(broken)),
                (0.0, 0.0, 0.0)
            );
        }
        assert_eq!((bounded(f32::MAX), finite(f32::MAX)), (LOUDEST, f32::MAX));
        for sound in [-0.0f32, 0.3, -7.25] {
            assert_eq!(bounded(sound).to_bits(), sound.to_bits());
        }
        assert_eq!(analysed(1e-30), 0.0);
        assert_eq!(bounded(1e-30), 1e-30);
        assert_eq!(peak(&[0.25, f32::NAN, -0.5, f32::INFINITY, -f32::NAN]), 0.5);
        assert_eq!(peak(&[-0.0, 1e-42]), 1e-42);
        assert_eq!(peak(&[1.0, f32::MIN]), LOUDEST);
        assert_eq!(peak(&[]), 0.0);
    }
}
