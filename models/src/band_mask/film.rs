//! What a query does to a layer.

use super::linear::Linear;

/// What a value of each channel is multiplied by and shifted by, `[channels]` each: gain and FiLM in one.
pub(super) struct Modulation {
    scale: Box<[f32]>,
    shift: Box<[f32]>,
}

impl Modulation {
    /// From a layer that makes gamma and beta of the query, both of the length of `gain`; without one, the gain alone.
    pub(super) fn new(film: Option<&Linear>, gain: &[f32], query: &[f32]) -> Modulation {
        let channels = gain.len();
        let mut both = vec![0.0; 2 * channels];
        if let Some(film) = film {
            film.apply(query, &mut both);
        }
        let (gamma, beta) = both.split_at(channels);
        Modulation {
            scale: gain
                .iter()
                .zip(gamma)
                .map(|(g, gamma)| g * (1.0 + gamma))
                .collect(),
            shift: beta.into(),
        }
    }

    /// Scales and shifts `x`, `[any, channels]`.
    pub(super) fn apply(&self, x: &mut [f32]) {
        for x in x.chunks_exact_mut(self.scale.len()) {
            for ((x, scale), shift) in x.iter_mut().zip(&self.scale).zip(&self.shift) {
                *x = *x * scale + shift;
            }
        }
    }

    /// Each row of `x` divided by its root mean square, scaled and shifted, into `y`; both `[any, channels]`.
    pub(super) fn normalise(&self, x: &[f32], y: &mut [f32]) {
        let channels = self.scale.len();
        for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
            let power = x.iter().map(|value| value * value).sum::<f32>() / channels as f32;
            let inverse = 1.0 / (power + 1e-6).sqrt();
            for (((y, x), scale), shift) in y.iter_mut().zip(x).zip(&self.scale).zip(&self.shift) {
                *y = x * inverse * scale + shift;
            }
        }
    }
}
