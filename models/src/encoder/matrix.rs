//! Matrices that are stored in 8 bits: signed bytes with one scale for every few values of a row.

use candle_core::{Device, Tensor};

use crate::error::ModelError;
use crate::weights::Weights;

/// Values that share a scale.
const GROUP: usize = 64;

/// A table of rows that are looked up one by one, kept as it is stored.
pub(super) struct Table {
    columns: usize,
    values: Values,
}

enum Values {
    Floats(Vec<f32>),
    Bytes { bytes: Vec<i8>, scales: Vec<f32> },
}

impl Table {
    /// Reads `name` `[rows, columns]` and, where it is in bytes, `name.scale` `[rows, columns / 64]`.
    pub(super) fn load(
        weights: &Weights,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Table, ModelError> {
        let values = match weights.bytes(name, &[rows, columns])? {
            Some(bytes) => {
                let scales = weights.floats(&format!("{name}.scale"), &[rows, columns / GROUP])?;
                Values::Bytes { bytes, scales }
            }
            None => Values::Floats(weights.floats(name, &[rows, columns])?),
        };
        Ok(Table { columns, values })
    }

    /// Of these rows, one after the other.
    pub(super) fn of_floats(values: Vec<f32>, columns: usize) -> Table {
        Table {
            columns,
            values: Values::Floats(values),
        }
    }

    /// Adds row `row` to `out` `[columns]`.
    pub(super) fn add_row(&self, row: usize, out: &mut [f32]) {
        let range = row * self.columns..(row + 1) * self.columns;
        match &self.values {
            Values::Floats(values) => out
                .iter_mut()
                .zip(&values[range])
                .for_each(|(out, value)| *out += value),
            Values::Bytes { bytes, scales } => {
                let groups = out.chunks_exact_mut(GROUP).zip(bytes[range].chunks_exact(GROUP));
                for ((out, bytes), scale) in groups.zip(&scales[row * self.columns / GROUP..]) {
                    out.iter_mut()
                        .zip(bytes)
                        .for_each(|(out, &byte)| *out += f32::from(byte) * scale);
                }
            }
        }
    }
}

/// Reads a matrix as [`Table::load`] does, as a tensor of 32-bit floats.
pub(super) fn load(weights: &Weights, name: &str, rows: usize, columns: usize) -> Result<Tensor, ModelError> {
    let table = Table::load(weights, name, rows, columns)?;
    let mut values = vec![0.0; rows * columns];
    for (row, out) in values.chunks_exact_mut(columns).enumerate() {
        table.add_row(row, out);
    }
    Ok(Tensor::from_vec(values, (rows, columns), &Device::Cpu)?)
}
