//! Processing, and reporting the output.

use std::sync::atomic::Ordering;

use nice_plug::wrapper::vst3::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, BusDirection, IAudioProcessorTrait, IParamValueQueueTrait, IParameterChangesTrait,
    ProcessData, ProcessModes_, ProcessSetup, SpeakerArrangement,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    TBool, int32, kInternalError, kInvalidArgument, kResultFalse, kResultOk, tresult, uint32,
};

use super::Instance;
use crate::channels::InputRoom;
use crate::checked::without_allocating;
use crate::contain::contain;
use crate::vst3::forward::forward;

/// `ProcessSetup::processMode` and `ProcessData::processMode` of an offline render.
#[allow(clippy::unnecessary_cast)] // Their type differs between platforms.
const OFFLINE: int32 = ProcessModes_::kOffline as int32;

impl<P: Vst3Plugin> IAudioProcessorTrait for Instance<P> {
    forward! { IAudioProcessorTrait:
        setBusArrangements(
            inputs: *mut SpeakerArrangement,
            input_count: int32,
            outputs: *mut SpeakerArrangement,
            output_count: int32
        ) -> tresult;
        getBusArrangement(direction: BusDirection, index: int32, to: *mut SpeakerArrangement) -> tresult;
        canProcessSampleSize(size: int32) -> tresult;
        getLatencySamples() -> uint32;
        setProcessing(state: TBool) -> tresult;
        getTailSamples() -> uint32;
    }

    unsafe fn setupProcessing(&self, setup: *mut ProcessSetup) -> tresult {
        // SAFETY: the host's own promise, here and below.
        if let Some(setup) = unsafe { setup.as_ref() } {
            let offline = setup.processMode == OFFLINE;
            self.set_up_offline.store(offline, Ordering::Relaxed);
            self.host.set_offline(offline);
            self.longest.store(setup.maxSamplesPerBlock, Ordering::Relaxed);
        }
        self.ask("setupProcessing", kInternalError, |theirs| {
            // nice-plug stores the configuration before it reads the mode: the first call gives it that of the call before.
            // SAFETY: see above.
            unsafe {
                IAudioProcessorTrait::setupProcessing(theirs, setup);
                IAudioProcessorTrait::setupProcessing(theirs, setup)
            }
        })
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        without_allocating(|| {
            // SAFETY: what the host gives to be processed is its own until we return, here and below.
            let Some(known) = (unsafe { data.as_ref() }) else {
                return kInvalidArgument;
            };
            // Some hosts announce a render with its blocks only.
            let set_up = self.set_up_offline.load(Ordering::Relaxed);
            self.host.set_offline(set_up || known.processMode == OFFLINE);
            // SAFETY: see above.
            if !unsafe { is_whole(known) } {
                return kInvalidArgument;
            }
            // Nobody else has it but a host that activates while it processes.
            let Some(mut main_input) = self.main_input.try_lock() else {
                return kResultFalse;
            };
            // SAFETY: see above.
            let mut input = unsafe { rescued_input(known, &mut main_input) };
            let mut fitting = *known;
            if let Some(input) = &mut input {
                fitting.inputs = input;
                fitting.numInputs = 1;
            }
            let result = contain("process", || {
                // SAFETY: the host's own promise.
                unsafe { IAudioProcessorTrait::process(self.theirs(), &mut fitting) }
            });
            if result == Some(kResultOk) {
                // SAFETY: see above.
                unsafe { self.report(known) };
            } else if result.is_none() {
                // SAFETY: see above.
                unsafe { silence(known) };
            }
            result.unwrap_or(kInternalError)
        })
    }
}

/// Whether nice-plug can take the buffers: no channel is nowhere, and there is an output for every input.
///
/// # Safety
/// `data` is the host's.
unsafe fn is_whole(data: &ProcessData) -> bool {
    if data.numSamples <= 0 || data.outputs.is_null() || data.numOutputs <= 0 {
        // Parameters alone.
        return true;
    }
    // SAFETY: so many buses are there.
    unsafe {
        let output = channels(&*data.outputs);
        let input = match data.inputs.as_ref() {
            Some(input) if data.numInputs > 0 => channels(input),
            _ => &[],
        };
        input.len() <= output.len() && input.iter().chain(output).all(|channel| !channel.is_null())
    }
}

/// The main input, from where no output overwrites it; nothing if it is well where it is.
///
/// # Safety
/// `data` is the host's.
unsafe fn rescued_input(data: &ProcessData, room: &mut InputRoom) -> Option<AudioBusBuffers> {
    // An auxiliary input is copied before anything is written, and nothing that is left out here is needed for that.
    if data.numInputs != 1 || data.inputs.is_null() || data.outputs.is_null() {
        return None;
    }
    // SAFETY: so many buses of so many channels of so many samples are there, here and below.
    let (mut input, outputs) = unsafe {
        let outputs = std::slice::from_raw_parts(data.outputs, data.numOutputs.max(0) as usize);
        (*data.inputs, outputs)
    };
    let outputs = outputs.iter().flat_map(|bus| channels(bus).iter().copied());
    // SAFETY: see above.
    let rescued = unsafe { room.rescue(channels(&input), outputs, data.numSamples.max(0) as usize) };
    input.__field0.channelBuffers32 = rescued?;
    Some(input)
}

/// A bus's channels.
fn channels(bus: &AudioBusBuffers) -> &[*mut f32] {
    // SAFETY: a host's bus has so many channels, of 32 bits as it has been answered.
    unsafe {
        let channels = bus.__field0.channelBuffers32;
        if channels.is_null() {
            return &[];
        }
        std::slice::from_raw_parts(channels, bus.numChannels.max(0) as usize)
    }
}

/// Fills all outputs with zeros: hosts play what is in them, whatever they are answered.
///
/// # Safety
/// `data` is the host's.
unsafe fn silence(data: &ProcessData) {
    if data.outputs.is_null() {
        return;
    }
    // SAFETY: so many buses of so many channels of so many samples are there, here and below.
    let buses = unsafe { std::slice::from_raw_parts(data.outputs, data.numOutputs.max(0) as usize) };
    for channel in buses
        .iter()
        .flat_map(channels)
        .filter(|channel| !channel.is_null())
    {
        // SAFETY: see above.
        unsafe { channel.write_bytes(0, data.numSamples.max(0) as usize) };
    }
}

impl<P: Vst3Plugin> Instance<P> {
    /// Reports the output's value to the host, if it has changed, as of the last sample.
    ///
    /// # Safety
    /// `data` is the host's.
    unsafe fn report(&self, data: &ProcessData) {
        // SAFETY: the host's object, or null.
        let changes = unsafe { ComRef::from_raw(data.outputParameterChanges) };
        let (Some(output), Some(changes)) = (&self.output, changes) else {
            return;
        };
        self.reporter.update(&output.value, |value| {
            let mut index = 0;
            // SAFETY: both places are ours. The queue belongs to the host's object.
            let queue = unsafe { ComRef::from_raw(changes.addParameterData(&output.number(), &mut index)) };
            let last = (data.numSamples - 1).max(0);
            // SAFETY: the place is ours.
            queue.is_some_and(|queue| unsafe { queue.addPoint(last, value, &mut index) == kResultOk })
        });
    }
}
