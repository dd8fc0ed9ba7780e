//! Everything that has nothing to do with the output.

use std::sync::atomic::Ordering;

use nice_plug::wrapper::vst3::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, BusDirections_, BusInfo, CString, ChannelContext::IInfoListenerTrait, CtrlNumber,
    IAttributeList, IComponentTrait, IHostApplication, IHostApplicationTrait, IMidiMappingTrait,
    INoteExpressionControllerTrait, IProcessContextRequirementsTrait, IUnitInfoTrait, IoMode, MediaType,
    MediaTypes_, NoteExpressionTypeID, NoteExpressionTypeInfo, NoteExpressionValue, ParamID, ProgramListID,
    ProgramListInfo, RoutingInfo, String128, TChar, UnitID, UnitInfo,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FUnknown, IBStream, IPluginBaseTrait, TBool, TUID, int16, int32, kInternalError, kResultOk, tresult,
    uint32,
};
use nice_plug::wrapper::vst3::vst3::{ComPtr, ComRef};

use super::Instance;
use crate::channels::InputRoom;
use crate::vst3::forward::forward;

impl<P: Vst3Plugin> IPluginBaseTrait for Instance<P> {
    forward! { IPluginBaseTrait:
        terminate() -> tresult;
    }

    unsafe fn initialize(&self, context: *mut FUnknown) -> tresult {
        // SAFETY: the host's object, or null.
        let application = unsafe { ComRef::from_raw(context) }.and_then(|context| context.cast());
        if let Some(name) = application.as_ref().and_then(name_of) {
            self.host.set_name(name);
        }
        self.ask("initialize", kInternalError, |theirs| {
            // SAFETY: the host's own promise.
            unsafe { IPluginBaseTrait::initialize(theirs, context) }
        })
    }
}

/// The host's name, if it says it.
fn name_of(application: &ComPtr<IHostApplication>) -> Option<String> {
    let mut name: String128 = [0; 128];
    // SAFETY: a place for the answer.
    let result = unsafe { application.getName(&mut name) };
    let units = name.split(|unit| *unit == 0).next().unwrap_or_default();
    (result == kResultOk).then(|| String::from_utf16_lossy(units))
}

impl<P: Vst3Plugin> IComponentTrait for Instance<P> {
    forward! { IComponentTrait:
        getControllerClassId(class: *mut TUID) -> tresult;
        setIoMode(mode: IoMode) -> tresult;
        getBusCount(media: MediaType, direction: BusDirection) -> int32;
        getBusInfo(media: MediaType, direction: BusDirection, index: int32, to: *mut BusInfo) -> tresult;
        getRoutingInfo(input: *mut RoutingInfo, output: *mut RoutingInfo) -> tresult;
        activateBus(media: MediaType, direction: BusDirection, index: int32, state: TBool) -> tresult;
    }

    unsafe fn getState(&self, state: *mut IBStream) -> tresult {
        // nice-plug would save an empty state.
        if self.params.as_ref().is_some_and(|params| !params.can_be_saved()) {
            return kInternalError;
        }
        self.ask("getState", kInternalError, |theirs| {
            // SAFETY: the host's own promise.
            unsafe { IComponentTrait::getState(theirs, state) }
        })
    }

    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        let result = self.ask("setState", kInternalError, |theirs| {
            // SAFETY: the host's own promise.
            unsafe { IComponentTrait::setState(theirs, state) }
        });
        if self.params.as_ref().is_some_and(|params| params.take_failed()) {
            return kInternalError;
        }
        result
    }

    unsafe fn setActive(&self, state: TBool) -> tresult {
        let result = self.ask("setActive", kInternalError, |theirs| {
            // SAFETY: it has no conditions.
            unsafe { IComponentTrait::setActive(theirs, state) }
        });
        if state != 0 && result == kResultOk {
            let most = self.longest.load(Ordering::Relaxed).max(0) as usize;
            *self.main_input.lock() = InputRoom::new(self.main_input_channels(), most);
        }
        result
    }
}

impl<P: Vst3Plugin> Instance<P> {
    fn main_input_channels(&self) -> usize {
        self.ask("getBusInfo", 0, |theirs| {
            // SAFETY: zeros are such a description.
            let mut info: BusInfo = unsafe { std::mem::zeroed() };
            let (media, direction) = (MediaTypes_::kAudio as _, BusDirections_::kInput as _);
            // SAFETY: a place for the answer.
            let result = unsafe { IComponentTrait::getBusInfo(theirs, media, direction, 0, &mut info) };
            if result == kResultOk {
                info.channelCount.max(0) as usize
            } else {
                0
            }
        })
    }
}

impl<P: Vst3Plugin> IMidiMappingTrait for Instance<P> {
    forward! { IMidiMappingTrait:
        getMidiControllerAssignment(bus: int32, channel: int16, number: CtrlNumber, to: *mut ParamID) -> tresult;
    }
}

impl<P: Vst3Plugin> INoteExpressionControllerTrait for Instance<P> {
    forward! { INoteExpressionControllerTrait:
        getNoteExpressionCount(bus: int32, channel: int16) -> int32;
        getNoteExpressionInfo(bus: int32, channel: int16, index: int32, to: *mut NoteExpressionTypeInfo) -> tresult;
        getNoteExpressionStringByValue(
            bus: int32,
            channel: int16,
            id: NoteExpressionTypeID,
            value: NoteExpressionValue,
            to: *mut String128
        ) -> tresult;
        getNoteExpressionValueByString(
            bus: int32,
            channel: int16,
            id: NoteExpressionTypeID,
            string: *const TChar,
            to: *mut NoteExpressionValue
        ) -> tresult;
    }
}

impl<P: Vst3Plugin> IProcessContextRequirementsTrait for Instance<P> {
    forward! { IProcessContextRequirementsTrait:
        getProcessContextRequirements() -> uint32;
    }
}

impl<P: Vst3Plugin> IUnitInfoTrait for Instance<P> {
    forward! { IUnitInfoTrait:
        getUnitCount() -> int32;
        getUnitInfo(index: int32, to: *mut UnitInfo) -> tresult;
        getProgramListCount() -> int32;
        getProgramListInfo(index: int32, to: *mut ProgramListInfo) -> tresult;
        getProgramName(list: ProgramListID, program: int32, to: *mut String128) -> tresult;
        getProgramInfo(list: ProgramListID, program: int32, attribute: CString, to: *mut String128) -> tresult;
        hasProgramPitchNames(list: ProgramListID, program: int32) -> tresult;
        getProgramPitchName(list: ProgramListID, program: int32, pitch: int16, to: *mut String128) -> tresult;
        getSelectedUnit() -> UnitID;
        selectUnit(unit: UnitID) -> tresult;
        getUnitByBus(
            media: MediaType,
            direction: BusDirection,
            bus: int32,
            channel: int32,
            to: *mut UnitID
        ) -> tresult;
        setUnitProgramData(list_or_unit: int32, program: int32, data: *mut IBStream) -> tresult;
    }
}

impl<P: Vst3Plugin> IInfoListenerTrait for Instance<P> {
    forward! { IInfoListenerTrait:
        setChannelContextInfos(list: *mut IAttributeList) -> tresult;
    }
}
