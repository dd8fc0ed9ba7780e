//! Several ways to say one sound.

use earmark_models::encoder::Vectors;
use earmark_models::{Condition, encoders};

/// What lies between conditions of one encoder that all mean one sound: their mean. Where the encoder's vectors are of unit norm, it is
/// so too, and each counts alike whatever its own norm; others are taken as they come. `None` where there are none, or they cancel
/// out.
pub fn mean(conditions: &[Condition]) -> Option<Condition> {
    let first = conditions.first()?;
    let vectors = encoders::of(first.encoder).vectors;
    if vectors == Vectors::Unit {
        return unit_mean(conditions, first);
    }
    let share = 1.0 / conditions.len() as f32;
    let mut values = vec![0.0; first.values.len()];
    for condition in conditions {
        let given = condition.values.iter();
        values
            .iter_mut()
            .zip(given)
            .for_each(|(mean, value)| *mean += value * share);
    }
    vectors.holds(&values).then(|| Condition {
        encoder: first.encoder,
        values: values.into(),
    })
}

fn unit_mean(conditions: &[Condition], first: &Condition) -> Option<Condition> {
    let mut sum = vec![0.0; first.values.len()];
    for condition in conditions {
        let norm = norm(&condition.values);
        let values = condition.values.iter().map(|value| value / norm);
        sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    let norm = norm(&sum);
    (norm > 1e-3).then(|| Condition {
        encoder: first.encoder,
        values: sum.iter().map(|value| value / norm).collect(),
    })
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use earmark_models::EncoderKind;

    use super::*;

    fn of(values: &[f32]) -> Condition {
        Condition {
            encoder: EncoderKind::Clap,
            values: values.into(),
        }
    }

    #[test]
    fn the_mean_is_of_unit_norm_and_each_counts_alike() {
        let half = 0.5f32.sqrt();
        let middle = mean(&[of(&[1.0, 0.0]), of(&[0.0, 3.0])]).expect("they do not cancel out");
        assert!((middle.values[0] - half).abs() < 1e-6 && (middle.values[1] - half).abs() < 1e-6);
        assert_eq!(mean(&[of(&[0.6, 0.8])]), Some(of(&[0.6, 0.8])));
        assert_eq!(mean(&[of(&[1.0, 0.0]), of(&[-1.0, 0.0])]), None);
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn what_has_no_unit_norm_is_taken_as_it_comes() {
        let of = |encoder, values: &[f32]| Condition {
            encoder,
            values: values.into(),
        };
        for (encoder, loud, between) in [
            (EncoderKind::AudiosetTags, [0.75, 0.0], [0.5, 0.125]),
            (EncoderKind::Cnn14, [30.0, 0.0], [15.125, 0.125]),
            // As in the mean over a film's pictures that CLIPSep was trained with.
            (EncoderKind::ClipSep, [8.0, 12.0], [4.125, 6.125]),
        ] {
            let all = [of(encoder, &loud), of(encoder, &[0.25, 0.25])];
            assert_eq!(mean(&all), Some(of(encoder, &between)));
            assert_eq!(mean(&[of(encoder, &[0.0, 0.0])]), None);
        }
    }
}
