//! Pictures of figures, with the same letters and colours on every machine.

use std::io::Write;
use std::path::Path;

use earmark_audio::WholeFile;
use plotters::backend::BitMapBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use plotters::style::text_anchor::{Pos, VPos};
use plotters::style::{FontStyle, register_font};

pub(crate) use plotters::style::RGBColor as Colour;
pub(crate) use plotters::style::text_anchor::HPos;

use crate::error::CliError;

const FONT: &str = "sans-serif";

pub(crate) const INK: Colour = RGBColor(30, 30, 36);
pub(crate) const FAINT: Colour = RGBColor(214, 214, 220);
/// Told apart by lightness as well as by hue, and by their shape.
pub(crate) const FIRST: Colour = RGBColor(24, 96, 160);
pub(crate) const SECOND: Colour = RGBColor(214, 120, 40);

/// What is drawn on.
pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
pub(crate) type Drawn = Result<(), String>;

/// A chart to be drawn, its file begun.
pub(crate) struct Chart {
    file: WholeFile,
}

impl Chart {
    /// Checks that the PNG at `path` can be written: before the work, not after.
    ///
    /// # Errors
    /// [`FileError::Unwritable`](earmark_audio::FileError::Unwritable).
    pub(crate) fn create(path: &Path) -> Result<Self, CliError> {
        Ok(Self {
            file: WholeFile::create(path)?,
        })
    }

    /// Draws it in so many pixels, and writes it.
    ///
    /// # Errors
    /// [`FileError::Unwritable`](earmark_audio::FileError::Unwritable).
    pub(crate) fn draw(
        self,
        (width, height): (u32, u32),
        paint: impl FnOnce(&Area) -> Drawn,
    ) -> Result<(), CliError> {
        let pixels = painted((width, height), paint).map_err(|reason| self.file.unwritable(reason))?;
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&pixels)?;
            writer.finish()
        });
        written.map_err(|error| self.file.unwritable(error.to_string()))?;
        let written = self.file.handle()?.write_all(&png);
        written.map_err(|error| self.file.unwritable(error.kind().to_string()))?;
        self.file.finish()?;
        Ok(())
    }
}

/// The picture, `[row][column][colour]`.
fn painted((width, height): (u32, u32), paint: impl FnOnce(&Area) -> Drawn) -> Result<Vec<u8>, String> {
    // The same letters on every machine, whatever fonts it has.
    register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| "its font cannot be read".to_owned())?;
    let mut pixels = vec![255; (3 * width * height) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        paint(&area)?;
        area.present().map_err(|error| error.to_string())?;
    }
    Ok(pixels)
}

pub(crate) fn text(area: &Area, text: &str, at: (i32, i32), size: i32, side: HPos) -> Drawn {
    let style = (FONT, size)
        .into_font()
        .color(&INK)
        .pos(Pos::new(side, VPos::Center));
    drawn(area.draw(&Text::new(text.to_owned(), at, style)))
}

pub(crate) fn stroke(area: &Area, from: (i32, i32), to: (i32, i32), colour: Colour) -> Drawn {
    drawn(area.draw(&PathElement::new(vec![from, to], colour)))
}

pub(crate) fn dot(area: &Area, at: (i32, i32), colour: Colour) -> Drawn {
    drawn(area.draw(&Circle::new(at, 4, colour.filled())))
}

pub(crate) fn square(area: &Area, (x, y): (i32, i32), colour: Colour) -> Drawn {
    drawn(area.draw(&Rectangle::new([(x - 3, y - 3), (x + 3, y + 3)], colour.filled())))
}

fn drawn<E: std::error::Error + Send + Sync>(result: Result<(), DrawingAreaErrorKind<E>>) -> Drawn {
    result.map_err(|error| error.to_string())
}
