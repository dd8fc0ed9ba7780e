//! The Hub's safetensors files: a header of JSON, then the values (<https://github.com/huggingface/safetensors>).

use earmark_models::architecture::Architecture;
use earmark_models::imported::FORMAT_KEY;
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use serde::Deserialize;

use super::error::{ImportError, legible};
use super::names::Known;
use super::pickle::ScalarType;
use super::source::{Contents, Source, Tensor};

/// Longest header in bytes. AudioSep's is about 0.1 MB.
const LONGEST_HEADER: u64 = 16 << 20;

/// Finds the tensors of the safetensors file that `source` is.
pub(super) fn open(
    mut source: Source,
    architectures: &'static [&'static Architecture],
) -> Result<Source, ImportError> {
    let mut length = [0; 8];
    source.stretch(0, 8, 8, &mut |bytes| {
        length.copy_from_slice(bytes);
        Ok(())
    })?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER {
        let reason = format!("its header has {length} bytes, {LONGEST_HEADER} being the most");
        return Err(source.foreign(reason));
    }
    if 8 + length > source.bytes {
        return Err(source.damaged("its header reaches beyond its end"));
    }
    let mut header = Vec::new();
    source.stretch(8, length, 1 << 16, &mut |bytes| {
        header.extend_from_slice(bytes);
        Ok(())
    })?;
    let header: Metadata = serde_json::from_slice(&header).map_err(|error| {
        let reason = format!("its header cannot be read ({})", legible(&error.to_string()));
        source.damaged(&reason)
    })?;
    let entries = header.metadata().as_ref();
    if entries.is_some_and(|entries| entries.contains_key(FORMAT_KEY)) {
        let file = source.name.clone();
        return Err(ImportError::AlreadyImported { file });
    }
    let (announced, given) = (header.data_len() as u64, source.bytes - 8 - length);
    if announced != given {
        let reason = format!("it has {given} bytes of values where its header announces {announced}");
        return Err(source.damaged(&reason));
    }
    let config = entries.and_then(|entries| entries.get("config"));
    let known = match config.and_then(|config| architecture(config)) {
        None => Known::by_names(architectures),
        Some(name) => {
            let named = architectures
                .iter()
                .find(|architecture| architecture.name == name);
            let named = named.ok_or_else(|| ImportError::Architecture {
                file: source.name.clone(),
                given: legible(&name),
                known: architectures
                    .iter()
                    .map(|architecture| architecture.name)
                    .collect::<Vec<_>>()
                    .join(" and "),
            })?;
            Known::by_architecture(named)
        }
    };
    let mut found = Contents::new(known);
    found.config = config.cloned();
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else { continue };
        if found.known.locate(&name).is_none() {
            found.others.add(&name);
            continue;
        }
        let scalar = match info.dtype {
            Dtype::F16 => ScalarType::F16,
            Dtype::BF16 => ScalarType::BF16,
            Dtype::F32 => ScalarType::F32,
            Dtype::F64 => ScalarType::F64,
            Dtype::I8 => ScalarType::I8,
            _ => ScalarType::Other("integers or 8-bit floats", 1),
        };
        let start = 8 + length + info.data_offsets.0 as u64;
        match Tensor::in_a_row(scalar, info.shape.clone(), start) {
            Some(tensor) => source.insert(&mut found, &name, tensor)?,
            None => found.unreadable.push(name),
        }
    }
    source.contents = found;
    Ok(source)
}

/// The architecture that a config names.
fn architecture(config: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        architecture: String,
    }
    let named: Named = serde_json::from_str(config).ok()?;
    Some(named.architecture)
}
