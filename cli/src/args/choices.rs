//! What several commands let one choose.

use std::num::NonZeroUsize;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use earmark_controls::{CardName, DeviceChoice, Quality};

/// Reads a [`Quality`] by its name.
pub(super) fn quality() -> impl TypedValueParser<Value = Quality> {
    let named = |quality: Quality| PossibleValue::new(quality.name()).help(quality.help());
    PossibleValuesParser::new(Quality::ALL.map(named))
        .try_map(|name| Quality::named(&name).ok_or("no such quality"))
}

/// Most threads of one command.
const MOST_THREADS: usize = 256;

/// Reads a number of threads.
pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let count = text.parse().ok().filter(|&count| count <= MOST_THREADS);
    count
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| format!("it is a whole number from 1 to {MOST_THREADS}"))
}

/// Reads a [`DeviceChoice`]: one that there is everywhere, or a graphics card of this machine by its name or a part of it.
pub(super) fn device(name: &str) -> Result<DeviceChoice, String> {
    match DeviceChoice::named(name) {
        DeviceChoice::Card(_) => {
            let cards = earmark_models::device::cards();
            let names: Vec<CardName> = cards.iter().map(|card| card.name).collect();
            card(name, &names).map(DeviceChoice::Card)
        }
        device => Ok(device),
    }
}

fn card(name: &str, cards: &[CardName]) -> Result<CardName, String> {
    let listed = |cards: &[CardName]| {
        let names: Vec<&str> = cards.iter().map(|card| card.as_str()).collect();
        names.join(", ")
    };
    CardName::meant(name, cards).map_err(|meant| match &meant[..] {
        [] => {
            let everywhere = DeviceChoice::ALL.map(DeviceChoice::name).join(", ");
            match cards {
                [] => format!("there are {everywhere}, and no graphics card was found"),
                _ => format!("there are {everywhere} and the graphics cards {}", listed(cards)),
            }
        }
        _ => format!("it may be any of {}; give more of the name", listed(&meant)),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_is_not_there_or_is_one_of_several_is_told_with_what_there_is() {
        let cards = ["GeForce RTX 4070", "GeForce RTX 4070 2"].map(CardName::new);
        let several = card("geforce", &cards).unwrap_err();
        assert!(
            several.contains("GeForce RTX 4070, GeForce RTX 4070 2"),
            "{several}"
        );
        let none = card("abacus", &cards).unwrap_err();
        assert!(
            none.contains("auto, cpu, gpu") && none.contains("RTX 4070 2"),
            "{none}"
        );
        assert!(
            card("abacus", &[])
                .unwrap_err()
                .contains("no graphics card was found")
        );
    }
}
