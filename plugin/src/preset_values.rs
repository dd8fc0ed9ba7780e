//! The parameters that belong to a preset: read from the host's, and set through it.

use earmark_state::preset::Values;
use nice_plug::context::gui::ParamSetter;
use nice_plug::prelude::Param;

use crate::params::EarmarkParams;

/// What the parameters are now.
pub(crate) fn values(params: &EarmarkParams) -> Values {
    Values {
        slot: params.slot.value(),
        also: params.also.value(),
        mode: params.mode.value().into(),
        numbers: params.numbers(),
    }
}

/// Sets the parameters through the host, each as one gesture. From the editor.
pub(crate) fn set_values(values: &Values, params: &EarmarkParams, host: &ParamSetter) {
    fn gesture<P: Param>(host: &ParamSetter, param: &P, value: P::Plain) {
        host.begin_set_parameter(param);
        host.set_parameter(param, value);
        host.end_set_parameter(param);
    }
    gesture(host, &params.mode, values.mode.into());
    gesture(host, &params.slot, values.slot);
    gesture(host, &params.also, values.also);
    for (control, value) in values.numbers.iter() {
        if control.parameter().in_presets.is_some() {
            gesture(host, params.fader(control), value);
        }
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
