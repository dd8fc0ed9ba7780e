//! Model files of any names and shapes, on weights that were made here.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

/// Writes tensors of these names and shapes, with the values that `weights` makes of each.
pub(crate) fn write<Values: Iterator<Item = f32>>(
    path: &Path,
    tensors: impl IntoIterator<Item = (String, Vec<usize>)>,
    weights: impl Fn(&str, &[usize]) -> Values,
) {
    let bytes: BTreeMap<String, (Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, shape)| {
            let bytes = weights(&name, &shape).flat_map(f32::to_le_bytes).collect();
            (name, (shape, bytes))
        })
        .collect();
    let views = bytes.iter().map(|(name, (shape, bytes))| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        (name, view.expect("as many values as the shape says"))
    });
    safetensors::serialize_to_file(views, None, path).expect("a file");
}
