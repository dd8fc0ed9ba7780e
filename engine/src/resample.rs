//! Between the host's rate and the separator's, one channel at a time.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::error::EngineError;

/// A linear-phase resampler whose delay is half a chunk, and a copy where the rates are equal.
pub(crate) struct Resampler {
    fft: Option<Fft<f32>>,
    chunk_in: usize,
    chunk_out: usize,
}

impl Resampler {
    /// `chunk_in` and `chunk_out` are the samples of one transform, in the ratio of the rates (in Hz); 0 is a copy.
    pub(crate) fn new(
        from: usize,
        to: usize,
        chunk_in: usize,
        chunk_out: usize,
    ) -> Result<Self, EngineError> {
        let refused = |reason: String| EngineError::Resampler { from, to, reason };
        if chunk_in == 0 {
            return Ok(Resampler {
                fft: None,
                chunk_in,
                chunk_out,
            });
        }
        let fft = Fft::new_custom(
            from,
            to,
            chunk_in,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(|error| refused(error.to_string()))?;
        // The delay that was reported rests on these lengths.
        if (fft.fft_size_in(), fft.fft_size_out()) != (chunk_in, chunk_out) {
            let (given_in, given_out) = (fft.fft_size_in(), fft.fft_size_out());
            return Err(refused(format!(
                "its transforms are {given_in} to {given_out} samples long, not {chunk_in} to {chunk_out}"
            )));
        }
        Ok(Resampler {
            fft: Some(fft),
            chunk_in,
            chunk_out,
        })
    }

    /// Resamples whole chunks; `output` is as long as the ratio says.
    pub(crate) fn process(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), String> {
        let Some(fft) = &mut self.fft else {
            output.copy_from_slice(input);
            return Ok(());
        };
        for (from, to) in input
            .chunks_exact(self.chunk_in)
            .zip(output.chunks_exact_mut(self.chunk_out))
        {
            let from = SequentialSlice::new(from, 1, self.chunk_in).map_err(|error| error.to_string())?;
            let mut to =
                SequentialSlice::new_mut(to, 1, self.chunk_out).map_err(|error| error.to_string())?;
            fft.process_into_buffer(&from, &mut to, None)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    pub(crate) fn reset(&mut self) {
        if let Some(fft) = &mut self.fft {
            fft.reset();
        }
    }
}
