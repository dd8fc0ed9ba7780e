//! What a host can automate. Identifiers and ranges are part of every project ever saved: they never change.

use std::sync::Arc;

use earmark_engine::{FADER_BOTTOM_DB, Heard, Mix, MixSettings, Mode, NO_FLOOR_DB, Shaping};
use nice_plug::prelude::*;

use crate::session::{Session, StoredQueriesField, WindowSize};
use crate::state::{FADER_TOP_DB, SLOTS};

/// What is done with the sound that the query names, as a host shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ModeParam {
    /// Hear only the named sound.
    #[id = "isolate"]
    #[name = "Isolate"]
    Isolate,
    /// Hear everything but it.
    #[id = "remove"]
    #[name = "Remove"]
    Remove,
    /// Hear both, each with its own gain.
    #[id = "custom"]
    #[name = "Custom"]
    Custom,
}

impl From<ModeParam> for Mode {
    fn from(mode: ModeParam) -> Mode {
        match mode {
            ModeParam::Isolate => Mode::Isolate,
            ModeParam::Remove => Mode::Remove,
            ModeParam::Custom => Mode::Custom,
        }
    }
}

/// Parameters and stored fields.
#[derive(Params)]
pub struct EarmarkParams {
    /// Texts, conditions and the model, under the field `queries`; see [`crate::state`].
    #[persist = "queries"]
    pub queries: StoredQueriesField,
    /// The window's size in points, under the field `window`.
    #[persist = "window"]
    pub window: WindowSize,

    /// The host's own bypass.
    #[id = "bypass"]
    pub bypass: BoolParam,
    /// Isolate, remove or custom.
    #[id = "mode"]
    pub mode: EnumParam<ModeParam>,
    /// 0 is off, 1 to 8 are the slots.
    #[id = "slot"]
    pub slot: IntParam,
    /// Gain of the named sound in dB; -60 is silence.
    #[id = "target"]
    pub target: FloatParam,
    /// Gain of everything else in dB; -60 is silence.
    #[id = "rest"]
    pub rest: FloatParam,
    /// By how many dB "remove" turns the named sound down; 60 is silence.
    #[id = "limit"]
    pub limit: FloatParam,
    /// Share of the processed sound, 0 to 1.
    #[id = "wet"]
    pub wet: FloatParam,
    /// The named sound is silent, whatever its gain.
    #[id = "mute_target"]
    pub mute_target: BoolParam,
    /// Everything else is silent, whatever its gain.
    #[id = "mute_rest"]
    pub mute_rest: BoolParam,
    /// Exponent of the mask, 0.25 to 4.
    #[id = "sensitivity"]
    pub sensitivity: FloatParam,
    /// Least gain of the mask in dB; -60 is none.
    #[id = "floor"]
    pub floor: FloatParam,
    /// Time constant of the mask in ms.
    #[id = "smoothing"]
    pub smoothing: FloatParam,
    /// Presence below which the named sound closes, 0 to 1; 0 is off.
    #[id = "gate"]
    pub gate: FloatParam,
    /// The slot that is heard together with the active one: 0 is none, 1 to 8 are the slots.
    #[id = "also"]
    pub also: IntParam,
}

impl EarmarkParams {
    /// Parameters at their defaults, storing the queries of `session`.
    pub fn new(session: &Arc<Session>) -> EarmarkParams {
        EarmarkParams {
            queries: StoredQueriesField(session.clone()),
            window: WindowSize::default(),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            mode: EnumParam::new("Mode", ModeParam::Isolate),
            slot: slot("Query slot", 1, "Off"),
            target: gain("Target gain"),
            rest: gain("Rest gain"),
            limit: FloatParam::new(
                "Attenuation limit",
                60.0,
                FloatRange::Linear { min: 0.0, max: 60.0 },
            )
            .with_unit(" dB")
            .with_value_to_string(formatters::v2s_f32_rounded(1))
            .with_string_to_value(Arc::new(|text| number(text, "db"))),
            wet: FloatParam::new("Wet", 1.0, FloatRange::Linear { min: 0.0, max: 1.0 })
                .with_unit(" %")
                .with_value_to_string(formatters::v2s_f32_percentage(1))
                .with_string_to_value(formatters::s2v_f32_percentage()),
            mute_target: BoolParam::new("Mute target", false),
            mute_rest: BoolParam::new("Mute rest", false),
            sensitivity: FloatParam::new(
                "Sensitivity",
                1.0,
                FloatRange::Skewed {
                    min: 0.25,
                    max: 4.0,
                    factor: FloatRange::skew_factor(-1.0),
                },
            )
            .with_value_to_string(formatters::v2s_f32_rounded(2)),
            floor: FloatParam::new(
                "Floor",
                NO_FLOOR_DB,
                FloatRange::Linear {
                    min: NO_FLOOR_DB,
                    max: 0.0,
                },
            )
            .with_unit(" dB")
            .with_value_to_string(Arc::new(decibels))
            .with_string_to_value(Arc::new(|text| Some(number(text, "db")?.clamp(NO_FLOOR_DB, 0.0)))),
            smoothing: FloatParam::new("Smoothing", 0.0, FloatRange::Linear { min: 0.0, max: 500.0 })
                .with_unit(" ms")
                .with_value_to_string(formatters::v2s_f32_rounded(0))
                .with_string_to_value(Arc::new(|text| number(text, "ms"))),
            gate: FloatParam::new("Gate", 0.0, FloatRange::Linear { min: 0.0, max: 1.0 })
                .with_unit(" %")
                .with_value_to_string(formatters::v2s_f32_percentage(1))
                .with_string_to_value(formatters::s2v_f32_percentage()),
            also: slot("Also slot", 0, "None"),
        }
    }

    /// Mode and faders as the engine takes them.
    pub fn settings(&self) -> MixSettings {
        MixSettings {
            mode: self.mode.value().into(),
            target_db: self.target.value(),
            rest_db: self.rest.value(),
            attenuation_limit_db: self.limit.value(),
            wet: self.wet.value(),
        }
    }

    /// The linear gains that they mean.
    pub fn mix(&self) -> Mix {
        Mix {
            target_muted: self.mute_target.value(),
            rest_muted: self.mute_rest.value(),
            ..self.settings().gains()
        }
    }

    /// What is done with the masks.
    pub fn shaping(&self) -> Shaping {
        Shaping {
            // Hosts hand over values that went through 0 to 1 and back; the neutral one must stay what it is.
            sensitivity: (self.sensitivity.value() * 100.0).round() / 100.0,
            floor_db: self.floor.value(),
            smoothing_ms: self.smoothing.value(),
            gate: self.gate.value(),
        }
    }

    /// The active slot, 0 to 7; `None` is off.
    pub fn active_slot(&self) -> Option<u8> {
        place(&self.slot)
    }

    /// The slot that is heard together with the active one, 0 to 7, where there is one.
    pub fn also_slot(&self) -> Option<u8> {
        place(&self.also)
    }

    /// Both, as the engine takes them.
    pub fn heard(&self) -> Heard {
        Heard {
            slot: self.active_slot(),
            also: self.also_slot(),
        }
    }
}

/// A slot's number, from 1, or 0 for `none` of them.
fn slot(name: &str, default: i32, none: &'static str) -> IntParam {
    IntParam::new(
        name,
        default,
        IntRange::Linear {
            min: 0,
            max: SLOTS as i32,
        },
    )
    .with_value_to_string(Arc::new(
        move |slot| {
            if slot == 0 { none.into() } else { slot.to_string() }
        },
    ))
    .with_string_to_value(Arc::new(move |text| match text.trim() {
        text if text.eq_ignore_ascii_case(none) => Some(0),
        slot => slot.parse().ok(),
    }))
}

/// The slot that a parameter names, 0 to 7.
fn place(slot: &IntParam) -> Option<u8> {
    u8::try_from(slot.value() - 1)
        .ok()
        .filter(|&slot| usize::from(slot) < SLOTS)
}

/// A fader from silence to +12 dB.
fn gain(name: &str) -> FloatParam {
    FloatParam::new(
        name,
        0.0,
        FloatRange::Linear {
            min: FADER_BOTTOM_DB,
            max: FADER_TOP_DB,
        },
    )
    .with_unit(" dB")
    .with_value_to_string(Arc::new(decibels))
    .with_string_to_value(Arc::new(|text| match number(text, "db")? {
        db if db < FADER_BOTTOM_DB => Some(FADER_BOTTOM_DB),
        db => Some(db),
    }))
}

/// A level, "-inf" at the bottom.
fn decibels(db: f32) -> String {
    if db <= FADER_BOTTOM_DB {
        "-inf".into()
    } else {
        // No "-0.0", which reads like a value of its own.
        format!("{:.1}", (db * 10.0).round() / 10.0 + 0.0)
    }
}

/// A number with or without its unit.
fn number(text: &str, unit: &str) -> Option<f32> {
    let text = text.trim().to_lowercase();
    let number: f32 = text.strip_suffix(unit).unwrap_or(&text).trim().parse().ok()?;
    (!number.is_nan()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> EarmarkParams {
        EarmarkParams::new(&Session::new())
    }

    #[test]
    fn the_defaults_isolate_slot_1_completely() {
        let params = params();
        assert_eq!(params.settings(), MixSettings::default());
        assert_eq!(
            params.mix(),
            Mix {
                rest_gain: 0.0,
                ..Mix::default()
            }
        );
        assert_eq!(params.heard(), Some(0).into(), "no second slot");
        assert_eq!(params.shaping(), Shaping::default());
    }

    #[test]
    fn plain_values_become_gains() {
        // Only a wrapper may set a parameter; a parameter with another default reads the same.
        let float = |default, max| FloatParam::new("", default, FloatRange::Linear { min: -60.0, max });
        let slot = |default| slot("", default, "");
        let mut params = params();
        params.mode = EnumParam::new("", ModeParam::Remove);
        params.limit = float(20.0, 60.0);
        params.rest = float(6.0, 12.0);
        params.wet = float(0.25, 1.0);
        let mix = params.mix();
        assert_eq!(params.settings().mode, Mode::Remove);
        assert!((mix.target_gain - 0.1).abs() < 1e-4, "{mix:?}");
        assert!((mix.rest_gain - 1.995_26).abs() < 1e-3, "{mix:?}");
        assert_eq!(mix.wet, 0.25);
        params.rest = float(-60.0, 12.0);
        assert_eq!(params.mix().rest_gain, 0.0, "the bottom of the fader is silence");
        params.limit = float(60.0, 60.0);
        assert_eq!(params.mix().target_gain, 0.0, "no limit removes all of it");
        params.mute_rest = BoolParam::new("", true);
        let mix = params.mix();
        assert_eq!((mix.target_muted, mix.rest_muted), (false, true));
        for (value, expected) in [(0, None), (1, Some(0)), (8, Some(7))] {
            params.slot = slot(value);
            params.also = slot(value);
            assert_eq!((params.active_slot(), params.also_slot()), (expected, expected));
        }
    }

    #[test]
    fn values_can_be_typed() {
        let params = params();
        let gain = |text: &str| {
            params
                .target
                .string_to_normalized_value(text)
                .map(|n| params.target.preview_plain(n))
        };
        assert_eq!(gain("-inf"), Some(-60.0));
        assert_eq!(gain("-inf dB"), Some(-60.0));
        assert!((gain(" -6.5 dB ").unwrap_or(0.0) + 6.5).abs() < 1e-4);
        assert_eq!(gain("loud"), None);
        assert_eq!(gain("nan"), None);
        let floor = |text: &str| {
            let normalized = params.floor.string_to_normalized_value(text);
            normalized.map(|normalized| params.floor.preview_plain(normalized))
        };
        assert_eq!((floor("-inf dB"), floor("-30 dB")), (Some(-60.0), Some(-30.0)));
        assert_eq!(params.slot.string_to_normalized_value("off"), Some(0.0));
        assert_eq!(params.slot.string_to_normalized_value("8"), Some(1.0));
        assert_eq!(params.also.string_to_normalized_value(" none "), Some(0.0));
        assert_eq!(params.also.normalized_value_to_string(0.0, true), "None");
        assert_eq!(params.also.normalized_value_to_string(1.0, true), "8");
        assert_eq!(params.target.normalized_value_to_string(0.0, true), "-inf dB");
        assert_eq!(params.wet.normalized_value_to_string(0.5, true), "50.0 %");
    }

    #[test]
    fn identifiers_are_for_ever() {
        let ids: Vec<String> = params().param_map().into_iter().map(|(id, ..)| id).collect();
        assert_eq!(
            ids,
            [
                "bypass",
                "mode",
                "slot",
                "target",
                "rest",
                "limit",
                "wet",
                "mute_target",
                "mute_rest",
                "sensitivity",
                "floor",
                "smoothing",
                "gate",
                "also"
            ]
        );
    }
}
