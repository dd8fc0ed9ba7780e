//! What is asked for, and how it is heard, as an engine takes it.

use earmark_controls::Control;
use earmark_engine::{
    Change, ChangeKind, Engine, EngineHandle, Gains, Heard, Mix, MixSettings, Query, Shaping,
};
use earmark_models::ModelError;
use earmark_queries::Phrases;
use earmark_state::preset::{self, Preset, Values};
use earmark_state::{Mode, StoredSlot};

use crate::args::{self, Live};
use crate::error::CliError;
use crate::model::Model;

/// The slots with their queries, and what holds from the first sample on.
pub(super) struct Wanted {
    slots: Vec<(Option<Query>, Option<Gains>)>,
    heard: Heard,
    mix: Mix,
    shaping: Shaping,
    /// In a few words, for the person at the terminal.
    pub(super) words: String,
}

impl Wanted {
    /// Reads the query or the preset, and says on standard error what the model most likely does not understand.
    ///
    /// # Errors
    /// [`CliError::Preset`] for a file that cannot be read, [`ModelError::EmptyQuery`] where nothing is asked for, and those of encoding.
    pub(super) fn of(options: &Live, model: &Model) -> Result<Wanted, CliError> {
        let preset = match &options.preset {
            Some(path) => preset::open(path)?,
            None => typed(options)?,
        };
        let (values, numbers) = (&preset.values, preset.values.numbers);
        let heard = Heard {
            slot: place(values.slot),
            also: place(values.also),
        };
        let mut doubts = vec![];
        let mut slots = vec![];
        for (number, slot) in (0..).zip(&preset.slots) {
            let (mut phrases, is_heard) = (slot.phrases(), [heard.slot, heard.also].contains(&Some(number)));
            if phrases.which.is_some() {
                if is_heard {
                    return Err(which_now(options, number, slot));
                }
                // Nobody hears it, and no other slot is heard later.
                phrases = Phrases::default();
            }
            slots.push((
                model.sounds(&phrases, &slot.text, &mut doubts)?,
                slot.own.map(|own| MixSettings::from(own).gains().into()),
            ));
        }
        let is_filled = |slot: u8| {
            slots
                .get(usize::from(slot))
                .is_some_and(|(query, _)| query.is_some())
        };
        if !heard.slot.is_some_and(is_filled) {
            return Err(ModelError::EmptyQuery.into());
        }
        let settings = MixSettings {
            mode: values.mode,
            target_db: numbers[Control::TargetGain],
            rest_db: numbers[Control::RestGain],
            attenuation_limit_db: numbers[Control::AttenuationLimit],
            wet: numbers[Control::Wet],
        };
        let shaping = Shaping {
            sensitivity: numbers[Control::Sensitivity],
            floor_db: numbers[Control::Floor],
            smoothing_ms: numbers[Control::Smoothing],
            gate: numbers[Control::Gate],
        };
        Ok(Wanted {
            words: words(&preset, heard),
            slots,
            heard,
            mix: settings.gains(),
            shaping,
        })
    }

    /// Hands it over before the first sample.
    pub(super) fn give(&self, engine: &mut Engine, handle: &EngineHandle) {
        for (slot, (query, own)) in (0..).zip(&self.slots) {
            handle.set_sounds(slot, query.clone());
            handle.set_own_gains(slot, *own);
        }
        engine.begin_with(
            &[
                ChangeKind::Mix(self.mix),
                ChangeKind::Slot(self.heard),
                ChangeKind::Shaping(self.shaping),
            ]
            .map(|kind| Change { offset: 0, kind }),
        );
    }
}

/// That a slot which is heard says which one is meant.
fn which_now(options: &Live, number: u8, slot: &StoredSlot) -> CliError {
    let instead = match &options.preset {
        Some(path) => format!(
            "it is heard in slot {} of {}: name the sound without it there, make another slot the active one, or use `earmark separate`",
            number + 1,
            path.display()
        ),
        None => "name the sound without it, or use `earmark separate`".into(),
    };
    CliError::WhichNow {
        query: slot.text.clone(),
        instead,
    }
}

/// What was typed, as a preset of one slot.
fn typed(options: &Live) -> Result<Preset, CliError> {
    let mode = match options.mode.unwrap_or(args::Mode::Isolate) {
        args::Mode::Isolate => Mode::Isolate,
        args::Mode::Remove => Mode::Remove,
    };
    Ok(Preset {
        name: String::new(),
        slots: vec![StoredSlot::of(options.query.as_deref().unwrap_or_default())],
        values: Values {
            mode,
            ..Values::default()
        },
    })
}

/// A slot's number, from 1, as its place; 0 is none.
fn place(number: i32) -> Option<u8> {
    number.checked_sub(1)?.try_into().ok()
}

/// "typing, together with speech (isolate)".
fn words(preset: &Preset, heard: Heard) -> String {
    let text = |slot: u8| {
        preset.slots.get(usize::from(slot)).map(|slot| {
            let text = if slot.text.is_empty() {
                &slot.name
            } else {
                &slot.text
            };
            match slot.negative.as_str() {
                "" => format!("\"{text}\""),
                negative => format!("\"{text}\" but not \"{negative}\""),
            }
        })
    };
    let texts: Vec<String> = [heard.slot, heard.also]
        .into_iter()
        .flatten()
        .filter_map(text)
        .collect();
    let mode = match preset.values.mode {
        Mode::Isolate => "isolate",
        Mode::Remove => "remove",
        Mode::Custom => "custom",
    };
    format!("{} ({mode})", texts.join(" together with "))
}
