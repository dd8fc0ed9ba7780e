//! How far two sound files are apart.

use std::path::Path;

use crate::error::TaskError;

/// The largest difference of two samples of the same place. Full scale is 1.
///
/// # Errors
/// [`TaskError::Differs`] when a file is no WAV of 32-bit floating point or their layouts or lengths differ.
pub(super) fn largest(one: &Path, other: &Path) -> Result<f32, TaskError> {
    let (one_spec, ones) = samples(one)?;
    let (other_spec, others) = samples(other)?;
    if one_spec != other_spec || ones.len() != others.len() {
        return Err(TaskError::Differs(format!(
            "{} and {} are not of one layout and length: {} and {} samples",
            one.display(),
            other.display(),
            ones.len(),
            others.len()
        )));
    }
    let apart = ones.iter().zip(&others).map(|(a, b)| (a - b).abs());
    // What is no number is as far apart as can be, and `f32::max` would pass over it.
    let farther = |largest: f32, next: f32| {
        if largest.is_nan() || next <= largest {
            largest
        } else {
            next
        }
    };
    Ok(apart.fold(0.0, farther))
}

fn samples(path: &Path) -> Result<(hound::WavSpec, Vec<f32>), TaskError> {
    let failed =
        |error: hound::Error| TaskError::Differs(format!("cannot compare {}: {error}", path.display()));
    let mut reader = hound::WavReader::open(path).map_err(failed)?;
    let samples: Result<_, _> = reader.samples::<f32>().collect();
    Ok((reader.spec(), samples.map_err(failed)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_found_and_what_is_no_number_is_not_passed_over() {
        let folder = std::env::temp_dir().join(format!("earmark-difference-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 48_000,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let file = |name: &str, samples: &[f32]| {
            let path = folder.join(name);
            let mut writer = hound::WavWriter::create(&path, spec).expect("a file");
            for sample in samples {
                writer.write_sample(*sample).expect("a sample");
            }
            writer.finalize().expect("an end");
            path
        };
        let one = file("one.wav", &[0.0, 0.5, -0.25]);
        assert_eq!(largest(&one, &one).expect("the same"), 0.0);
        let other = file("other.wav", &[0.0, 0.25, -0.25]);
        assert_eq!(largest(&one, &other).expect("another"), 0.25);
        let broken = file("broken.wav", &[f32::NAN, 0.5, -0.25]);
        assert!(largest(&one, &broken).expect("broken").is_nan());
        assert!(largest(&one, &file("short.wav", &[0.0])).is_err());
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
