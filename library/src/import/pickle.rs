//! Python's pickles, read as data.
//!
//! A pickle is a program for a stack machine that may call any function by its name. This machine calls none: it
//! knows the few names that a tensor is described with (`torch._utils._rebuild_tensor_v2` and what it needs), and
//! whatever else a checkpoint refers to becomes [`Value::Opaque`], which can be called, set and appended to without
//! anything happening. Time and memory grow with the pickle's length alone, which is bounded: texts stay where they
//! are in the pickle, containers are referred to by number, and nothing is copied or followed recursively.
//! (CPython, `Lib/pickle.py` and `Lib/pickletools.py`; protocols 2 to 5 without out-of-band buffers.)

mod machine;
mod read;
mod value;

pub(super) use machine::load;
pub(super) use value::{Pickle, ScalarType, TensorView, Value};

/// Longest pickle in bytes. AudioSep's is about 0.5 MB.
pub(super) const LONGEST: u64 = 16 << 20;

/// Most operations. AudioSep's pickle has about 70,000.
const MOST_STEPS: usize = 1_000_000;

/// Most dimensions of a tensor.
const MOST_DIMENSIONS: usize = 8;

/// Where and why a pickle could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PickleError {
    /// Byte in the pickle.
    pub(super) at: usize,
    /// What is wrong there.
    pub(super) reason: String,
}
