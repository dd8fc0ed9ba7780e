//! Parameters: nice-plug's, and the output after them.

use std::cmp::Ordering;

use nice_plug::wrapper::vst3::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    IComponentHandler, IEditControllerTrait, ParamID, ParamValue, ParameterInfo,
    ParameterInfo_::ParameterFlags_::{kIsList, kIsReadOnly},
    String128, TChar, kRootUnitId,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, IBStream, IPlugView, int32, kInternalError, kInvalidArgument, kResultFalse, kResultOk, tresult,
};

use super::Instance;
use crate::output::OutputParameter;
use crate::text;
use crate::vst3::forward::forward;
use crate::vst3::view::View;

/// The longest text that is read, in units of UTF-16: that of `String128`.
const LONGEST: usize = 128;

impl<P: Vst3Plugin> IEditControllerTrait for Instance<P> {
    forward! { IEditControllerTrait:
        setComponentState(state: *mut IBStream) -> tresult;
        setState(state: *mut IBStream) -> tresult;
        getState(state: *mut IBStream) -> tresult;
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        // SAFETY: the host's object, or null.
        let known = unsafe { ComRef::from_raw(handler) };
        self.notifier
            .set_handler(known.and_then(|handler| handler.cast()));
        self.ask("setComponentHandler", kInternalError, |theirs| {
            // SAFETY: the host's own promise, here and below.
            unsafe { IEditControllerTrait::setComponentHandler(theirs, handler) }
        })
    }

    unsafe fn getParameterCount(&self) -> int32 {
        self.their_parameter_count() + int32::from(self.output.is_some())
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        // nice-plug checks the index against its number of parameters and is off by one, to its own ruin: what is not below does
        // not get there.
        match (index.cmp(&self.their_parameter_count()), &self.output) {
            // SAFETY: the host's own promise.
            (Ordering::Less, _) => unsafe { self.their_parameter_info(index, info) },
            (Ordering::Equal, Some(output)) if !info.is_null() => {
                // SAFETY: a host gives a place for the answer.
                unsafe { info.write(describe(output)) };
                kResultOk
            }
            _ => kInvalidArgument,
        }
    }

    unsafe fn getParamStringByValue(&self, id: ParamID, value: ParamValue, to: *mut String128) -> tresult {
        if self.output(id).is_none() {
            return self.ask("getParamStringByValue", kInternalError, |theirs| {
                // SAFETY: the host's own promise.
                unsafe { IEditControllerTrait::getParamStringByValue(theirs, id, value, to) }
            });
        }
        // SAFETY: a host gives a place for the answer.
        let Some(to) = (unsafe { to.as_mut() }) else {
            return kInvalidArgument;
        };
        text::write(to, OutputParameter::text(value).encode_utf16());
        kResultOk
    }

    unsafe fn getParamValueByString(
        &self,
        id: ParamID,
        string: *mut TChar,
        value: *mut ParamValue,
    ) -> tresult {
        if self.output(id).is_none() {
            return self.ask("getParamValueByString", kInternalError, |theirs| {
                // SAFETY: the host's own promise.
                unsafe { IEditControllerTrait::getParamValueByString(theirs, id, string, value) }
            });
        }
        if string.is_null() || value.is_null() {
            return kInvalidArgument;
        }
        let units = (0..LONGEST)
            // SAFETY: a host gives a text that ends with a zero, and nothing behind that is read.
            .map(|i| unsafe { *string.add(i) })
            .take_while(|unit| *unit != 0);
        let written: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        match OutputParameter::value_of(&written) {
            Some(meant) => {
                // SAFETY: a host gives a place for the answer.
                unsafe { value.write(meant) };
                kResultOk
            }
            None => kResultFalse,
        }
    }

    unsafe fn normalizedParamToPlain(&self, id: ParamID, value: ParamValue) -> ParamValue {
        match self.output(id) {
            Some(_) => value,
            None => self.ask("normalizedParamToPlain", value, |theirs| {
                // SAFETY: it has no conditions.
                unsafe { IEditControllerTrait::normalizedParamToPlain(theirs, id, value) }
            }),
        }
    }

    unsafe fn plainParamToNormalized(&self, id: ParamID, plain: ParamValue) -> ParamValue {
        match self.output(id) {
            Some(_) => plain,
            None => self.ask("plainParamToNormalized", plain, |theirs| {
                // SAFETY: it has no conditions.
                unsafe { IEditControllerTrait::plainParamToNormalized(theirs, id, plain) }
            }),
        }
    }

    unsafe fn getParamNormalized(&self, id: ParamID) -> ParamValue {
        match self.output(id) {
            Some(output) => output.value.get().into(),
            None => self.ask("getParamNormalized", 0.0, |theirs| {
                // SAFETY: it has no conditions.
                unsafe { IEditControllerTrait::getParamNormalized(theirs, id) }
            }),
        }
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        match self.output(id) {
            // Hosts hand an output's value on to the controller, which here is where it came from.
            Some(_) => kResultOk,
            None => self.ask("setParamNormalized", kInternalError, |theirs| {
                // SAFETY: it has no conditions.
                unsafe { IEditControllerTrait::setParamNormalized(theirs, id, value) }
            }),
        }
    }

    unsafe fn createView(&self, name: FIDString) -> *mut IPlugView {
        let theirs = self.ask("createView", std::ptr::null_mut(), |theirs| {
            // SAFETY: the host's own promise.
            unsafe { IEditControllerTrait::createView(theirs, name) }
        });
        // SAFETY: the view that is answered belongs to us.
        unsafe { View::around(theirs, self.notifier.clone()) }
    }
}

impl<P: Vst3Plugin> Instance<P> {
    fn their_parameter_count(&self) -> int32 {
        self.ask("getParameterCount", 0, |theirs| {
            // SAFETY: it has no conditions.
            unsafe { IEditControllerTrait::getParameterCount(theirs) }
        })
    }

    /// What nice-plug says of parameter number `index`, and whether it is a list to choose from.
    ///
    /// # Safety
    /// `info` is null or a place for the answer.
    unsafe fn their_parameter_info(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let result = self.ask("getParameterInfo", kInternalError, |theirs| {
            // SAFETY: the caller's promise.
            unsafe { IEditControllerTrait::getParameterInfo(theirs, index, info) }
        });
        if result == kResultOk
            // SAFETY: see above.
            && let Some(info) = unsafe { info.as_mut() }
            && self.params.as_ref().is_some_and(|params| params.is_list(info.id))
        {
            info.flags |= kIsList;
        }
        result
    }
}

fn describe(output: &OutputParameter) -> ParameterInfo {
    let mut info = ParameterInfo {
        id: output.number(),
        title: [0; _],
        shortTitle: [0; _],
        units: [0; _],
        stepCount: 0,
        defaultNormalizedValue: 0.0,
        unitId: kRootUnitId,
        flags: kIsReadOnly,
    };
    for title in [&mut info.title, &mut info.shortTitle] {
        text::write(title, output.name.encode_utf16());
    }
    text::write(&mut info.units, OutputParameter::UNIT.encode_utf16());
    info
}
