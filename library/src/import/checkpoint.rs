//! PyTorch's checkpoints: a zip of one pickle, which describes tensors, and of their values.
//!
//! `torch.save` writes `NAME/data.pkl`, `NAME/data/0`, `NAME/data/1`, … and `NAME/byteorder`, all of them stored as they
//! are (`torch/serialization.py`, `_save`; `caffe2/serialize/inline_container.cc`). Lightning's checkpoints and CLAP's
//! have their weights under `state_dict`, LASS-Net's under `model`, beside states of optimisers and the like, which are passed
//! over; the Hub's `pytorch_model.bin` is the dictionary itself.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

use super::end_record;
use super::error::{ImportError, legible};
use super::names::Known;
use super::pickle::{self, Pickle, TensorView, Value};
use super::source::{Contents, Extent, Source, Tensor};

/// Finds the tensors of the checkpoint that `source` is, of parts that are known by their names.
pub(super) fn open(mut source: Source, known: Known) -> Result<Source, ImportError> {
    let mut archive = Archive::open(&source)?;
    if archive
        .read("byteorder", 16)?
        .is_some_and(|order| order == b"big")
    {
        return Err(source.foreign("its numbers are big-endian"));
    }
    let bytes = archive.read("data.pkl", pickle::LONGEST)?;
    let bytes = bytes.ok_or_else(|| source.damaged("its part data.pkl is missing"))?;
    let pickle = pickle::load(&bytes).map_err(|error| {
        let reason = format!("at byte {} of its data.pkl, {}", error.at, legible(&error.reason));
        source.foreign(reason)
    })?;
    let state = state_dict(&pickle).ok_or_else(|| {
        let reason = "it holds no state_dict and is no dictionary of tensors";
        source.foreign(reason)
    })?;
    let mut found = Found {
        source: Contents::new(known),
        extents: HashMap::new(),
    };
    for &(name, value) in state {
        let Value::Text(name) = name else { continue };
        let wanted = found.source.known.locate(name).is_some();
        match pickle.tensor(value).filter(|_| wanted) {
            Some(view) => archive.add(name, view, &mut found)?,
            None if wanted => found.source.unreadable.push(name.into()),
            None => found.source.others.add(name),
        }
    }
    drop(archive);
    source.contents = found.source;
    Ok(source)
}

/// The dictionary of tensors of a checkpoint.
fn state_dict<'p, 'a>(pickle: &'p Pickle<'a>) -> Option<&'p [(Value<'a>, Value<'a>)]> {
    let under = |name| pickle.dict(pickle.get(pickle.root(), name)?);
    if let Some(state) = under("state_dict").or_else(|| under("model")) {
        return Some(state);
    }
    let root = pickle.dict(pickle.root())?;
    root.iter()
        .any(|&(_, value)| pickle.tensor(value).is_some())
        .then_some(root)
}

/// What was found up to now.
struct Found<'a> {
    source: Contents,
    /// Indices of the extents by the storages' keys.
    extents: HashMap<&'a str, usize>,
}

/// The zip of a checkpoint.
struct Archive<'s> {
    source: &'s Source,
    zip: ZipArchive<BufReader<File>>,
    /// Folder of all entries, with its slash.
    folder: String,
}

impl<'s> Archive<'s> {
    fn open(source: &'s Source) -> Result<Archive<'s>, ImportError> {
        end_record::check(source)?;
        let file = source.file.try_clone().map_err(|error| source.unread(error))?;
        // PyTorch's archives are whole files, not appended to anything.
        let config = Config {
            archive_offset: ArchiveOffset::Known(0),
        };
        let zip = ZipArchive::with_config(config, BufReader::new(file)).map_err(|error| {
            source.damaged(&format!(
                "its table of contents cannot be read ({})",
                legible(&error.to_string())
            ))
        })?;
        let folder = zip
            .file_names_raw()
            .filter_map(|name| str::from_utf8(name).ok())
            .find_map(|name| {
                name.strip_suffix("data.pkl")
                    .filter(|folder| folder.matches('/').count() == 1)
            });
        let Some(folder) = folder.map(String::from) else {
            return Err(ImportError::Unknown {
                file: source.name.clone(),
                found: format!("a zip archive of {} files without a data.pkl", zip.len()),
            });
        };
        if zip.index_for_name(&format!("{folder}constants.pkl")).is_some() {
            let file = source.name.clone();
            return Err(ImportError::TorchScript { file });
        }
        Ok(Archive { source, zip, folder })
    }

    /// Where an entry of the folder is; `None` when there is none.
    fn find(&mut self, entry: &str) -> Result<Option<Extent>, ImportError> {
        let Some(index) = self.zip.index_for_name(&format!("{}{entry}", self.folder)) else {
            return Ok(None);
        };
        let (entry, source) = (legible(entry), self.source);
        let found = self.zip.by_index_raw(index).map_err(|error| {
            source.damaged(&format!(
                "its part {entry} cannot be found ({})",
                legible(&error.to_string())
            ))
        })?;
        let stored = found.compression() == CompressionMethod::Stored && !found.encrypted();
        if !stored || found.size() != found.compressed_size() {
            return Err(source.foreign(format!("its part {entry} is compressed or encrypted")));
        }
        let (start, bytes) = (found.data_start(), found.size());
        let end = start.and_then(|start| start.checked_add(bytes));
        match start {
            Some(start) if end.is_some_and(|end| end <= source.bytes) => Ok(Some(Extent {
                entry,
                start,
                bytes,
                crc32: found.crc32(),
            })),
            _ => Err(source.damaged(&format!("its part {entry} reaches beyond its end"))),
        }
    }

    /// The checked bytes of an entry of at most `longest` bytes; `None` when there is none.
    fn read(&mut self, entry: &str, longest: u64) -> Result<Option<Vec<u8>>, ImportError> {
        let Some(extent) = self.find(entry)? else {
            return Ok(None);
        };
        if extent.bytes > longest {
            let reason = format!(
                "its part {entry} has {} bytes, {longest} being the most",
                extent.bytes
            );
            return Err(self.source.foreign(reason));
        }
        self.source.check(&extent, &mut |_| Ok(()))?;
        let mut bytes = Vec::new();
        self.source
            .stretch(extent.start, extent.bytes, 1 << 16, &mut |part| {
                bytes.extend_from_slice(part);
                Ok(())
            })?;
        Ok(Some(bytes))
    }

    /// Adds the tensor `name`.
    fn add<'a>(
        &mut self,
        name: &str,
        view: &TensorView<'a>,
        found: &mut Found<'a>,
    ) -> Result<(), ImportError> {
        let storage = &view.storage;
        let index = match found.extents.get(storage.key) {
            Some(&index) => index,
            None => {
                let extent = self.find(&format!("data/{}", storage.key))?;
                let extent = extent.ok_or_else(|| {
                    let reason = format!(
                        "its part data/{}, values of \"{}\", is missing",
                        storage.key, name
                    );
                    self.source.damaged(&legible(&reason))
                })?;
                found.source.extents.push(extent);
                found.extents.insert(storage.key, found.source.extents.len() - 1);
                found.source.extents.len() - 1
            }
        };
        let extent = &found.source.extents[index];
        let len = extent.bytes / storage.scalar.size() as u64;
        if len < storage.len {
            let reason = format!(
                "its part {} has {len} values where {} are needed",
                extent.entry, storage.len
            );
            return Err(self.source.damaged(&reason));
        }
        let place = (extent.start, view.offset, storage.len);
        let tensor = Tensor::new(
            storage.scalar,
            view.shape.clone(),
            &view.strides,
            place,
            Some(index),
        );
        let tensor = tensor.map_err(|reason| {
            let reason = format!("the tensor \"{}\" is impossible: {reason}", legible(name));
            self.source.foreign(reason)
        })?;
        self.source.insert(&mut found.source, name, tensor)
    }
}
