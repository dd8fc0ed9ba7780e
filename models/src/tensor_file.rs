//! A safetensors file on disk, of which one tensor at a time is read into memory.
//!
//! Nothing is mapped: a file that shrinks, or whose disk goes away, gives an error where a mapping would end the host, and it
//! may be replaced at any time, also where the system refuses that for mapped ones.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::error::ModelError;
use crate::part::{Misfit, Required, Shapes, Values};
use crate::tensors::Tensors;
use crate::weights;

/// Bytes before the header: its length.
const LENGTH: u64 = 8;
/// The longest header that is read, in bytes; an imported AudioSep has about 60 kB.
const LONGEST_HEADER: u64 = 16 << 20;

/// An open file and its header.
#[derive(Debug)]
pub(crate) struct TensorFile {
    path: PathBuf,
    file: File,
    header: Metadata,
    entries: HashMap<String, String>,
    /// Where the tensors begin, in bytes.
    start: u64,
}

impl TensorFile {
    /// Reads the header, and checks that the file is as long as it says.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it cannot be opened or is no whole safetensors file.
    pub(crate) fn open(path: &Path) -> Result<TensorFile, ModelError> {
        let refused = |reason: String| refused(path, reason);
        let broken = |reason: &str| refused(format!("is no whole safetensors file ({reason})"));
        let file = File::open(path).map_err(|error| refused(format!("cannot be opened ({error})")))?;
        let bytes = file.metadata().map_err(|error| refused(unread(&error)))?.len();
        let head = read_at(&file, 0, LENGTH as usize).map_err(|_| broken("it has no header"))?;
        let length = head.try_into().map_or(0, u64::from_le_bytes);
        if length > LONGEST_HEADER || LENGTH + length > bytes {
            return Err(broken("its header is longer than the file, or too long"));
        }
        let header = read_at(&file, LENGTH, length as usize).map_err(|error| refused(unread(&error)))?;
        let header: Metadata = serde_json::from_slice(&header).map_err(|error| broken(&error.to_string()))?;
        let (announced, given) = (header.data_len() as u64, bytes - LENGTH - length);
        if announced != given {
            return Err(broken(&format!(
                "it has {given} bytes of values where its header announces {announced}"
            )));
        }
        Ok(TensorFile {
            path: path.into(),
            file,
            entries: header.metadata().clone().unwrap_or_default(),
            header,
            start: LENGTH + length,
        })
    }

    /// The entries of the header that are no tensors.
    pub(crate) fn entries(&self) -> &HashMap<String, String> {
        &self.entries
    }

    /// The names of all tensors.
    pub(crate) fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is missing.
    pub(crate) fn shape(&self, name: &str) -> Result<&[usize], ModelError> {
        Ok(&self.info(name).map_err(|reason| self.refused(reason))?.shape)
    }

    /// What the shapes of the tensors whose names begin with `prefix` are taken for, by their names without it.
    ///
    /// # Errors
    /// [`ModelError::Weights`] naming the tensor that does not fit.
    pub(crate) fn recognize<T>(
        &self,
        prefix: &str,
        recognize: impl FnOnce(&Shapes) -> Result<T, Misfit>,
    ) -> Result<T, ModelError> {
        let tensors: BTreeMap<String, &TensorInfo> = self.header.tensors().into_iter().collect();
        let shapes: Shapes = tensors
            .iter()
            .filter_map(|(name, info)| Some((name.strip_prefix(prefix)?, &*info.shape)))
            .collect();
        recognize(&shapes).map_err(|misfit| {
            self.refused(match misfit {
                Misfit::Missing(name) => format!("lacks the tensor {prefix}{name}"),
                Misfit::Shape(name, expected) => {
                    let given = shapes.get(&*name).copied().unwrap_or_default();
                    format!("holds the tensor {prefix}{name} of shape {given:?}, but {expected} is needed")
                }
                Misfit::Config(reason) => format!("has a config that cannot be read ({reason})"),
            })
        })
    }

    /// Whether exactly these tensors are there behind `prefix`, of these types and shapes.
    ///
    /// # Errors
    /// [`ModelError::Weights`] naming the first that is missing, another one, or none of them.
    pub(crate) fn check(&self, prefix: &str, required: &[Required]) -> Result<(), ModelError> {
        let check = || {
            for Required { name, shape, values } in required {
                self.info_of(&format!("{prefix}{name}"), shape, *values)?;
            }
            let known: std::collections::HashSet<&str> =
                required.iter().map(|required| &*required.name).collect();
            let names = self.names();
            let mut own = names.iter().filter_map(|name| name.strip_prefix(prefix));
            match own.find(|name| !known.contains(name)) {
                Some(name) => Err(format!(
                    "holds the tensor {prefix}{name}, which no such model has"
                )),
                None => Ok(()),
            }
        };
        check().map_err(|reason| self.refused(reason))
    }

    /// The values of a tensor of floats, checked for its shape.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is missing, not of floats, of another shape, or cannot be read.
    pub(crate) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let read = || {
            let info = self.info_of(name, shape, Values::Floats)?;
            weights::floats(info.dtype, &self.read(info)?).ok_or_else(|| not_floats(name, info.dtype))
        };
        read().map_err(|reason| self.refused(reason))
    }

    /// Adds rows of a table of floats `[rows, columns]` to `out` `[indices, columns]`; only these rows are read.
    ///
    /// # Errors
    /// As [`TensorFile::floats`], and when the table has no such row.
    pub(crate) fn add_rows(
        &self,
        name: &str,
        indices: impl IntoIterator<Item = usize>,
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        self.table(name, indices, out)
            .map_err(|reason| self.refused(reason))
    }

    /// The bytes of a tensor of unsigned bytes.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is missing, of another type, or cannot be read.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        let read = || {
            let info = self.info(name)?;
            match info.dtype {
                Dtype::U8 => self.read(info),
                other => Err(format!("holds the tensor {name} as {other:?}, not as U8")),
            }
        };
        read().map_err(|reason| self.refused(reason))
    }

    /// An error about this file; `reason` goes on after its name.
    pub(crate) fn refused(&self, reason: String) -> ModelError {
        refused(&self.path, reason)
    }

    fn signed_bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, ModelError> {
        let read = || {
            let bytes = self.read(self.info_of(name, shape, Values::SignedBytes)?)?;
            Ok(bytes.into_iter().map(u8::cast_signed).collect())
        };
        read().map_err(|reason| self.refused(reason))
    }

    fn table(
        &self,
        name: &str,
        indices: impl IntoIterator<Item = usize>,
        out: &mut [f32],
    ) -> Result<(), String> {
        let shape = &self.info(name)?.shape;
        let &[rows, columns] = &shape[..] else {
            return Err(format!(
                "holds the tensor {name} of shape {shape:?}, which is no table"
            ));
        };
        let info = self.info_of(name, shape, Values::Floats)?;
        let bytes = columns * info.dtype.bitsize() / 8;
        for (out, row) in out.chunks_exact_mut(columns.max(1)).zip(indices) {
            if row >= rows {
                return Err(format!("has {rows} rows in {name}, but row {row} is needed"));
            }
            let offset = self.start + (info.data_offsets.0 + row * bytes) as u64;
            let values = self.read_at(offset, bytes)?;
            let values = weights::floats(info.dtype, &values).ok_or_else(|| not_floats(name, info.dtype))?;
            out.iter_mut().zip(values).for_each(|(out, value)| *out += value);
        }
        Ok(())
    }

    fn info_of(&self, name: &str, shape: &[usize], values: Values) -> Result<&TensorInfo, String> {
        let info = self.info(name)?;
        if info.shape != shape {
            let given = &info.shape;
            return Err(format!(
                "holds the tensor {name} of shape {given:?}, but {shape:?} is needed"
            ));
        }
        match (values, info.dtype) {
            (Values::Floats, Dtype::F16 | Dtype::BF16 | Dtype::F32) | (Values::SignedBytes, Dtype::I8) => {
                Ok(info)
            }
            (Values::Floats, other) => Err(not_floats(name, other)),
            (Values::SignedBytes, other) => Err(format!("holds the tensor {name} as {other:?}, not as I8")),
        }
    }

    fn info(&self, name: &str) -> Result<&TensorInfo, String> {
        self.header
            .info(name)
            .ok_or_else(|| format!("lacks the tensor {name}"))
    }

    fn read(&self, info: &TensorInfo) -> Result<Vec<u8>, String> {
        let (first, end) = info.data_offsets;
        self.read_at(self.start + first as u64, end - first)
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        read_at(&self.file, offset, length).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "has shrunk since it was opened".into(),
            _ => unread(&error),
        })
    }
}

/// The part of a file whose names begin with a prefix, by its names without it.
pub(crate) struct Prefixed {
    file: TensorFile,
    prefix: &'static str,
}

impl Prefixed {
    pub(crate) fn new(file: TensorFile, prefix: &'static str) -> Prefixed {
        Prefixed { file, prefix }
    }

    /// As [`TensorFile::add_rows`].
    pub(crate) fn add_rows(
        &self,
        name: &str,
        indices: impl IntoIterator<Item = usize>,
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        self.file
            .add_rows(&format!("{}{name}", self.prefix), indices, out)
    }
}

impl Tensors for Prefixed {
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        self.file.floats(&format!("{}{name}", self.prefix), shape)
    }

    fn signed_bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, ModelError> {
        self.file.signed_bytes(&format!("{}{name}", self.prefix), shape)
    }
}

/// Reads without moving the file's own position, so that any number of threads can.
fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    #[cfg(unix)]
    std::os::unix::fs::FileExt::read_exact_at(file, &mut bytes, offset)?;
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < length {
            let at = offset + done as u64;
            match std::os::windows::fs::FileExt::seek_read(file, &mut bytes[done..], at) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(bytes)
}

fn not_floats(name: &str, given: Dtype) -> String {
    format!("holds the tensor {name} as {given:?}, not as F16, BF16 or F32")
}

fn unread(error: &io::Error) -> String {
    format!("cannot be read ({error})")
}

fn refused(path: &Path, reason: String) -> ModelError {
    ModelError::Weights {
        reason: format!("{} {reason}", path.display()),
    }
}
