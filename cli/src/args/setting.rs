//! `--set ID=VALUE`: a parameter by its identifier, with a value as the editor shows it. What there is stands in the one table of
//! parameters.

use std::str::FromStr;

use earmark_controls::{Control, Kind, Mode, PARAMETERS, Parameter, SLOTS};

/// A parameter and its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Which one.
    pub parameter: &'static Parameter,
    /// What it is set to.
    pub value: Value,
}

/// The value of a parameter, of its own kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// What is heard.
    Mode(Mode),
    /// A slot's number, from 1, or 0 for none.
    Slot(i32),
    /// The value of a fader.
    Number(Control, f32),
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, value) = text
            .split_once('=')
            .ok_or("it is ID=VALUE, for example target=-6")?;
        let id = id.trim();
        let parameter = PARAMETERS
            .iter()
            .find(|parameter| parameter.id == id)
            .ok_or_else(|| {
                let ids: Vec<&str> = PARAMETERS.iter().map(|parameter| parameter.id).collect();
                format!("no parameter is called \"{id}\"; there are {}", ids.join(", "))
            })?;
        let value = read(&parameter.kind, value.trim())
            .ok_or_else(|| format!("\"{id}\" takes {}", parameter.values()))?;
        Ok(Setting { parameter, value })
    }
}

fn read(kind: &Kind, text: &str) -> Option<Value> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match kind {
        Kind::Switch if is("on") => Some(Value::Switch(true)),
        Kind::Switch if is("off") => Some(Value::Switch(false)),
        Kind::Switch => None,
        Kind::Mode if is("isolate") => Some(Value::Mode(Mode::Isolate)),
        Kind::Mode if is("remove") => Some(Value::Mode(Mode::Remove)),
        Kind::Mode if is("custom") => Some(Value::Mode(Mode::Custom)),
        Kind::Mode => None,
        Kind::Slot { none, .. } if is(none) => Some(Value::Slot(0)),
        Kind::Slot { .. } => {
            let slot: i32 = text.parse().ok()?;
            (0..=SLOTS as i32).contains(&slot).then_some(Value::Slot(slot))
        }
        Kind::Number(control, number) => Some(Value::Number(*control, number.read_within(text)?)),
    }
}

/// Every parameter with what it takes, one a line.
pub(super) fn table() -> String {
    let line = |parameter: &Parameter| {
        format!(
            "  {:<12} {:<34} {}",
            parameter.id,
            format!("{} [{}]", parameter.values(), parameter.default_in_words()),
            parameter.help
        )
    };
    PARAMETERS.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_takes_its_first_value_and_names_what_it_takes() {
        for parameter in &PARAMETERS {
            let first = parameter.default_in_words();
            let setting: Setting = format!("{} = {first}", parameter.id)
                .parse()
                .unwrap_or_else(|error| panic!("{}: {error}", parameter.id));
            assert_eq!(setting.parameter.id, parameter.id);
            if let (Value::Number(_, value), Kind::Number(_, number)) = (setting.value, &parameter.kind) {
                assert_eq!(value, number.default, "{}", parameter.id);
            }
            let refused = format!("{}=nonsense", parameter.id).parse::<Setting>();
            let words = refused.err().unwrap_or_default();
            assert!(words.contains(&parameter.values()), "{words}");
            assert!(table().contains(parameter.help));
        }
    }

    #[test]
    fn values_have_units_and_ends() {
        let read = |text: &str| text.parse::<Setting>().map(|setting| setting.value);
        assert_eq!(read("rest=-6 dB"), Ok(Value::Number(Control::RestGain, -6.0)));
        assert_eq!(read("rest=-inf"), Ok(Value::Number(Control::RestGain, -60.0)));
        assert_eq!(read("wet=50 %"), Ok(Value::Number(Control::Wet, 0.5)));
        assert_eq!(read("slot=off"), Ok(Value::Slot(0)));
        assert_eq!(read("mode=Remove"), Ok(Value::Mode(Mode::Remove)));
        for wrong in [
            "rest=13",
            "wet=101",
            "slot=9",
            "slot=-1",
            "mode=solo",
            "level=3",
            "rest",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
