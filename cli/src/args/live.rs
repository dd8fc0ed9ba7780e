//! Arguments of `earmark live`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_controls::{MAX_CHANNELS, Quality};

use super::{Level, choices};

/// What surrounds it.
const JACK: &str = "It is a client of JACK, which PipeWire stands for where it runs: `pw-jack earmark live QUERY`. A JACK server must run. \
    Its ports are earmark:in_1, … and earmark:out_1, …: connect them to whatever else plays. With a microphone and loudspeakers in one room, \
    what is heard comes in again: use headphones.";

/// Arguments of `earmark live`.
#[derive(Debug, Args)]
#[command(after_help = JACK)]
pub struct Live {
    /// What to listen for, as in the plug-in: "rain + wind, not speech".
    #[arg(
        value_name = "QUERY",
        allow_hyphen_values = true,
        required_unless_present = "preset"
    )]
    pub query: Option<String>,

    /// What is heard: the sound alone, or everything but it [default: isolate].
    #[arg(long, value_enum)]
    pub mode: Option<super::Mode>,

    /// Takes the queries, the mode and the faders from a preset of the plug-in, FILE.json, instead.
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["query", "mode"])]
    pub preset: Option<PathBuf>,

    /// Where the sound comes from: JACK's ports whose names begin so ("system:capture", "Firefox:"), or none [default: the inputs of the
    /// sound card].
    #[arg(long, value_name = "PORTS")]
    pub input: Option<String>,

    /// Where it goes to: JACK's ports whose names begin so, or none [default: the outputs of the sound card].
    #[arg(long, value_name = "PORTS")]
    pub output: Option<String>,

    /// Channels, 1 to 8. One port that is given for several is connected to each.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=MAX_CHANNELS as i64))]
    pub channels: u8,

    /// The model; `earmark models list` shows their names [default: the bundled one].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// How far ahead a model that has the choice hears.
    #[arg(long, value_parser = choices::quality(), default_value_t = Quality::Balanced)]
    pub quality: Quality,

    /// How loud the model hears.
    #[command(flatten)]
    pub level: Level,

    /// How its state is said, once a second.
    #[arg(long, value_enum, default_value_t = Say::Words)]
    pub say: Say,
}

/// How the state is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Say {
    /// One line, which is written anew on a terminal.
    Words,
    /// One JSON object a line.
    Json,
}
