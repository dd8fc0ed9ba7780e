//! `earmark preset`: a query as a file that hosts and the plug-in load, for who has no editor to type into.

use std::io::Write;
use std::path::Path;

use earmark_audio::{FileError, WholeFile};
use earmark_models::ModelError;
use earmark_queries::Phrases;
use earmark_state::preset::{self, Preset, Values};
use earmark_state::{HostState, Mode, SLOTS, StoredSlot};

use crate::args::{MakePreset, PresetMode, Setting, SettingValue};
use crate::error::CliError;
use crate::model::Model;
use crate::output;

/// Runs `earmark preset`.
///
/// # Errors
/// A [`CliError`]; nothing is written then.
pub fn run(options: &MakePreset) -> Result<(), CliError> {
    let ending = options.output.extension().and_then(|ending| ending.to_str());
    let bytes = match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("vstpreset") => vst3(options)?,
        Some("json") => own(options)?.to_json().into_bytes(),
        _ => {
            return Err(CliError::PresetEnding {
                path: options.output.clone(),
            });
        }
    };
    let file = WholeFile::create(&options.output)?;
    let unwritable = |error: std::io::Error| FileError::Unwritable {
        path: options.output.clone(),
        reason: error.kind().to_string(),
    };
    file.handle()?.write_all(&bytes).map_err(unwritable)?;
    let written = file.finish()?;
    output::text(&format!("{}\n", written.display()));
    Ok(())
}

/// The same for the plug-in's own menu, whose presets leave some parameters alone.
fn own(options: &MakePreset) -> Result<Preset, CliError> {
    if let Some(setting) = apart(options).next() {
        return Err(CliError::NotInPresets {
            id: setting.parameter.id,
        });
    }
    preset(options)
}

/// The settings of parameters that the plug-in's own presets leave alone.
fn apart(options: &MakePreset) -> impl Iterator<Item = &Setting> {
    let is_apart = |setting: &&Setting| setting.parameter.in_presets.is_none();
    options.settings.iter().filter(is_apart)
}

/// What is asked for, as the plug-in keeps it.
fn preset(options: &MakePreset) -> Result<Preset, CliError> {
    let mut preset = queried(options)?;
    for setting in &options.settings {
        let (values, parameter) = (&mut preset.values, setting.parameter);
        match setting.value {
            SettingValue::Mode(mode) => values.mode = mode,
            SettingValue::Slot(slot) if parameter.id == "also" => values.also = slot,
            SettingValue::Slot(slot) => values.slot = slot,
            SettingValue::Number(control, value) => values.numbers = values.numbers.with(control, value),
            // No switch is part of a preset.
            SettingValue::Switch(_) => {}
        }
    }
    Ok(preset)
}

/// The queries, with the values that they have at first.
fn queried(options: &MakePreset) -> Result<Preset, CliError> {
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
        PresetMode::Isolate => Mode::Isolate,
        PresetMode::Remove => Mode::Remove,
        PresetMode::Custom => Mode::Custom,
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
    let model = Model::load(options.model.as_deref(), options.quality)?;
    let mut doubts = vec![];
    let mut state = HostState::from(&preset);
    for setting in apart(options) {
        if let SettingValue::Switch(is_on) = setting.value {
            state = state.with_param(setting.parameter.id, serde_json::json!({ "bool": is_on }));
        }
    }
    let state = state.encoded(model.separator.spec(), options.quality, |sound| {
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
