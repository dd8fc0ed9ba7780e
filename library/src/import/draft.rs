//! The imported file: safetensors, written beside its place, read back, and only then put there.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use earmark_models::ModelError;
use earmark_models::architecture::Architecture;
use earmark_models::imported::{self, Header, SHA256_KEY};
use earmark_models::part::Values;
use half::f16;
use half::vec::HalfFloatVecExt;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::error::{ImportError, legible};
use super::names::Known;
use super::pickle::ScalarType;
use super::plan::{Plan, Planned};
use super::progress::{Meter, Step};
use super::source::{Contents, Source, Tensor};

/// Room that is left on the disk, in bytes.
const MARGIN: u64 = 1 << 20;

/// Beginning of the names of files that are not ready; one that is found later is of an import that was killed.
const UNREADY: &str = ".earmark-import-";

/// A file of an import may be without a lock for as long as it takes to lock it.
const NEW: Duration = Duration::from_secs(60);

/// In place of a SHA-256 that is not known yet.
const UNKNOWN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A file to be written. 32-bit tensors come first, then 16-bit ones, then bytes, so that each is aligned to its own type
/// for whoever maps the file.
pub(super) struct Draft<'p> {
    tensors: Vec<(&'p Planned<'p>, TensorInfo)>,
    /// Its name, its bytes and where they are.
    tokenizer: Option<(&'static str, &'p [u8], TensorInfo)>,
    header: &'p Header,
    /// Those that the network may be of.
    architectures: &'static [&'static Architecture],
    /// Bytes of the values.
    values: usize,
    /// Bytes before the values: the length of the header, and the header.
    head: usize,
}

impl<'p> Draft<'p> {
    /// Those tensors of `plan` for which `halves` is true are written with 16 bits.
    pub(super) fn new(
        plan: &'p Plan<'p>,
        halves: &[bool],
        header: &'p Header,
        architectures: &'static [&'static Architecture],
    ) -> Draft<'p> {
        let mut order: Vec<(&Planned, Dtype)> = plan
            .tensors
            .iter()
            .zip(halves)
            .map(|(planned, &half)| {
                let dtype = match planned.values {
                    Values::SignedBytes => Dtype::I8,
                    Values::Floats if half => Dtype::F16,
                    Values::Floats => Dtype::F32,
                };
                (planned, dtype)
            })
            .collect();
        order.sort_by_key(|(_, dtype)| std::cmp::Reverse(dtype.bitsize()));
        let mut end = 0;
        let mut place = |dtype: Dtype, shape: &[usize]| {
            let start = end;
            end += shape.iter().product::<usize>() * dtype.bitsize() / 8;
            TensorInfo {
                dtype,
                shape: shape.to_vec(),
                data_offsets: (start, end),
            }
        };
        let tensors: Vec<(&Planned, TensorInfo)> = order
            .into_iter()
            .map(|(planned, dtype)| (planned, place(dtype, &planned.tensor.shape)))
            .collect();
        let tokenizer = plan
            .tokenizer
            .as_ref()
            .map(|(name, bytes)| (*name, &**bytes, place(Dtype::U8, &[bytes.len()])));
        let mut draft = Draft {
            tensors,
            tokenizer,
            header,
            architectures,
            values: end,
            head: 0,
        };
        draft.head = draft.head_with(UNKNOWN).len();
        draft
    }

    /// The bytes before values of this SHA-256.
    fn head_with(&self, sha256: &str) -> Vec<u8> {
        let mut entries: BTreeMap<String, String> = self.header.entries().into_iter().collect();
        entries.insert(SHA256_KEY.into(), sha256.into());
        let mut header = serde_json::Map::new();
        header.insert("__metadata__".into(), json!(entries));
        header.extend(
            self.infos()
                .into_iter()
                .map(|(name, info)| (name.into(), json!(info))),
        );
        let mut header = json!(header).to_string().into_bytes();
        // The values begin at a multiple of 8 bytes.
        header.resize(header.len().next_multiple_of(8), b' ');
        [&(header.len() as u64).to_le_bytes()[..], &header].concat()
    }

    fn infos(&self) -> HashMap<&str, &TensorInfo> {
        let tensors = self.tensors.iter().map(|(planned, info)| (&*planned.name, info));
        let tokenizer = self.tokenizer.as_ref().map(|(name, _, info)| (*name, info));
        tensors.chain(tokenizer).collect()
    }

    /// Length of the file.
    pub(super) fn bytes(&self) -> u64 {
        (self.head + self.values) as u64
    }

    /// Puts the file to `path`, in a folder that is made when there is none; returns its SHA-256. After an error all
    /// is as before.
    pub(super) fn save(&self, path: &Path, meter: &mut Meter) -> Result<String, ImportError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let made: Vec<&Path> = folder
            .ancestors()
            .take_while(|part| !part.as_os_str().is_empty() && !part.exists())
            .collect();
        let saved = fs::create_dir_all(folder)
            .map_err(|error| unwritten(folder, error))
            .and_then(|()| self.save_in(folder, path, meter));
        if saved.is_err() {
            // Those that are not empty stay, as others now use them.
            for part in made {
                drop(fs::remove_dir(part));
            }
        }
        saved
    }

    fn save_in(&self, folder: &Path, path: &Path, meter: &mut Meter) -> Result<String, ImportError> {
        let free = fs4::available_space(folder).map_err(|error| unwritten(folder, error))?;
        if free < self.bytes() + MARGIN {
            return Err(ImportError::Space {
                folder: shown(folder),
                needed: (self.bytes() + MARGIN).div_ceil(1_000_000),
                free: free / 1_000_000,
            });
        }
        sweep(folder);
        let mut file = unready_file(folder).map_err(|error| unwritten(folder, error))?;
        let head = self.write(&mut file, path, meter)?;
        let synced = file.as_file().sync_all();
        synced.map_err(|error| unwritten(path, error))?;
        let sha256 = self.verify(&file, path, &head, meter)?;
        self.open(file.path()).map_err(|error| ImportError::Verify {
            path: shown(path),
            reason: legible(error.to_string().trim_end_matches('.')),
        })?;
        file.persist(path).map_err(|error| unwritten(path, error.error))?;
        sync_folder(folder);
        Ok(sha256)
    }

    /// Writes everything, the values first; returns the head.
    fn write(
        &self,
        file: &mut NamedTempFile,
        path: &Path,
        meter: &mut Meter,
    ) -> Result<Vec<u8>, ImportError> {
        let lost = |error| unwritten(path, error);
        file.seek(SeekFrom::Start(self.head as u64)).map_err(lost)?;
        let mut hasher = Sha256::new();
        let mut put = |bytes: &[u8]| {
            hasher.update(bytes);
            file.write_all(bytes).map_err(lost)
        };
        let mut bytes = Vec::new();
        for (planned, info) in &self.tensors {
            planned.source.read(planned.tensor, &mut |values| {
                bytes.clear();
                match info.dtype {
                    Dtype::F16 => {
                        let halves = Vec::<f16>::from_f32_slice(values);
                        bytes.extend(halves.iter().flat_map(|value| value.to_le_bytes()));
                    }
                    // Read from bytes, they are whole numbers of eight bits.
                    Dtype::I8 => bytes.extend(values.iter().map(|&value| (value as i8).cast_unsigned())),
                    _ => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
                }
                put(&bytes)?;
                meter.advance(Step::Write, (values.len() * planned.tensor.scalar.size()) as u64)
            })?;
        }
        if let Some((_, bytes, _)) = self.tokenizer {
            put(bytes)?;
        }
        let head = self.head_with(&hex(hasher));
        file.rewind().map_err(lost)?;
        file.write_all(&head).map_err(lost)?;
        Ok(head)
    }

    /// Reads the file back: its head, the checksum of its values, and whether all are finite. Returns the checksum of
    /// the whole file.
    fn verify(
        &self,
        file: &NamedTempFile,
        path: &Path,
        head: &[u8],
        meter: &mut Meter,
    ) -> Result<String, ImportError> {
        let differs = |reason: &str| ImportError::Verify {
            path: shown(path),
            reason: reason.into(),
        };
        let lost = |error| unwritten(path, error);
        let reopened = file.reopen().map_err(lost)?;
        let bytes = reopened.metadata().map_err(lost)?.len();
        if bytes != self.bytes() {
            return Err(differs(&format!("it has {bytes} bytes, not {}", self.bytes())));
        }
        let back = Source {
            name: shown(path),
            file: reopened,
            bytes,
            contents: Contents::new(Known::by_names(&[])),
        };
        let (mut whole, mut values) = (Sha256::new(), Sha256::new());
        let mut found = Vec::new();
        back.stretch(0, head.len() as u64, head.len(), &mut |part| {
            whole.update(part);
            found.extend_from_slice(part);
            meter.advance(Step::Verify, 0)
        })?;
        let length = bytes - head.len() as u64;
        back.stretch(head.len() as u64, length, 1 << 20, &mut |part| {
            whole.update(part);
            values.update(part);
            meter.advance(Step::Verify, part.len() as u64)
        })?;
        if found != head || found != self.head_with(&hex(values)) {
            return Err(differs("its bytes are not those that were written"));
        }
        self.verify_header(&head[8..])
            .map_err(|reason| differs(&reason))?;
        for (planned, info) in &self.tensors {
            let scalar = match info.dtype {
                Dtype::F16 => ScalarType::F16,
                Dtype::I8 => ScalarType::I8,
                _ => ScalarType::F32,
            };
            let start = (self.head + info.data_offsets.0) as u64;
            let tensor = Tensor::in_a_row(scalar, info.shape.clone(), start);
            let tensor = tensor.ok_or_else(|| differs("a shape cannot be counted"))?;
            back.read(
                &tensor,
                &mut |values| match values.iter().find(|value| !value.is_finite()) {
                    None => Ok(()),
                    Some(value) => {
                        let reason = format!("its tensor {} has the value {value}", planned.name);
                        Err(differs(&reason))
                    }
                },
            )?;
        }
        Ok(hex(whole))
    }

    /// Opens the model and its encoder, as whoever uses it will.
    fn open(&self, written: &Path) -> Result<(), ModelError> {
        imported::open_among(written, self.architectures)?
            .encoder()
            .map(drop)
    }

    /// Whether others read the header as it is meant.
    fn verify_header(&self, header: &[u8]) -> Result<(), String> {
        let header: Metadata = serde_json::from_slice(header).map_err(|error| legible(&error.to_string()))?;
        let (found, expected) = (header.tensors(), self.infos());
        let same = |a: &TensorInfo, b: &TensorInfo| {
            (a.dtype, &a.shape, a.data_offsets) == (b.dtype, &b.shape, b.data_offsets)
        };
        let differing = expected
            .iter()
            .find(|(name, info)| !found.get(**name).is_some_and(|other| same(other, info)));
        match differing {
            Some((name, _)) => Err(format!("its tensor {name} is another")),
            None if found.len() != expected.len() => Err("it has more tensors".into()),
            None => Ok(()),
        }
    }
}

/// A file that goes when it is dropped.
fn unready_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNREADY).suffix(".part");
    // As any file that the user makes, not only for himself as temporary files are.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder)?;
    // Whoever sweeps sees that somebody writes it; where there are no locks, nobody sweeps.
    drop(file.as_file().try_lock());
    Ok(file)
}

/// Removes what imports left that were killed: files that nobody has locked, and that are too old to be about to be. What
/// cannot be removed stays.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_unready = name.to_str().is_some_and(|name| name.starts_with(UNREADY));
        let age = entry.metadata().and_then(|about| about.modified());
        let is_old = age.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > NEW));
        if !is_unready || !is_old {
            continue;
        }
        let Ok(file) = File::options().write(true).open(entry.path()) else {
            continue;
        };
        if file.try_lock().is_ok() {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Makes the new name in a folder outlast a power cut, where the system can: the model is whole in any case.
fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        drop(File::open(folder).and_then(|folder| folder.sync_all()));
    }
}

/// A SHA-256 in hexadecimal.
pub(super) fn hex(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn shown(path: &Path) -> String {
    legible(&path.to_string_lossy())
}

fn unwritten(path: &Path, source: io::Error) -> ImportError {
    ImportError::Write {
        path: shown(path),
        source,
    }
}
