//! A picture in memory: pixels, ticks, text, PNG.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::font;

type Rgb = [u8; 3];

const PAPER: Rgb = [16, 16, 22];
const INK: Rgb = [222, 222, 230];

/// The colours of levels from 0 (quiet) to 1 (loud), equally spaced: lightness rises all the way, so that the picture
/// reads the same in grey.
const HEAT: [Rgb; 7] = [
    [6, 6, 16],
    [38, 20, 84],
    [104, 28, 120],
    [176, 50, 108],
    [236, 98, 74],
    [252, 172, 90],
    [254, 246, 196],
];

/// The colour of a level from 0 to 1.
pub(super) fn heat(level: f64) -> Rgb {
    let place = level.clamp(0.0, 1.0) * (HEAT.len() - 1) as f64;
    let below = (place as usize).min(HEAT.len() - 2);
    let part = place - below as f64;
    std::array::from_fn(|i| {
        (f64::from(HEAT[below][i]) * (1.0 - part) + f64::from(HEAT[below + 1][i]) * part).round() as u8
    })
}

/// How many pixels a line of text takes.
pub(super) fn text_width(text: &str, scale: usize) -> usize {
    text.chars().count() * (font::WIDTH + 1) * scale
}

pub(super) struct Canvas {
    width: usize,
    height: usize,
    /// `[row][column][colour]`, flat.
    pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: PAPER.repeat(width * height),
        }
    }

    /// Colours a pixel; what lies outside is dropped.
    pub(super) fn set(&mut self, x: usize, y: usize, colour: Rgb) {
        if x < self.width && y < self.height {
            self.pixels[3 * (y * self.width + x)..][..3].copy_from_slice(&colour);
        }
    }

    /// A horizontal tick.
    pub(super) fn line(&mut self, x: usize, y: usize, length: usize) {
        (x..x + length).for_each(|x| self.set(x, y, INK));
    }

    /// A line of text, its upper left corner at the given place.
    pub(super) fn text(&mut self, x: usize, y: usize, text: &str, scale: usize) {
        for (index, character) in text.chars().enumerate() {
            let left = x + index * (font::WIDTH + 1) * scale;
            for (row, bits) in font::glyph(character).iter().enumerate() {
                for column in (0..font::WIDTH).filter(|column| bits >> (font::WIDTH - 1 - column) & 1 == 1) {
                    for (dx, dy) in (0..scale * scale).map(|n| (n % scale, n / scale)) {
                        self.set(left + column * scale + dx, y + row * scale + dy, INK);
                    }
                }
            }
        }
    }

    /// Writes the picture as PNG.
    pub(super) fn write(&self, path: &Path) -> Result<(), String> {
        let file = File::create(path).map_err(|error| error.to_string())?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer
            .write_image_data(&self.pixels)
            .map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())
    }
}
