//! What a query adds to a map: two dense layers, each with a ReLU (`model/film.py`).

use crate::error::ModelError;
use crate::tensors::Tensors;

pub(super) struct Film {
    wide: Linear,
    narrow: Linear,
}

impl Film {
    /// Of so many channels, by the name that its tensors begin with.
    pub(super) fn load(
        tensors: &dyn Tensors,
        name: &str,
        channels: usize,
        condition: usize,
    ) -> Result<Film, ModelError> {
        Ok(Film {
            wide: Linear::load(tensors, &format!("{name}.linear.0"), 2 * channels, condition)?,
            narrow: Linear::load(tensors, &format!("{name}.linear.2"), channels, 2 * channels)?,
        })
    }

    /// `[channels]`, none below 0.
    pub(super) fn of(&self, condition: &[f32]) -> Vec<f32> {
        self.narrow.of(&self.wide.of(condition))
    }
}

struct Linear {
    /// `[outputs, inputs]`.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    fn load(tensors: &dyn Tensors, name: &str, outputs: usize, inputs: usize) -> Result<Linear, ModelError> {
        Ok(Linear {
            weight: tensors.floats(&format!("{name}.weight"), &[outputs, inputs])?,
            bias: tensors.floats(&format!("{name}.bias"), &[outputs])?,
        })
    }

    fn of(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(x.len()).zip(&self.bias);
        let dot = |row: &[f32]| row.iter().zip(x).map(|(a, b)| a * b).sum::<f32>();
        rows.map(|(row, bias)| (dot(row) + bias).max(0.0)).collect()
    }
}
