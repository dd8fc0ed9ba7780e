//! A model for tests of devices: AudioSep's network with few channels and bins, at 8 kHz, so that even a processor in the place
//! of a graphics card computes it live. It separates nothing.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::bundle;
use crate::error::HostError;

/// By which it is asked for.
pub const ID: &str = "narrow";

/// Values of a query: those of the bundled encoder, so that it needs none of its own.
const CONDITION: usize = 384;

/// Writes it into a user's folder of models, below `data`.
///
/// # Errors
/// [`HostError::File`] when its weights are not there or it cannot be written.
pub fn install(data: &Path) -> Result<(), HostError> {
    let fixture = bundle::repository().join("models/tests/fixtures/micro_state.safetensors");
    let file = |path: &Path, reason: String| HostError::File {
        path: path.to_owned(),
        reason,
    };
    let bytes = std::fs::read(&fixture).map_err(|error| file(&fixture, error.to_string()))?;
    let model = model(&bytes).ok_or_else(|| file(&fixture, "it is no safetensors file".into()))?;
    let folder = data.join("models");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join(format!("{ID}.safetensors")), model))
        .map_err(|error| file(&folder, error.to_string()))
}

fn config() -> Value {
    let stage = |channels: usize, time: usize| json!({"channels": channels, "time": time, "frequency": 2});
    json!({
        "sample_rate": 8_000,
        "top_band": [2_500, 3_500],
        "stft": {"window": 128, "hop": 64, "kind": "hann"},
        "encoder": "minilm",
        "condition_size": CONDITION,
        "film": "additive",
        "stem": 4,
        "stages": [stage(4, 2), stage(6, 2), stage(8, 2), stage(10, 2), stage(12, 2), stage(12, 1)],
        "middle": 12,
    })
}

/// The file of the model, from a file with the network's weights for queries of more values.
fn model(fixture: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = fixture.split_first_chunk::<8>()?;
    let (header, values) = rest.split_at_checked(u64::from_le_bytes(*length) as usize)?;
    let tensors: Map<String, Value> = serde_json::from_slice(header).ok()?;
    let mut entries = Map::new();
    let mut bytes = Vec::new();
    for (name, tensor) in tensors.iter().filter(|(name, _)| *name != "__metadata__") {
        let offset = |index: usize| Some(tensor["data_offsets"][index].as_u64()? as usize);
        let stored = values.get(offset(0)?..offset(1)?)?;
        let mut shape: Vec<u64> = serde_json::from_value(tensor["shape"].clone()).ok()?;
        let begin = bytes.len();
        match shape[..] {
            // A row for each value that the query shifts: its first ones.
            [_, columns] => {
                let rows = stored.chunks_exact(columns as usize * size_of::<f32>());
                bytes.extend(rows.flat_map(|row| &row[..CONDITION * size_of::<f32>()]));
                shape[1] = CONDITION as u64;
            }
            _ => bytes.extend(stored),
        }
        let entry = json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, bytes.len()]});
        entries.insert(format!("resunet.{name}"), entry);
    }
    let about = json!({
        "earmark.format": "1",
        "earmark.id": ID,
        "earmark.name": "A narrow network",
        "earmark.config": config().to_string(),
    });
    entries.insert("__metadata__".into(), about);
    let header = Value::Object(entries).to_string();
    Some([&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes].concat())
}
