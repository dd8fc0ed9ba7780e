//! Model files for tests: networks that are small enough, on weights that were made here.

use earmark_library::Folders;
use earmark_models::imported;
use earmark_models::procedural;
use serde_json::{Map, Value, json};

/// Names and shapes of tensors.
type Shapes = Vec<(String, Vec<usize>)>;

/// Installs a network of this config as `id`, with entries of the header beside those that each file has.
pub(super) fn install(
    folders: &Folders,
    id: &str,
    config: &str,
    parts: &[(&str, Shapes)],
    more: &[(&str, String)],
) {
    let mut entries = json!({
        imported::FORMAT_KEY: "1",
        imported::ID_KEY: id,
        imported::NAME_KEY: "A small one",
        imported::CONFIG_KEY: config,
    });
    for (key, value) in more {
        entries[key] = Value::String(value.clone());
    }
    let mut header = Map::new();
    header.insert("__metadata__".into(), entries);
    let mut bytes = Vec::new();
    for (part, shapes) in parts {
        for (name, shape) in shapes {
            let begin = bytes.len();
            let values = weights(name, shape);
            bytes.extend(values.flat_map(f32::to_le_bytes));
            let tensor = json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, bytes.len()]});
            header.insert(format!("{part}{name}"), tensor);
        }
    }
    let header = serde_json::to_vec(&header).expect("plain data");
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(bytes);
    std::fs::create_dir_all(folders.models()).expect("a folder of the test's");
    let place = folders.models().join(format!("{id}.safetensors"));
    std::fs::write(place, file).expect("a folder of the test's");
}

/// Values with which signals keep their power from layer to layer.
fn weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (mean, width) = match shape {
        [_] if name.ends_with("bias") || name.ends_with("mean") => (0.0, 0.1),
        // Variances among them, which are above 0.
        [_] => (1.0, 0.4),
        shape => {
            let inputs = shape.iter().skip(1).product::<usize>().max(1);
            (0.0, (3.0 / inputs as f32).sqrt())
        }
    };
    procedural::uniform(name, shape.iter().product()).map(move |value| mean + width * value)
}
