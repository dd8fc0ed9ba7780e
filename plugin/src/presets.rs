//! Presets: where the user's files lie, and the parameters that belong to one.
//!
//! What a file holds: [`earmark_state::preset`]. Presets of one's own lie in `presets/NAME.json` of the user's folder
//! ([`earmark_library::Folders`]).

mod error;
mod shelf;

use nice_plug::context::gui::ParamSetter;
use nice_plug::prelude::Param;

pub use earmark_state::preset::{Preset, Values};
pub use error::{FileError, PresetError};
pub(crate) use shelf::Shelf;

use crate::params::{EarmarkParams, ModeParam};
use crate::state::{StoredMix, StoredMode};

/// What the parameters are now.
pub fn values(params: &EarmarkParams) -> Values {
    let (mix, shaping) = (params.settings(), params.shaping());
    Values {
        slot: params.slot.value(),
        also: params.also.value(),
        mode: StoredMix::from(mix).mode,
        target_db: mix.target_db,
        rest_db: mix.rest_db,
        attenuation_limit_db: mix.attenuation_limit_db,
        wet: mix.wet,
        sensitivity: shaping.sensitivity,
        floor_db: shaping.floor_db,
        smoothing_ms: shaping.smoothing_ms,
        gate: shaping.gate,
    }
}

/// Sets the parameters through the host, each as one gesture. From the editor.
pub fn set_values(values: &Values, params: &EarmarkParams, host: &ParamSetter) {
    fn gesture<P: Param>(host: &ParamSetter, param: &P, value: P::Plain) {
        host.begin_set_parameter(param);
        host.set_parameter(param, value);
        host.end_set_parameter(param);
    }
    let mode = match values.mode {
        StoredMode::Isolate => ModeParam::Isolate,
        StoredMode::Remove => ModeParam::Remove,
        StoredMode::Custom => ModeParam::Custom,
    };
    gesture(host, &params.mode, mode);
    gesture(host, &params.slot, values.slot);
    gesture(host, &params.also, values.also);
    for (param, value) in [
        (&params.target, values.target_db),
        (&params.rest, values.rest_db),
        (&params.limit, values.attenuation_limit_db),
        (&params.wet, values.wet),
        (&params.sensitivity, values.sensitivity),
        (&params.floor, values.floor_db),
        (&params.smoothing, values.smoothing_ms),
        (&params.gate, values.gate),
    ] {
        gesture(host, param, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_defaults_are_the_values_defaults() {
        let params = EarmarkParams::new(&crate::session::Session::new());
        assert_eq!(values(&params), Values::default());
    }
}
