//! Which stretches of a clip USS's query net is given (bytedance/uss at c19e2c5, `uss/inference.py`: `calculate_query_emb`;
//! `uss/utils.py`: `remove_silence`, `repeat_to_length`).
//!
//! Tenths of a second in which nothing is loud are cut out, whatever is left over at the end with them. What remains is cut into
//! stretches of two seconds, of which a short last one is repeated until it is as long.

use crate::error::ModelError;

/// The sample at which a frame is no silence: −34 dB of full scale.
const LOUD: f32 = 0.02;
/// Frames per second.
const FRAMES: usize = 10;
/// Length of a stretch in seconds.
const SECONDS: usize = 2;
/// The longest clip that is read, in stretches: a minute.
const MOST: usize = 30;

/// Stretches of two seconds each that cover the sound in a clip of samples at `rate` Hz.
///
/// # Errors
/// [`ModelError::ShortClip`], [`ModelError::QuietClip`], [`ModelError::SilentClip`] and [`ModelError::LongClip`].
pub(super) fn segments(clip: &[f32], rate: u32) -> Result<Vec<Vec<f32>>, ModelError> {
    let seconds = |samples: usize| samples as f64 / f64::from(rate);
    let (frame, len) = (rate as usize / FRAMES, rate as usize * SECONDS);
    let peak = |samples: &[f32]| {
        samples
            .iter()
            .fold(0.0_f32, |peak, sample| peak.max(sample.abs()))
    };
    let whole = peak(clip);
    if whole == 0.0 {
        return Err(ModelError::SilentClip);
    }
    if clip.len() < frame {
        return Err(ModelError::ShortClip {
            given: seconds(clip.len()),
            least: seconds(frame),
        });
    }
    let loud = clip.chunks_exact(frame).filter(|frame| peak(frame) > LOUD);
    let sound: Vec<f32> = loud.flatten().copied().collect();
    if sound.is_empty() {
        return Err(ModelError::QuietClip {
            given: decibels(whole),
            least: decibels(LOUD),
        });
    }
    if sound.len() > MOST * len {
        return Err(ModelError::LongClip {
            given: seconds(sound.len()),
            most: seconds(MOST * len),
        });
    }
    let repeated = |segment: &[f32]| segment.iter().copied().cycle().take(len).collect();
    Ok(sound.chunks(len).map(repeated).collect())
}

fn decibels(sample: f32) -> f64 {
    20.0 * f64::from(sample).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 1000;

    fn of(clip: &[f32]) -> Result<Vec<Vec<f32>>, ModelError> {
        segments(clip, RATE)
    }

    fn noise(len: usize) -> Vec<f32> {
        crate::procedural::uniform("noise", len)
            .map(|value| 0.5 + 0.4 * value)
            .collect()
    }

    #[test]
    fn what_is_short_is_repeated_and_what_is_long_is_covered() {
        let sound = noise(5300);
        let repeated = |part: &[f32]| part.repeat(20)[..2000].to_vec();
        assert_eq!(of(&sound[..300]).unwrap(), [repeated(&sound[..300])]);
        assert_eq!(of(&sound[..2000]).unwrap(), [&sound[..2000]]);
        let expected = [
            sound[..2000].to_vec(),
            sound[2000..4000].to_vec(),
            repeated(&sound[4000..]),
        ];
        assert_eq!(of(&sound).unwrap(), expected);
    }

    #[test]
    fn silent_frames_are_cut_out_and_a_part_of_one_at_the_end() {
        let (sound, hush) = (noise(300), vec![0.02; 400]);
        let around = [
            &hush[..],
            &sound[..200],
            &hush,
            &sound[200..],
            &hush,
            &sound[..50],
        ]
        .concat();
        assert_eq!(of(&around).unwrap(), of(&sound).unwrap());
    }

    #[test]
    fn no_sound_too_little_and_too_much_are_refused() {
        for silence in [vec![], vec![0.0; 5000]] {
            assert!(matches!(of(&silence), Err(ModelError::SilentClip)));
        }
        for quiet in [vec![0.02; 5000], [vec![0.0; 5000], vec![0.5; 99]].concat()] {
            assert!(matches!(of(&quiet), Err(ModelError::QuietClip { .. })));
        }
        assert!(of(&noise(100)).is_ok() && of(&noise(60_000)).is_ok());
        assert!(matches!(of(&noise(99)), Err(ModelError::ShortClip { .. })));
        assert!(matches!(of(&noise(60_100)), Err(ModelError::LongClip { .. })));
    }
}
