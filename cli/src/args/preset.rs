//! Arguments of `earmark preset`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_controls::Quality;

use super::choices;
use super::setting::{self, Setting};

/// What the files are for.
const FILES: &str = "FILE.vstpreset is for VST3 hosts: in Python, `plugin.load_preset(\"typing.vstpreset\")` of pedalboard and \
    `processor.load_vst3_preset(\"typing.vstpreset\")` of DawDreamer. What the queries are encoded to is in it, so the plug-in hears them \
    from the first block on. FILE.json is for the plug-in's own menu of presets.";

/// Arguments of `earmark preset`.
#[derive(Debug, Args)]
#[command(
    after_help = format!("{}\n\nWhat --set takes, and [at first]:\n{}", FILES, setting::table())
)]
pub struct MakePreset {
    /// What slot 1 listens for, as in the plug-in: "rain + wind, not speech".
    #[arg(value_name = "QUERY", allow_hyphen_values = true, required_unless_present_any = ["queries", "from"])]
    pub query: Option<String>,

    /// What the next slot listens for; eight at most in all.
    #[arg(
        short = 'q',
        long = "query",
        value_name = "QUERY",
        allow_hyphen_values = true,
        id = "queries"
    )]
    pub queries: Vec<String>,

    /// Takes all of it from a preset of the plug-in, FILE.json, instead.
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["query", "queries", "mode"])]
    pub from: Option<PathBuf>,

    /// The file to write: NAME.vstpreset or NAME.json.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// What is heard: the sound alone, everything but it, or both, each with its own fader.
    #[arg(long, value_enum, default_value_t = PresetMode::Isolate)]
    pub mode: PresetMode,

    /// Sets a parameter by its identifier: target=-6, smoothing="40 ms", slot=off. The list is below.
    #[arg(long = "set", value_name = "ID=VALUE", allow_hyphen_values = true)]
    pub settings: Vec<Setting>,

    /// The model that a .vstpreset asks for; `earmark models list` shows their names [default: the bundled one].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// How far ahead a model that has the choice hears.
    #[arg(long, value_parser = choices::quality(), default_value_t = Quality::Balanced)]
    pub quality: Quality,
}

/// See [`earmark_state::Mode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PresetMode {
    /// The sound alone.
    Isolate,
    /// Everything but the sound.
    Remove,
    /// Both, each with its own fader.
    Custom,
}
