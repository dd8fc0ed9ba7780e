//! Which stretches of a clip CLAP's audio tower is given (AudioSep, `models/CLAP/training/data.py`: `get_audio_features`).
//!
//! It reads ten seconds. What is shorter is repeated as often as it fits, and silence follows, as in the published code. Of what is
//! longer the published code takes ten seconds at random; here the whole is covered, and the same clip always gives the same.
//! Silence before and after the sound is left out, which the published code does not do: of a short sound in a long silence the tower
//! would mostly hear the silence.

use super::example::example;
use crate::error::ModelError;

/// The longest clip that is read, in excerpts: a minute.
const MOST: usize = 6;
/// The shortest, as a part of an excerpt: 0.1 s.
const SHORTEST: usize = 100;

/// Excerpts of `len` samples each that cover a clip of such samples at `rate` Hz.
///
/// # Errors
/// [`ModelError::SilentClip`], [`ModelError::ShortClip`] and [`ModelError::LongClip`].
pub(super) fn excerpts(clip: &[f32], len: usize, rate: u32) -> Result<Vec<Vec<f32>>, ModelError> {
    let sound = example(clip, rate, len / SHORTEST..=MOST * len)?;
    if sound.len() < len {
        let mut excerpt = sound.repeat(len / sound.len());
        excerpt.resize(len, 0.0);
        return Ok(vec![excerpt]);
    }
    let (count, room) = (sound.len().div_ceil(len), sound.len() - len);
    // Those in between overlap alike.
    let starts = (0..count).map(|index| room * index / (count - 1).max(1));
    Ok(starts.map(|start| sound[start..start + len].to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 1000;

    fn of(clip: &[f32]) -> Result<Vec<Vec<f32>>, ModelError> {
        excerpts(clip, 1000, RATE)
    }

    fn noise(len: usize) -> Vec<f32> {
        crate::procedural::uniform("noise", len)
            .map(|value| 0.5 + 0.4 * value)
            .collect()
    }

    #[test]
    fn what_is_short_is_repeated_and_what_is_long_is_covered() {
        let sound = noise(2700);
        let [short] = &of(&sound[..300]).unwrap()[..] else {
            panic!("one excerpt holds it");
        };
        assert_eq!(short[600..900], sound[..300]);
        assert_eq!(short[900..], [0.0; 100]);
        assert_eq!(of(&sound[..1000]).unwrap(), [&sound[..1000]]);
        let starts = [0, 850, 1700];
        let expected = starts.map(|start| sound[start..start + 1000].to_vec());
        assert_eq!(of(&sound).unwrap(), expected);
    }

    #[test]
    fn silence_around_the_sound_makes_no_difference() {
        let sound = noise(300);
        let hush = vec![1e-5; 700];
        let around = [&hush[..], &sound, &hush, &[0.0; 5000]].concat();
        assert_eq!(of(&around).unwrap(), of(&sound).unwrap());
        let gap = [&sound[..], &hush, &sound].concat();
        assert_eq!(of(&gap).unwrap()[0], gap[..1000], "silence inside is part of it");
    }

    #[test]
    fn no_sound_too_little_and_too_much_are_refused() {
        for silence in [vec![], vec![0.0; 2000], vec![5e-5; 2000]] {
            assert!(matches!(of(&silence), Err(ModelError::SilentClip)));
        }
        assert!(of(&noise(10)).is_ok() && of(&noise(6000)).is_ok());
        assert!(matches!(of(&noise(9)), Err(ModelError::ShortClip { .. })));
        assert!(matches!(of(&noise(6001)), Err(ModelError::LongClip { .. })));
    }
}
