//! Several ways to say one sound.

use earmark_models::Condition;

/// What lies between conditions of one encoder that all mean one sound: their mean, of unit norm, each counting alike whatever its
/// own norm. Where the length of an encoder's vectors says something it counts, as in the mean over a film's pictures that CLIPSep was
/// trained with. `None` where there are none, or they cancel out.
pub fn mean(conditions: &[Condition]) -> Option<Condition> {
    let first = conditions.first()?;
    let is_unit = first.encoder.is_unit();
    let mut sum = vec![0.0; first.values.len()];
    for condition in conditions {
        let norm = if is_unit {
            norm(&condition.values)
        } else {
            conditions.len() as f32
        };
        let values = condition.values.iter().map(|value| value / norm);
        sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    let norm = norm(&sum);
    let is_somewhere = norm > 1e-3;
    let norm = if is_unit { norm } else { 1.0 };
    is_somewhere.then(|| Condition {
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
    fn lengths_that_say_something_count() {
        let of = |values: &[f32]| Condition {
            encoder: EncoderKind::ClipSep,
            values: values.into(),
        };
        assert_eq!(mean(&[of(&[8.0, 0.0]), of(&[0.0, 12.0])]), Some(of(&[4.0, 6.0])));
        assert_eq!(mean(&[of(&[8.0, 6.0])]), Some(of(&[8.0, 6.0])));
        assert_eq!(mean(&[of(&[8.0, 6.0]), of(&[-8.0, -6.0])]), None);
    }
}
