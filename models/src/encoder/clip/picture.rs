//! Pictures, and what CLIP reads of one (`clip/clip.py`: `_transform`).

use std::io::Cursor;

use image::imageops::{FilterType, resize};
use image::{ImageReader, Limits, RgbImage};

use super::config::COLOURS;
use crate::error::ModelError;

/// Most pixels on a side.
const MOST: u32 = 16_384;
/// Most times that one side may be as long as the other: what is cut off is computed first.
const LONGEST: u32 = 16;
/// Mean and deviation of red, green and blue, as CLIP was trained.
const MEAN: [f32; COLOURS] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const DEVIATION: [f32; COLOURS] = [0.268_629_55, 0.261_302_6, 0.275_777_1];

/// A picture in red, green and blue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture(RgbImage);

impl Picture {
    /// The longest file that is worth reading, in bytes.
    pub const LONGEST_FILE: u64 = 256 << 20;

    /// Whether a file that begins like this is a PNG or a JPEG; damaged ones are.
    pub fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8\xff")
    }

    /// Decodes a PNG or a JPEG. Transparency is left out, as are marks that turn the picture.
    ///
    /// # Errors
    /// [`ModelError::Picture`] for anything else, what is damaged, more than 16,384 pixels on a side, and strips of which one side
    /// is more than 16 times as long as the other.
    pub fn decode(bytes: &[u8]) -> Result<Picture, ModelError> {
        let refused = |error: &dyn std::fmt::Display| ModelError::Picture {
            reason: format!("it cannot be decoded ({error})"),
        };
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
        let mut reader = reader.map_err(|error| refused(&error))?;
        if reader.format().is_none() {
            return Err(ModelError::Picture {
                reason: "it is neither a PNG nor a JPEG".into(),
            });
        }
        let mut limits = Limits::default();
        (limits.max_image_width, limits.max_image_height) = (Some(MOST), Some(MOST));
        reader.limits(limits);
        let decoded = reader.decode().map_err(|error| refused(&error))?;
        Picture::of(decoded.into_rgb8())
    }

    /// The picture of these values, `[height, width, 3]`.
    ///
    /// # Errors
    /// [`ModelError::Picture`] when there are not as many, and for what [`Picture::decode`] refuses.
    pub fn from_rgb(width: u32, height: u32, values: Vec<u8>) -> Result<Picture, ModelError> {
        let given = values.len();
        let expected = COLOURS as u64 * u64::from(width) * u64::from(height);
        match RgbImage::from_raw(width, height, values) {
            Some(picture) if given as u64 == expected => Picture::of(picture),
            _ => Err(ModelError::Picture {
                reason: format!("it has {given} values, not {expected}"),
            }),
        }
    }

    fn of(picture: RgbImage) -> Result<Picture, ModelError> {
        let (width, height) = picture.dimensions();
        let (short, long) = (width.min(height), width.max(height));
        if short == 0 || long > MOST || long > LONGEST * short {
            return Err(ModelError::Picture {
                reason: format!(
                    "it has {width} × {height} pixels, where no side may have more than {MOST}, or {LONGEST} times those of the other"
                ),
            });
        }
        Ok(Picture(picture))
    }

    /// Its values, `[height, width, 3]`.
    pub fn values(&self) -> &[u8] {
        self.0.as_raw()
    }

    /// Its columns and rows.
    pub fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// What a tower that reads `side` rows and columns is given of it: the shorter side becomes `side` (bicubic, what is made smaller
    /// is averaged), the middle is cut out, and each colour is put on CLIP's scale. `[3, side, side]`.
    pub fn pixels(&self, side: usize) -> Vec<f32> {
        let (width, height) = (self.0.width() as usize, self.0.height() as usize);
        let short = width.min(height);
        let [columns, rows] = [width, height].map(|length| side * length / short);
        let resized = resize(&self.0, columns as u32, rows as u32, FilterType::CatmullRom);
        let (left, top) = (middle(columns - side), middle(rows - side));
        let mut pixels = Vec::with_capacity(COLOURS * side * side);
        for colour in 0..COLOURS {
            for row in top..top + side {
                let row = &resized.as_raw()[(row * columns + left) * COLOURS..][..side * COLOURS];
                let values = row.iter().skip(colour).step_by(COLOURS);
                pixels.extend(
                    values.map(|&value| (f32::from(value) / 255.0 - MEAN[colour]) / DEVIATION[colour]),
                );
            }
        }
        pixels
    }
}

/// Half of what is cut off, to the even one of two that are as near.
fn middle(over: usize) -> usize {
    let half = over / 2;
    half + usize::from(over % 2 == 1 && half % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_refused_in_a_sentence() {
        for (bytes, said) in [
            (&b""[..], "neither a PNG nor a JPEG"),
            (b"RIFF....WAVE", "neither a PNG nor a JPEG"),
            (b"\x89PNG\r\n\x1a\n", "cannot be decoded"),
            (b"\xff\xd8\xff\xe0\0", "cannot be decoded"),
        ] {
            let sentence = Picture::decode(bytes).unwrap_err().to_string();
            assert!(sentence.contains(said), "{sentence}");
        }
        assert!(Picture::begins(b"\x89PNG\r\n\x1a\n") && Picture::begins(b"\xff\xd8\xff\xe0\0"));
        // The frames of an MP3 begin with much the same.
        assert!(!Picture::begins(b"\xff\xfb\x90\x64") && !Picture::begins(b""));
        let strip = Picture::from_rgb(17, 1, vec![0; 51]).unwrap_err().to_string();
        assert!(strip.contains("17 × 1 pixels"), "{strip}");
        assert!(Picture::from_rgb(16, 1, vec![0; 48]).is_ok());
        assert!(Picture::from_rgb(16, 1, vec![0; 47]).is_err());
        assert!(Picture::from_rgb(16, 1, vec![0; 49]).is_err());
        assert!(Picture::from_rgb(0, 0, vec![]).is_err());
    }

    #[test]
    fn the_middle_is_where_python_rounds_to() {
        assert_eq!([0, 1, 2, 3, 4, 5, 7].map(middle), [0, 0, 1, 2, 2, 2, 4]);
    }
}
