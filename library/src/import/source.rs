//! A file of tensors, and how their values are read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::error::{ImportError, legible};
use super::names::Known;
use super::pickle::ScalarType;

/// Values handed over at once.
const CHUNK: usize = 1 << 16;

/// Longest stretch, in bytes, that a tensor whose values are not in a row may be gathered from; it is read at once. The
/// largest tensor of CLAP has 154 MB.
const LONGEST_STRETCH: u64 = 512 << 20;

/// A file of tensors.
pub(super) struct Source {
    /// Its name without the folder.
    pub(super) name: String,
    pub(super) file: File,
    /// Its length.
    pub(super) bytes: u64,
    pub(super) contents: Contents,
}

/// What is in a file.
pub(super) struct Contents {
    /// What its names are taken for.
    pub(super) known: Known,
    /// The entry `config` of its header, where it has one.
    pub(super) config: Option<String>,
    /// The tensors that could be of use, by their names in the file.
    pub(super) tensors: BTreeMap<String, Tensor>,
    /// Names that could be of use but are of no tensor that could be read.
    pub(super) unreadable: Vec<String>,
    /// The other names.
    pub(super) others: Others,
    /// The stretches whose checksums are known.
    pub(super) extents: Vec<Extent>,
}

impl Contents {
    /// Of a file in which nothing has been found yet.
    pub(super) fn new(known: Known) -> Contents {
        Contents {
            known,
            config: None,
            tensors: BTreeMap::new(),
            unreadable: Vec::new(),
            others: Others::default(),
            extents: Vec::new(),
        }
    }
}

/// Names that are of no use.
#[derive(Debug, Default)]
pub(super) struct Others {
    pub(super) examples: Vec<String>,
    pub(super) count: usize,
}

impl Others {
    pub(super) fn add(&mut self, name: &str) {
        if self.examples.len() < 3 {
            self.examples.push(legible(name));
        }
        self.count += 1;
    }
}

/// An entry of a zip.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) entry: String,
    /// Where its bytes are in the file.
    pub(super) start: u64,
    pub(super) bytes: u64,
    pub(super) crc32: u32,
}

/// Where a tensor's values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) scalar: ScalarType,
    pub(super) shape: Vec<usize>,
    /// Steps from one index to the next, in values; `None` when they are in a row in row-major order.
    strides: Option<Vec<usize>>,
    /// The first value's place in the file.
    start: u64,
    /// Values from the first to the last one, both counted.
    span: u64,
    /// Index of its [`Extent`].
    pub(super) extent: Option<usize>,
}

impl Tensor {
    /// A tensor whose storage of `len` values starts at byte `storage` of the file, its own first value being number
    /// `offset` of them.
    ///
    /// # Errors
    /// What is impossible about it.
    pub(super) fn new(
        scalar: ScalarType,
        shape: Vec<usize>,
        strides: &[usize],
        (storage, offset, len): (u64, u64, u64),
        extent: Option<usize>,
    ) -> Result<Tensor, &'static str> {
        let count = count(&shape).ok_or("it has more values than can be counted")?;
        let mut row_major = true;
        let (mut last, mut step) = (0_u64, 1_u64);
        for (&size, &stride) in shape.iter().zip(strides).rev() {
            // The step along a dimension of one value is of no meaning.
            row_major &= size <= 1 || stride as u64 == step;
            let reach = (size.saturating_sub(1) as u64).checked_mul(stride as u64);
            last = reach
                .and_then(|reach| last.checked_add(reach))
                .ok_or("it reaches farther than can be counted")?;
            step = step.saturating_mul(size as u64);
        }
        let span = if count == 0 { 0 } else { last + 1 };
        if offset.checked_add(span).is_none_or(|end| end > len) {
            return Err("it reaches beyond its storage");
        }
        // A step of 0 would make much out of little.
        if count > span {
            return Err("its values overlap");
        }
        let stretch = span.checked_mul(scalar.size() as u64);
        if !row_major && stretch.is_none_or(|bytes| bytes > LONGEST_STRETCH) {
            return Err("its values are scattered too widely");
        }
        Ok(Tensor {
            scalar,
            shape,
            strides: (!row_major).then(|| strides.to_vec()),
            start: storage + offset * scalar.size() as u64,
            span,
            extent,
        })
    }

    /// A tensor of values in a row from byte `start` on.
    pub(super) fn in_a_row(scalar: ScalarType, shape: Vec<usize>, start: u64) -> Option<Tensor> {
        Some(Tensor {
            scalar,
            span: count(&shape)?,
            shape,
            strides: None,
            start,
            extent: None,
        })
    }

    /// Values of it.
    pub(super) fn len(&self) -> u64 {
        count(&self.shape).unwrap_or(u64::MAX)
    }
}

/// Values of a tensor of this shape, when they can be counted.
pub(super) fn count(shape: &[usize]) -> Option<u64> {
    shape
        .iter()
        .try_fold(1_u64, |product, &size| product.checked_mul(size as u64))
        .filter(|&count| count <= u64::MAX / 16)
}

impl Source {
    pub(super) fn unread(&self, source: io::Error) -> ImportError {
        ImportError::Read {
            file: self.name.clone(),
            source,
        }
    }

    pub(super) fn damaged(&self, reason: &str) -> ImportError {
        ImportError::Damaged {
            file: self.name.clone(),
            reason: reason.into(),
        }
    }

    pub(super) fn foreign(&self, reason: impl Into<String>) -> ImportError {
        ImportError::Foreign {
            file: self.name.clone(),
            reason: reason.into(),
        }
    }

    /// Adds a tensor to what was found in this file.
    pub(super) fn insert(&self, found: &mut Contents, name: &str, tensor: Tensor) -> Result<(), ImportError> {
        match found.tensors.insert(name.into(), tensor) {
            None => Ok(()),
            Some(_) => Err(self.foreign(format!("it has two tensors called \"{}\"", legible(name)))),
        }
    }

    /// Hands the values of `tensor` to `each`, in row-major order, some thousands at once.
    pub(super) fn read(
        &self,
        tensor: &Tensor,
        each: &mut dyn FnMut(&[f32]) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let mut values = Vec::with_capacity(CHUNK);
        let size = tensor.scalar.size();
        let Some(strides) = &tensor.strides else {
            return self.stretch(
                tensor.start,
                tensor.span * size as u64,
                CHUNK * size,
                &mut |bytes| {
                    values.clear();
                    decode(tensor.scalar, bytes, &mut values);
                    each(&values)
                },
            );
        };
        let mut raw = Vec::with_capacity((tensor.span * size as u64) as usize);
        self.stretch(
            tensor.start,
            tensor.span * size as u64,
            CHUNK * size,
            &mut |bytes| {
                raw.extend_from_slice(bytes);
                Ok(())
            },
        )?;
        let mut index = vec![0; strides.len()];
        let mut place = 0;
        let mut gathered = Vec::with_capacity(CHUNK * size);
        for done in 1..=tensor.len() {
            gathered.extend_from_slice(&raw[place * size..][..size]);
            if gathered.len() == CHUNK * size || done == tensor.len() {
                values.clear();
                decode(tensor.scalar, &gathered, &mut values);
                gathered.clear();
                each(&values)?;
            }
            for ((index, &stride), &size) in index.iter_mut().zip(strides).zip(&tensor.shape).rev() {
                *index += 1;
                place += stride;
                if *index < size {
                    break;
                }
                place -= *index * stride;
                *index = 0;
            }
        }
        Ok(())
    }

    /// Hands a stretch of the file to `each`, `chunk` bytes at once.
    pub(super) fn stretch(
        &self,
        start: u64,
        bytes: u64,
        chunk: usize,
        each: &mut dyn FnMut(&[u8]) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let mut file = &self.file;
        let found = file.seek(SeekFrom::Start(start));
        found.map_err(|error| self.unread(error))?;
        let mut buffer = vec![0; chunk];
        let mut left = bytes;
        while left > 0 {
            let part = &mut buffer[..left.min(chunk as u64) as usize];
            file.read_exact(part).map_err(|error| self.unread(error))?;
            each(part)?;
            left -= part.len() as u64;
        }
        Ok(())
    }

    /// Whether an entry's bytes are those that were saved; `each` is told of as many as were read.
    pub(super) fn check(
        &self,
        extent: &Extent,
        each: &mut dyn FnMut(u64) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let mut hasher = crc32fast::Hasher::new();
        self.stretch(extent.start, extent.bytes, 1 << 20, &mut |bytes| {
            hasher.update(bytes);
            each(bytes.len() as u64)
        })?;
        let given = hasher.finalize();
        if given == extent.crc32 {
            return Ok(());
        }
        Err(ImportError::Checksum {
            file: self.name.clone(),
            entry: extent.entry.clone(),
            given,
            expected: extent.crc32,
        })
    }
}

/// Appends little-endian values; signed bytes become floats exactly, other integers have no part in this and give nothing.
fn decode(scalar: ScalarType, bytes: &[u8], values: &mut Vec<f32>) {
    match scalar {
        ScalarType::F32 => values.extend(bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b))),
        ScalarType::F64 => values.extend(bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b) as f32)),
        ScalarType::F16 => {
            let halves: Vec<f16> = bytes
                .as_chunks()
                .0
                .iter()
                .map(|&b| f16::from_le_bytes(b))
                .collect();
            values.extend(halves.to_f32_vec());
        }
        ScalarType::BF16 => {
            values.extend(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|&b| bf16::from_le_bytes(b).to_f32()),
            );
        }
        ScalarType::I8 => values.extend(bytes.iter().map(|byte| f32::from(byte.cast_signed()))),
        ScalarType::Other(..) => {}
    }
}
