//! Pictures of windows, and how much two of them differ.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::error::HostError;

/// Red, green and blue, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// `[height · width]`.
    pub pixels: Vec<[u8; 3]>,
}

/// Two colours that differ by more than this in red, green or blue are two colours: a letter's edge that is smoothed
/// otherwise stays below.
const APART: u8 = 48;

impl Picture {
    /// Reads a PNG of 8-bit red, green and blue.
    ///
    /// # Errors
    /// [`HostError::Picture`] when the file is missing or something else.
    pub fn read(path: &Path) -> Result<Picture, HostError> {
        let failed = |reason: String| HostError::Picture {
            path: path.to_owned(),
            reason,
        };
        let file = File::open(path).map_err(|error| failed(error.to_string()))?;
        let decoder = png::Decoder::new(BufReader::new(file));
        let mut reader = decoder.read_info().map_err(|error| failed(error.to_string()))?;
        if reader.output_color_type() != (png::ColorType::Rgb, png::BitDepth::Eight) {
            return Err(failed("it is not of 8-bit red, green and blue".into()));
        }
        let length = reader
            .output_buffer_size()
            .ok_or_else(|| failed("it is too large".into()))?;
        let mut bytes = vec![0; length];
        let info = reader
            .next_frame(&mut bytes)
            .map_err(|error| failed(error.to_string()))?;
        let (pixels, _) = bytes[..info.buffer_size()].as_chunks::<3>();
        Ok(Picture {
            size: [info.width as usize, info.height as usize],
            pixels: pixels.to_vec(),
        })
    }

    /// The share of pixels that have another colour in `other`, 0 to 1; 1 where the sizes differ.
    pub fn unlike(&self, other: &Picture) -> f64 {
        if self.size != other.size {
            return 1.0;
        }
        let apart = |(a, b): &(&[u8; 3], &[u8; 3])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > APART);
        let unlike = self.pixels.iter().zip(&other.pixels).filter(apart).count();
        unlike as f64 / self.pixels.len().max(1) as f64
    }

    /// Half as wide and high, each pixel the mean of four.
    pub fn halved(&self) -> Picture {
        self.mean_of(2)
    }

    /// Twice as wide and high, each pixel four times: no finer than it was.
    pub fn doubled(&self) -> Picture {
        self.enlarged(2)
    }

    /// A `factor`th as wide and high, each pixel the mean of `factor · factor`.
    pub fn mean_of(&self, factor: usize) -> Picture {
        let [width, height] = self.size.map(|length| length / factor);
        let pixel = |x: usize, y: usize| self.pixels[y * self.size[0] + x];
        let mean = |x: usize, y: usize| {
            let mut sum = [0; 3];
            for at in 0..factor * factor {
                let pixel = pixel(factor * x + at % factor, factor * y + at / factor);
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += usize::from(value);
                }
            }
            sum.map(|sum| (sum / (factor * factor)) as u8)
        };
        Picture {
            size: [width, height],
            pixels: (0..width * height)
                .map(|at| mean(at % width, at / width))
                .collect(),
        }
    }

    /// `factor` times as wide and high, each pixel `factor · factor` times: no finer than it was.
    pub fn enlarged(&self, factor: usize) -> Picture {
        let [width, height] = self.size.map(|length| length * factor);
        let pixels = (0..width * height)
            .map(|at| self.pixels[at / width / factor * self.size[0] + at % width / factor])
            .collect();
        Picture {
            size: [width, height],
            pixels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_counted() {
        let plain = Picture {
            size: [2, 2],
            pixels: vec![[10, 20, 30]; 4],
        };
        let mut other = plain.clone();
        other.pixels[3] = [10, 20, 30 + APART];
        assert_eq!(plain.unlike(&other), 0.0, "a shade");
        other.pixels[3][2] += 1;
        assert_eq!(plain.unlike(&other), 0.25);
        assert_eq!(plain.unlike(&plain.doubled()), 1.0);
        assert_eq!(plain.doubled().halved(), plain);
        assert_eq!(plain.enlarged(3).mean_of(3), plain);
    }
}
