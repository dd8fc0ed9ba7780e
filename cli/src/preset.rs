//! `earmark preset`: a query as a file that hosts and the plug-in load, for who has no editor to type into.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use earmark_models::ModelError;
use earmark_queries::Phrases;
use earmark_state::preset::{self, Preset, Values};
use earmark_state::{HostState, SLOTS, StoredMode, StoredSlot};

use crate::args::Quality;
use crate::error::CliError;
use crate::model::Model;
use crate::output;
use crate::whole::WholeFile;

/// Arguments of `earmark preset`.
#[derive(Debug, Args)]
#[command(
    after_help = "FILE.vstpreset is for VST3 hosts: in Python, `plugin.load_preset(\"typing.vstpreset\")` of pedalboard and \
    `processor.load_vst3_preset(\"typing.vstpreset\")` of DawDreamer. What the queries are encoded to is in it, so the plug-in hears them \
    from the first block on. FILE.json is for the plug-in's own menu of presets."
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

    /// The model that a .vstpreset asks for; `earmark models list` shows their names [default: the bundled one].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// How far ahead a model that has the choice hears.
    #[arg(long, value_enum, default_value_t = Quality::Balanced)]
    pub quality: Quality,
}

/// See [`StoredMode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PresetMode {
    /// The sound alone.
    Isolate,
    /// Everything but the sound.
    Remove,
    /// Both, each with its own fader.
    Custom,
}

/// Runs `earmark preset`.
///
/// # Errors
/// A [`CliError`]; nothing is written then.
pub fn run(options: &MakePreset) -> Result<(), CliError> {
    let ending = options.output.extension().and_then(|ending| ending.to_str());
    let bytes = match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("vstpreset") => vst3(options)?,
        Some("json") => preset(options)?.to_json().into_bytes(),
        _ => {
            return Err(CliError::PresetEnding {
                path: options.output.clone(),
            });
        }
    };
    let file = WholeFile::create(&options.output)?;
    let unwritable = |error: std::io::Error| CliError::Unwritable {
        path: options.output.clone(),
        reason: error.kind().to_string(),
    };
    file.handle()?.write_all(&bytes).map_err(unwritable)?;
    let written = file.finish()?;
    output::text(&format!("{}\n", written.display()));
    Ok(())
}

/// What is asked for, as the plug-in keeps it.
fn preset(options: &MakePreset) -> Result<Preset, CliError> {
    if let Some(path) = &options.from {
        return Ok(preset::open(path)?);
    }
    let texts: Vec<&String> = options.query.iter().chain(&options.queries).collect();
    if texts.len() > SLOTS {
        return Err(CliError::TooManySlots {
            given: texts.len(),
            most: SLOTS,
        });
    }
    let slots: Vec<StoredSlot> = texts.iter().map(|text| StoredSlot::of(text)).collect();
    for slot in &slots {
        let phrases = slot.phrases();
        if phrases.is_empty() {
            return Err(ModelError::EmptyQuery.into());
        }
        if phrases.cut {
            return Err(CliError::TooManySounds {
                query: slot.text.clone(),
                most: Phrases::MOST,
            });
        }
    }
    let mode = match options.mode {
        PresetMode::Isolate => StoredMode::Isolate,
        PresetMode::Remove => StoredMode::Remove,
        PresetMode::Custom => StoredMode::Custom,
    };
    let stem = options.output.file_stem().map(Path::new).unwrap_or(Path::new(""));
    Ok(Preset {
        name: preset::name(&stem.display().to_string())?,
        slots,
        values: Values {
            mode,
            ..Values::default()
        },
    })
}

/// The same for VST3 hosts, with what its sounds are encoded to.
fn vst3(options: &MakePreset) -> Result<Vec<u8>, CliError> {
    let preset = preset(options)?;
    let model = Model::load(options.model.as_deref(), options.quality.into())?;
    let mut doubts = vec![];
    let state =
        HostState::from(&preset).encoded(model.separator.spec(), options.quality.into(), |sound| {
            let condition = model.sound(sound)?;
            doubts.extend(model.doubt(sound, &condition));
            Ok::<_, CliError>(condition)
        })?;
    doubts.dedup();
    for doubt in doubts {
        eprintln!("earmark: {doubt}.");
    }
    Ok(state.to_vst3_preset())
}
