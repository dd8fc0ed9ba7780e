//! Planar signals: `channels[channel][sample]`, full scale at 1.

use std::path::Path;

use realfft::RealFftPlanner;

use crate::error::HostError;

/// A signal and its rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Audio {
    /// Samples per second.
    pub rate: f64,
    /// `[channel][sample]`, all of one length.
    pub channels: Vec<Vec<f32>>,
}

impl Audio {
    /// Silence.
    pub fn silence(rate: f64, channels: usize, frames: usize) -> Self {
        Self {
            rate,
            channels: vec![vec![0.0; frames]; channels],
        }
    }

    /// Noise whose channels differ, between -`peak` and `peak`, the same on every machine.
    pub fn noise(rate: f64, channels: usize, frames: usize, peak: f32) -> Self {
        let mut noise = Self::silence(rate, channels, frames);
        for (index, channel) in noise.channels.iter_mut().enumerate() {
            let mut random = SplitMix(index as u64 + 1);
            for sample in channel {
                *sample = (random.unit() * 2.0 - 1.0) * peak;
            }
        }
        noise
    }

    /// Samples per channel.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Reads a WAV file of 16-bit or float samples.
    ///
    /// # Errors
    /// [`HostError::Wav`] when it is missing or no such file.
    pub fn read(path: &Path) -> Result<Self, HostError> {
        let failed = |source| HostError::Wav {
            path: path.to_owned(),
            source,
        };
        let mut reader = hound::WavReader::open(path).map_err(failed)?;
        let format = reader.spec();
        let samples: Vec<f32> = match format.sample_format {
            hound::SampleFormat::Float => reader
                .samples::<f32>()
                .collect::<Result<_, _>>()
                .map_err(failed)?,
            hound::SampleFormat::Int => {
                let full_scale = 2.0_f32.powi(i32::from(format.bits_per_sample) - 1);
                reader
                    .samples::<i32>()
                    .map(|sample| sample.map(|value| value as f32 / full_scale))
                    .collect::<Result<_, _>>()
                    .map_err(failed)?
            }
        };
        let count = usize::from(format.channels);
        let channels = (0..count)
            .map(|first| samples.iter().skip(first).step_by(count).copied().collect())
            .collect();
        Ok(Self {
            rate: f64::from(format.sample_rate),
            channels,
        })
    }

    /// Writes a WAV file of 32-bit float samples.
    ///
    /// # Errors
    /// [`HostError::Wav`] when it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), HostError> {
        let failed = |source| HostError::Wav {
            path: path.to_owned(),
            source,
        };
        let format = hound::WavSpec {
            channels: self.channels.len() as u16,
            sample_rate: self.rate.round() as u32,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(path, format).map_err(failed)?;
        for frame in 0..self.frames() {
            for channel in &self.channels {
                writer.write_sample(channel[frame]).map_err(failed)?;
            }
        }
        writer.finalize().map_err(failed)
    }

    /// The frames of `range`, silence where it reaches beyond the end.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let cut = |channel: &Vec<f32>| {
            range
                .clone()
                .map(|frame| channel.get(frame).copied().unwrap_or(0.0))
                .collect::<Vec<_>>()
        };
        Self {
            rate: self.rate,
            channels: self.channels.iter().map(cut).collect(),
        }
    }

    /// `frames` of the signal, repeated from its start as often as it takes.
    pub fn looped(&self, frames: usize) -> Self {
        let repeat = |channel: &Vec<f32>| channel.iter().copied().cycle().take(frames).collect();
        Self {
            rate: self.rate,
            channels: self.channels.iter().map(repeat).collect(),
        }
    }

    /// The same with `channels` channels: the mean of all for one, the first repeated for more than there are.
    pub fn with_channels(&self, channels: usize) -> Self {
        if channels == self.channels.len() {
            return self.clone();
        }
        let count = self.channels.len() as f32;
        let mean: Vec<f32> = (0..self.frames())
            .map(|frame| self.channels.iter().map(|channel| channel[frame]).sum::<f32>() / count)
            .collect();
        Self {
            rate: self.rate,
            channels: vec![mean; channels],
        }
    }

    /// The whole signal at another rate, by its spectrum: band-limited, without delay, periodic at the ends.
    ///
    /// The tests have no other need of a resampler, and this one moves nothing by a fraction of a sample.
    pub fn resampled(&self, rate: f64) -> Self {
        if rate == self.rate {
            return self.clone();
        }
        let from = self.frames();
        let to = (from as f64 * rate / self.rate).round() as usize;
        let mut planner = RealFftPlanner::<f64>::new();
        let (forward, inverse) = (planner.plan_fft_forward(from), planner.plan_fft_inverse(to));
        let convert = |channel: &Vec<f32>| {
            let mut time: Vec<f64> = channel.iter().map(|&sample| f64::from(sample)).collect();
            let mut spectrum = forward.make_output_vec();
            let mut resized = inverse.make_input_vec();
            let mut output = inverse.make_output_vec();
            // The lengths are those of the plans, so neither transform can refuse them.
            let _ = forward.process(&mut time, &mut spectrum);
            // The edges of the smaller band are left at 0: a real transform allows no imaginary part there.
            let kept = spectrum.len().min(resized.len()) - 1;
            resized[..kept].copy_from_slice(&spectrum[..kept]);
            let _ = inverse.process(&mut resized, &mut output);
            output
                .into_iter()
                .map(|sample| (sample / from as f64) as f32)
                .collect()
        };
        Self {
            rate,
            channels: self.channels.iter().map(convert).collect(),
        }
    }

    /// The largest magnitude in any channel.
    pub fn peak(&self) -> f32 {
        self.channels
            .iter()
            .flatten()
            .fold(0.0, |peak, sample| peak.max(sample.abs()))
    }
}

/// Sebastiano Vigna's SplitMix64: small, and the same on every machine.
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to below 1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u32 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_a_sine_where_it_is() {
        let rate = 48_000.0;
        let sine = |rate: f64, frames: usize| -> Vec<f32> {
            (0..frames)
                .map(|n| (std::f64::consts::TAU * 1_000.0 * n as f64 / rate).sin() as f32)
                .collect()
        };
        let audio = Audio {
            rate,
            channels: vec![sine(rate, 4_800)],
        };
        for other in [44_100.0, 88_200.0, 96_000.0] {
            let resampled = audio.resampled(other);
            let expected = sine(other, resampled.frames());
            assert_eq!(resampled.frames(), (other / 10.0) as usize);
            for (is, should) in resampled.channels[0].iter().zip(&expected) {
                assert!(
                    (is - should).abs() < 1e-4,
                    "at {other} Hz: {is} instead of {should}"
                );
            }
        }
    }
}
