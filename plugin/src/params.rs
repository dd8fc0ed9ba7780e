//! What a host can automate. Names, ranges and defaults are those of the table, [`earmark_controls::PARAMETERS`].

use std::sync::Arc;

use earmark_controls::{Control, Kind, Mode, Numbers, SLOTS, Unit, parameter};
use earmark_engine::{Fields, Heard, Mix, MixSettings, Shaping};
use nice_plug::prelude::*;

use crate::session::{More, Session, StoredQueriesField, WindowSize};

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

impl From<Mode> for ModeParam {
    fn from(mode: Mode) -> ModeParam {
        match mode {
            Mode::Isolate => ModeParam::Isolate,
            Mode::Remove => ModeParam::Remove,
            Mode::Custom => ModeParam::Custom,
        }
    }
}

/// Parameters and stored fields.
#[derive(Params)]
pub struct EarmarkParams {
    /// Texts, conditions and the model, under the field `queries`; see [`crate::state`].
    #[persist = "queries"]
    queries: StoredQueriesField,
    /// The window's size in points, under the field `window`.
    #[persist = "window"]
    pub window: WindowSize,
    /// Whether what is behind *More* is in view, under the field `more`.
    #[persist = "more"]
    pub more: More,

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
            queries: StoredQueriesField::of(session),
            window: WindowSize::default(),
            more: More::default(),
            bypass: switch("bypass").make_bypass(),
            mode: EnumParam::new(parameter("mode").name, ModeParam::Isolate),
            slot: slot("slot"),
            target: number(Control::TargetGain),
            rest: number(Control::RestGain),
            limit: number(Control::AttenuationLimit),
            wet: number(Control::Wet),
            mute_target: switch("mute_target"),
            mute_rest: switch("mute_rest"),
            sensitivity: number(Control::Sensitivity),
            floor: number(Control::Floor),
            smoothing: number(Control::Smoothing),
            gate: number(Control::Gate),
            also: slot("also"),
        }
    }

    /// The parameter that a control's fader sets.
    pub fn fader(&self, control: Control) -> &FloatParam {
        match control {
            Control::TargetGain => &self.target,
            Control::RestGain => &self.rest,
            Control::AttenuationLimit => &self.limit,
            Control::Wet => &self.wet,
            Control::Sensitivity => &self.sensitivity,
            Control::Floor => &self.floor,
            Control::Smoothing => &self.smoothing,
            Control::Gate => &self.gate,
        }
    }

    /// What a control's fader changes in the engine.
    pub fn field(&self, control: Control) -> Fields {
        match control {
            Control::TargetGain | Control::AttenuationLimit => Fields::TARGET_GAIN,
            Control::RestGain => Fields::REST_GAIN,
            Control::Wet => Fields::WET,
            Control::Sensitivity => Fields::SENSITIVITY,
            Control::Floor => Fields::FLOOR,
            Control::Smoothing => Fields::SMOOTHING,
            Control::Gate => Fields::GATE,
        }
    }

    /// The values of all controls.
    pub fn numbers(&self) -> Numbers {
        Numbers::from_fn(|control| {
            let (value, number) = (self.fader(control).value(), control.number());
            // Hosts hand over values that went through 0 to 1 and back; the neutral one of a curve must stay what it is.
            if number.skew == 0.0 {
                value
            } else {
                number.snap(value)
            }
        })
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
        let numbers = self.numbers();
        Shaping {
            sensitivity: numbers[Control::Sensitivity],
            floor_db: numbers[Control::Floor],
            smoothing_ms: numbers[Control::Smoothing],
            gate: numbers[Control::Gate],
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

/// A parameter that is on or off.
fn switch(id: &str) -> BoolParam {
    BoolParam::new(parameter(id).name, false)
}

/// A slot's number, from 1, or 0 for none of them.
fn slot(id: &str) -> IntParam {
    let row = parameter(id);
    let Kind::Slot { default, none } = row.kind else {
        panic!("{id} names no slot");
    };
    let range = IntRange::Linear {
        min: 0,
        max: SLOTS as i32,
    };
    IntParam::new(row.name, default.into(), range)
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

/// A number as the table describes it.
fn number(control: Control) -> FloatParam {
    let number = control.number();
    let (min, max) = (number.min, number.max);
    let range = if number.skew == 0.0 {
        FloatRange::Linear { min, max }
    } else {
        FloatRange::Skewed {
            min,
            max,
            factor: FloatRange::skew_factor(number.skew),
        }
    };
    let param =
        FloatParam::new(control.parameter().name, number.default, range).with_unit(number.unit.suffix());
    let decimals = number.decimals;
    if number.unit == Unit::Percent {
        return param
            .with_value_to_string(formatters::v2s_f32_percentage(decimals))
            .with_string_to_value(formatters::s2v_f32_percentage());
    }
    let param = if number.silent_at_min {
        param.with_value_to_string(Arc::new(move |value| {
            if value <= min {
                "-inf".into()
            } else {
                // No "-0.0", which reads like a value of its own.
                let scale = 10f32.powi(decimals as i32);
                format!("{:.decimals$}", (value * scale).round() / scale + 0.0)
            }
        }))
    } else {
        param.with_value_to_string(formatters::v2s_f32_rounded(decimals))
    };
    param.with_string_to_value(Arc::new(move |text| {
        read(text, number.unit).map(|value| value.clamp(min, max))
    }))
}

/// A number with or without its unit.
fn read(text: &str, unit: Unit) -> Option<f32> {
    let text = text.trim().to_lowercase();
    let unit = unit.suffix().trim().to_lowercase();
    let number: f32 = text
        .strip_suffix(unit.as_str())
        .unwrap_or(&text)
        .trim()
        .parse()
        .ok()?;
    (!number.is_nan()).then_some(number)
}

#[cfg(test)]
mod tests {
    use earmark_controls::PARAMETERS;

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
        let slot = |default| IntParam::new("", default, IntRange::Linear { min: 0, max: 8 });
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
        let params = params();
        let ids: Vec<String> = params.param_map().into_iter().map(|(id, ..)| id).collect();
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

    /// The macro wants each identifier as a word of the source; everything else is the table's.
    #[test]
    fn the_parameters_are_those_of_the_table() {
        let params = params();
        let ids: Vec<String> = params.param_map().into_iter().map(|(id, ..)| id).collect();
        let table: Vec<&str> = PARAMETERS.iter().map(|parameter| parameter.id).collect();
        assert_eq!(ids, table);
        for control in Control::ALL {
            let (param, number) = (params.fader(control), control.number());
            assert_eq!(param.name(), control.parameter().name);
            assert_eq!(param.default_plain_value(), number.default, "{control:?}");
            let ends = (param.preview_plain(0.0), param.preview_plain(1.0));
            assert_eq!(ends, (number.min, number.max), "{control:?}");
        }
    }
}
