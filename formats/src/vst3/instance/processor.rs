//! Processing, and telling of the output.

use nice_plug::wrapper::vst3::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, IAudioProcessorTrait, IParamValueQueueTrait, IParameterChangesTrait, ProcessData,
    ProcessModes_, ProcessSetup, SpeakerArrangement,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{TBool, int32, kResultOk, tresult, uint32};

use super::Instance;
use crate::checked::without_allocating;
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
        // SAFETY: the host's own promise.
        if let Some(setup) = unsafe { setup.as_ref() } {
            self.host.set_offline(setup.processMode == OFFLINE);
        }
        // nice-plug stores the configuration before it reads the mode, so the first call gives it that of the call before.
        // SAFETY: the host's own promise, twice.
        unsafe {
            IAudioProcessorTrait::setupProcessing(self.theirs(), setup);
            IAudioProcessorTrait::setupProcessing(self.theirs(), setup)
        }
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        without_allocating(|| {
            // SAFETY: what the host gives to be processed is its own until we return, here and below.
            if let Some(data) = unsafe { data.as_ref() } {
                // Some hosts change the mode without setting up anew.
                self.host.set_offline(data.processMode == OFFLINE);
            }
            // SAFETY: the host's own promise.
            let result = unsafe { IAudioProcessorTrait::process(self.theirs(), data) };
            // SAFETY: see above.
            if let Some(data) = unsafe { data.as_ref() }
                && result == kResultOk
            {
                // SAFETY: the same.
                unsafe { self.report(data) };
            }
            result
        })
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
