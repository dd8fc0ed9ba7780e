//! A whole clip as one channel at a given rate, as evaluation needs it.

use std::path::Path;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

use super::reader::Reader;
use crate::error::FileError;

/// Samples that are read or resampled at a time.
const CHUNK: usize = 4096;

/// A whole file as one channel: the mean of its channels.
///
/// # Errors
/// Those of [`Reader`].
pub fn mono(path: &Path) -> Result<(Vec<f32>, u32), FileError> {
    let mut reader = Reader::open(path)?;
    let mut block = vec![vec![0.0f32; CHUNK]; reader.channels()];
    let scale = 1.0 / reader.channels() as f32;
    let mut samples = Vec::new();
    loop {
        let count = reader.read(&mut block)?;
        samples.extend((0..count).map(|i| block.iter().map(|channel| channel[i]).sum::<f32>() * scale));
        if count < CHUNK {
            return Ok((samples, reader.rate()));
        }
    }
}

/// [`mono`] at another rate, in time with the original: sample n is the sound at n / `rate` seconds.
///
/// # Errors
/// Those of [`Reader`], and [`FileError::Resample`].
pub fn mono_at(path: &Path, rate: u32) -> Result<Vec<f32>, FileError> {
    let (samples, from) = mono(path)?;
    resampled(samples, from, rate).map_err(|reason| FileError::Resample {
        path: path.to_owned(),
        from,
        to: rate,
        reason,
    })
}

/// One channel of `from` Hz at `to` Hz, in time with the original.
///
/// # Errors
/// The resampler's words, where there is no way from one rate to the other.
pub fn resampled(samples: Vec<f32>, from: u32, to: u32) -> Result<Vec<f32>, String> {
    if from == to || samples.is_empty() {
        return Ok(samples);
    }
    let mut resampler = Fft::<f32>::new(from as usize, to as usize, CHUNK, 1, FixedSync::Both)
        .map_err(|error| error.to_string())?;
    let input = InterleavedSlice::new(&samples, 1, samples.len()).map_err(|error| error.to_string())?;
    let output = resampler
        .process_all(&input, samples.len(), None)
        .map_err(|error| error.to_string())?;
    Ok(output.take_data())
}
