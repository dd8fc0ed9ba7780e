//! A safetensors file on disk, of which one tensor at a time is mapped into memory while its values are read.
//!
//! Nothing stays mapped: what a file adds to a process is the tensor in hand, and the file may be replaced at any time,
//! also where the system refuses that for mapped ones.

use std::fs::File;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use memmap2::{Mmap, MmapOptions};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};

use crate::error::ModelError;
use crate::weights;

/// Bytes before the header: its length.
const LENGTH: u64 = 8;

/// An open file and its header.
#[derive(Debug)]
pub(crate) struct TensorFile {
    path: PathBuf,
    file: File,
    header: Metadata,
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
        let file = File::open(path).map_err(|error| refused(format!("cannot be opened ({error})")))?;
        let length = file
            .metadata()
            .map_err(|error| refused(format!("cannot be read ({error})")))?
            .len();
        let whole = map(&file, 0, length).map_err(&refused)?;
        let (header_length, header) = SafeTensors::read_metadata(&whole)
            .map_err(|error| refused(format!("is no whole safetensors file ({error})")))?;
        Ok(TensorFile {
            path: path.into(),
            file,
            header,
            start: LENGTH + header_length as u64,
        })
    }

    /// An entry of the header's own.
    pub(crate) fn entry(&self, key: &str) -> Option<&str> {
        Some(self.header.metadata().as_ref()?.get(key)?.as_str())
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

    /// Whether all of these are there, as floats of 16 or 32 bits and of these shapes, their names after `prefix`.
    ///
    /// # Errors
    /// [`ModelError::Weights`] naming the first that is not.
    pub(crate) fn check(&self, prefix: &str, required: &[(String, Vec<usize>)]) -> Result<(), ModelError> {
        required.iter().try_for_each(|(name, shape)| {
            let found = self.float_info(&format!("{prefix}{name}"), shape);
            found.map(drop).map_err(|reason| self.refused(reason))
        })
    }

    /// The values of a tensor of floats, checked for its shape.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is missing, not of floats, of another shape, or cannot be read.
    pub(crate) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        self.values(name, shape).map_err(|reason| self.refused(reason))
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
                Dtype::U8 => Ok(self.map(info)?.to_vec()),
                other => Err(format!("holds the tensor {name} as {other:?}, not as U8")),
            }
        };
        read().map_err(|reason| self.refused(reason))
    }

    /// An error about this file; `reason` goes on after its name.
    pub(crate) fn refused(&self, reason: String) -> ModelError {
        refused(&self.path, reason)
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
        let info = self.float_info(name, shape)?;
        let mapped = self.map(info)?;
        let bytes = columns * info.dtype.bitsize() / 8;
        for (out, row) in out.chunks_exact_mut(columns.max(1)).zip(indices) {
            let values = (row < rows).then(|| &mapped[row * bytes..(row + 1) * bytes]);
            let values = values.and_then(|values| weights::floats(info.dtype, values));
            let values =
                values.ok_or_else(|| format!("has {rows} rows in {name}, but row {row} is needed"))?;
            out.iter_mut().zip(values).for_each(|(out, value)| *out += value);
        }
        Ok(())
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let info = self.float_info(name, shape)?;
        weights::floats(info.dtype, &self.map(info)?).ok_or_else(|| not_floats(name, info.dtype))
    }

    fn float_info(&self, name: &str, shape: &[usize]) -> Result<&TensorInfo, String> {
        let info = self.info(name)?;
        if info.shape != shape {
            let given = &info.shape;
            return Err(format!(
                "holds the tensor {name} of shape {given:?}, but {shape:?} is needed"
            ));
        }
        match info.dtype {
            Dtype::F16 | Dtype::BF16 | Dtype::F32 => Ok(info),
            other => Err(not_floats(name, other)),
        }
    }

    fn info(&self, name: &str) -> Result<&TensorInfo, String> {
        self.header
            .info(name)
            .ok_or_else(|| format!("lacks the tensor {name}"))
    }

    fn map(&self, info: &TensorInfo) -> Result<Mmap, String> {
        let (first, end) = info.data_offsets;
        map(&self.file, self.start + first as u64, (end - first) as u64)
    }
}

/// For candle's builders, which ask for tensors by name.
impl SimpleBackend for TensorFile {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: candle_nn::Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let values = self
            .values(name, shape.dims())
            .map_err(|reason| candle_core::Error::Msg(said(&self.path, &reason)))?;
        Tensor::from_vec(values, shape, device)?.to_dtype(dtype)
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> candle_core::Result<Tensor> {
        let shape = match self.info(name) {
            Ok(info) => info.shape.as_slice().into(),
            Err(reason) => return Err(candle_core::Error::Msg(said(&self.path, &reason))),
        };
        self.get(shape, name, candle_nn::Init::Const(0.0), dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.header.info(name).is_some()
    }
}

#[allow(unsafe_code, reason = "mapping a file")]
fn map(file: &File, offset: u64, length: u64) -> Result<Mmap, String> {
    let unread = |error: std::io::Error| format!("cannot be read ({error})");
    let there = file.metadata().map_err(unread)?.len();
    // What is mapped behind the end cannot be touched without ending the process.
    if offset.checked_add(length).is_none_or(|end| end > there) {
        return Err(format!("has shrunk to {there} bytes since it was opened"));
    }
    let length = usize::try_from(length).map_err(|_| "is too long for this machine".to_owned())?;
    // SAFETY: the mapping is read-only and lives while one tensor is converted. Model files are replaced by renaming,
    // never written in place, so that the bytes stay as they are; and any bytes are valid for what is read from them.
    unsafe { MmapOptions::new().offset(offset).len(length).map(file) }.map_err(unread)
}

fn not_floats(name: &str, given: Dtype) -> String {
    format!("holds the tensor {name} as {given:?}, not as F16, BF16 or F32")
}

fn refused(path: &Path, reason: String) -> ModelError {
    ModelError::Weights {
        reason: said(path, &reason),
    }
}

fn said(path: &Path, reason: &str) -> String {
    format!("{} {reason}", path.display())
}
