//! From the token that stands for all to a tower's vector.

use earmark_kernels::Threads;

use super::super::dense::{Dense, LayerNorm};
use super::layout::{Layout, Side};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// The vector of a token `[width]`: normalised, then projected to `condition_size` values. Not of unit norm.
pub(super) fn project(
    source: &dyn Tensors,
    (layout, side): (Layout, Side),
    threads: &Threads,
    token: &[f32],
    condition_size: usize,
) -> Result<Vec<f32>, ModelError> {
    let width = token.len();
    let normal = LayerNorm::load(source, layout.last_norm(side), width)?.of(token);
    let (name, shape) = layout.projection_tensor(side, width, condition_size);
    let weights = source.floats(&name, &shape)?;
    let value = |input: usize, output: usize| match layout.projection_axis() {
        0 => weights[output * width + input],
        _ => weights[input * condition_size + output],
    };
    Ok(Dense::of(width, condition_size, None, value).apply(threads, &normal, |_| ()))
}
