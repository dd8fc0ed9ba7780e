//! What several commands let one choose.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use earmark_controls::{DeviceChoice, Quality};

/// Reads a [`Quality`] by its name.
pub(super) fn quality() -> impl TypedValueParser<Value = Quality> {
    let named = |quality: Quality| PossibleValue::new(quality.name()).help(quality.help());
    PossibleValuesParser::new(Quality::ALL.map(named))
        .try_map(|name| Quality::named(&name).ok_or("no such quality"))
}

/// Reads a [`DeviceChoice`] by its name.
pub(super) fn device() -> impl TypedValueParser<Value = DeviceChoice> {
    let named = |device: DeviceChoice| PossibleValue::new(device.name()).help(device.help());
    PossibleValuesParser::new(DeviceChoice::ALL.map(named))
        .try_map(|name| DeviceChoice::named(&name).ok_or("no such device"))
}

/// How loud the model hears what it separates.
#[derive(Debug, Clone, Copy, Args)]
pub struct Level {
    /// The level at which the model hears: auto brings what is quieter or louder to where it hears well, a
    /// number turns the input up by so many dB. What comes out keeps its level.
    #[arg(
        long,
        value_name = "DB",
        default_value = "auto",
        allow_negative_numbers = true
    )]
    pub trim: Trim,
}

/// See [`earmark_engine::Trim`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trim(earmark_engine::Trim);

impl std::str::FromStr for Trim {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Trim(earmark_engine::Trim::Automatic));
        }
        match text.parse::<f32>() {
            Ok(db) if db.abs() <= 60.0 => Ok(Trim(earmark_engine::Trim::Fixed(db))),
            _ => Err("it is auto, or a number of dB from -60 to 60".into()),
        }
    }
}

impl From<Trim> for earmark_engine::Trim {
    fn from(trim: Trim) -> Self {
        trim.0
    }
}
