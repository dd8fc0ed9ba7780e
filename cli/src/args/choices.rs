//! What several commands let one choose.

use clap::{Args, ValueEnum};

/// See [`earmark_models::resunet::Quality`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Quality {
    /// At most a second of latency.
    Fast,
    /// At most two seconds.
    Balanced,
    /// Equal to the whole signal.
    Best,
}

impl From<Quality> for earmark_models::resunet::Quality {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Fast => Self::Fast,
            Quality::Balanced => Self::Balanced,
            Quality::Best => Self::Best,
        }
    }
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
