//! Scaling to unit norm.

use crate::error::ModelError;

/// Scales an embedding to unit norm.
pub(crate) fn unit(mut values: Vec<f32>) -> Result<Vec<f32>, ModelError> {
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    if !norm.is_finite() {
        let reason = "its encoder computes numbers without bounds".into();
        return Err(ModelError::Weights { reason });
    }
    values.iter_mut().for_each(|value| *value /= norm.max(1e-12));
    Ok(values)
}
