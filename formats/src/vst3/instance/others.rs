//! Everything that has nothing to do with the output.

use nice_plug::wrapper::vst3::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, BusInfo, CString, ChannelContext::IInfoListenerTrait, CtrlNumber, IAttributeList,
    IComponentTrait, IHostApplication, IHostApplicationTrait, IMidiMappingTrait,
    INoteExpressionControllerTrait, IProcessContextRequirementsTrait, IUnitInfoTrait, IoMode, MediaType,
    NoteExpressionTypeID, NoteExpressionTypeInfo, NoteExpressionValue, ParamID, ProgramListID,
    ProgramListInfo, RoutingInfo, String128, TChar, UnitID, UnitInfo,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FUnknown, IBStream, IPluginBaseTrait, TBool, TUID, int16, int32, kResultOk, tresult, uint32,
};
use nice_plug::wrapper::vst3::vst3::{ComPtr, ComRef};

use super::Instance;
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
        // SAFETY: the host's own promise.
        unsafe { IPluginBaseTrait::initialize(self.theirs(), context) }
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
        setActive(state: TBool) -> tresult;
        setState(state: *mut IBStream) -> tresult;
        getState(state: *mut IBStream) -> tresult;
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
