//! What of a clip is an example of a sound.

use std::ops::RangeInclusive;

use crate::error::ModelError;

/// The loudest sample of a clip that is no silence: −80 dB of full scale.
const AUDIBLE: f32 = 1e-4;
/// Below the loudest sample by this factor, 60 dB, the sound has not begun or is over.
const QUIET: f32 = 1e-3;

/// A clip at `rate` Hz without the silence before and after its sound, which must have so many samples.
///
/// # Errors
/// [`ModelError::SilentClip`], [`ModelError::ShortClip`] and [`ModelError::LongClip`].
pub(crate) fn example(clip: &[f32], rate: u32, lengths: RangeInclusive<usize>) -> Result<&[f32], ModelError> {
    let seconds = |samples: usize| samples as f64 / f64::from(rate);
    let peak = clip.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let is_sound = |sample: &f32| sample.abs() > peak * QUIET;
    let (first, last) = (clip.iter().position(is_sound), clip.iter().rposition(is_sound));
    let (Some(first), Some(last), true) = (first, last, peak >= AUDIBLE) else {
        return Err(ModelError::SilentClip);
    };
    let sound = &clip[first..=last];
    if sound.len() < *lengths.start() {
        return Err(ModelError::ShortClip {
            given: seconds(sound.len()),
            least: seconds(*lengths.start()),
        });
    }
    if sound.len() > *lengths.end() {
        return Err(ModelError::LongClip {
            given: seconds(sound.len()),
            most: seconds(*lengths.end()),
        });
    }
    Ok(sound)
}
