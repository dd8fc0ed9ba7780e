//! What a VST3 host is promised and nice-plug's wrapper does not keep by itself.
#![allow(unsafe_code)]

#[path = "shared/probe.rs"]
mod probe;

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use earmark_formats::parameter_number;
use earmark_formats::vst3::{Class, Factory};
use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::Steinberg::Linux::*;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ParameterInfo_::ParameterFlags_::kIsList;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{AudioBusBuffers__type0, *};
use nice_plug::wrapper::vst3::vst3::Steinberg::*;
use nice_plug::wrapper::vst3::vst3::{self, ComPtr, ComWrapper, Interface};
use probe::{Probe, Remote};

static CLASSES: &[Class] = &[Class::of::<Probe>()];

/// An instance as a host holds it, and what is behind it.
struct Instance {
    component: ComPtr<IComponent>,
    processor: ComPtr<IAudioProcessor>,
    controller: ComPtr<IEditController>,
    probe: Remote,
}

fn instance() -> Option<Instance> {
    // SAFETY: the factory belongs to us.
    let factory = unsafe { ComPtr::from_raw(Factory::hand_out(CLASSES).cast::<IPluginFactory>()) }?;
    let mut made: *mut c_void = std::ptr::null_mut();
    let (class, interface) = (Probe::PLATFORM_VST3_CLASS_ID, IComponent::IID);
    // SAFETY: two identifiers and a place.
    unsafe { factory.createInstance(class.as_ptr().cast(), interface.as_ptr().cast(), &mut made) };
    // SAFETY: the instance belongs to us.
    let component = unsafe { ComPtr::from_raw(made.cast::<IComponent>()) }?;
    Some(Instance {
        processor: component.cast()?,
        controller: component.cast()?,
        component,
        probe: probe::made_last()?,
    })
}

impl Instance {
    fn set_up(&self, mode: i32) {
        let mut setup = ProcessSetup {
            processMode: mode,
            symbolicSampleSize: 0,
            maxSamplesPerBlock: 64,
            sampleRate: 48_000.0,
        };
        // SAFETY: what VST3 has a host do, in its order.
        assert_eq!(unsafe { self.processor.setupProcessing(&mut setup) }, kResultOk);
    }

    fn activate(&self) -> bool {
        // SAFETY: as above.
        unsafe { self.component.setActive(1) == kResultOk && self.processor.setProcessing(1) == kResultOk }
    }

    fn deactivate(&self) {
        // SAFETY: as above.
        unsafe {
            self.processor.setProcessing(0);
            self.component.setActive(0);
        }
    }

    fn set_gain(&self, gain: f64) {
        // SAFETY: it is not processing.
        let result = unsafe { self.controller.setParamNormalized(parameter_number("gain"), gain) };
        assert_eq!(result, kResultOk);
    }

    /// Processes 64 samples from these places to those.
    fn play_at(&self, inputs: &mut [*mut f32], outputs: &mut [*mut f32], mode: i32) -> tresult {
        let bus = |channels: &mut [*mut f32]| AudioBusBuffers {
            numChannels: channels.len() as i32,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 {
                channelBuffers32: channels.as_mut_ptr(),
            },
        };
        let (mut input, mut output) = (bus(inputs), bus(outputs));
        // SAFETY: all that a process call may leave out is null.
        let mut data: ProcessData = unsafe { std::mem::zeroed() };
        data.processMode = mode;
        data.numSamples = 64;
        (data.numInputs, data.numOutputs) = (1, 1);
        (data.inputs, data.outputs) = (&mut input, &mut output);
        // SAFETY: buffers of that length, or what is to be refused.
        unsafe { self.processor.process(&mut data) }
    }

    /// What becomes of ones.
    fn play(&self, mode: i32) -> (tresult, [f32; 64]) {
        let mut samples = [[1.0; 64]; 2];
        let mut at = samples.each_mut().map(|channel| channel.as_mut_ptr());
        let mut to = at;
        let result = self.play_at(&mut at, &mut to, mode);
        assert_eq!(samples[0], samples[1]);
        (result, samples[0])
    }
}

const REALTIME: i32 = 0;
const OFFLINE: i32 = 2;

#[test]
fn an_announced_render_is_one_from_its_first_block() {
    let instance = instance().expect("an instance");
    for mode in [OFFLINE, REALTIME, OFFLINE] {
        instance.set_up(mode);
        assert!(instance.activate());
        assert_eq!(
            instance.probe.was_activated_offline(),
            mode == OFFLINE,
            "not that of the activation before"
        );
        assert_eq!(instance.probe.host().renders_offline(), mode == OFFLINE);
        instance.play(mode);
        assert_eq!(instance.probe.host().renders_offline(), mode == OFFLINE);
        instance.deactivate();
    }
    instance.set_up(REALTIME);
    assert!(instance.activate());
    for mode in [OFFLINE, REALTIME] {
        instance.play(mode);
        assert_eq!(
            instance.probe.host().renders_offline(),
            mode == OFFLINE,
            "its blocks say so"
        );
    }
    instance.deactivate();
}

#[test]
fn an_output_in_the_place_of_another_input_overwrites_nothing() {
    let instance = instance().expect("an instance");
    instance.set_up(REALTIME);
    instance.set_gain(1.0);
    assert!(instance.activate());
    let (mut one, mut other) = ([0.25_f32; 64], [0.5_f32; 64]);
    let mut inputs = [one.as_mut_ptr(), other.as_mut_ptr()];
    let mut outputs = [other.as_mut_ptr(), one.as_mut_ptr()];
    assert_eq!(instance.play_at(&mut inputs, &mut outputs, REALTIME), kResultOk);
    assert_eq!((other, one), ([0.25; 64], [0.5; 64]));
    inputs[1] = std::ptr::null_mut();
    assert_eq!(
        instance.play_at(&mut inputs, &mut outputs, REALTIME),
        kInvalidArgument
    );
    instance.deactivate();
}

#[test]
fn what_has_names_is_a_list() {
    let instance = instance().expect("an instance");
    let lists: Vec<u32> = (0..4)
        .filter_map(|index| {
            // SAFETY: a place for the answer.
            unsafe {
                let mut info: ParameterInfo = std::mem::zeroed();
                assert_eq!(instance.controller.getParameterInfo(index, &mut info), kResultOk);
                (info.flags & kIsList != 0).then_some(info.id)
            }
        })
        .collect();
    assert_eq!(lists, [parameter_number("mode"), parameter_number("slot")]);
}

/// A panic while processing allocates, which is what builds for the check of allocations end the program for.
#[cfg(not(feature = "assert_process_allocs"))]
#[test]
fn a_panic_while_processing_is_silence_until_the_next_activation() {
    let instance = instance().expect("an instance");
    instance.set_gain(1.0);
    instance.set_up(REALTIME);
    assert!(instance.activate());
    instance.probe.panic_in("process");
    assert_eq!(instance.play(REALTIME), (kResultFalse, [0.0; 64]));
    instance.probe.panic_in("");
    assert_eq!(
        instance.play(REALTIME),
        (kResultFalse, [0.0; 64]),
        "it is not asked again"
    );
    instance.deactivate();
    assert!(instance.activate());
    assert_eq!(instance.play(REALTIME), (kResultOk, [1.0; 64]));
    instance.deactivate();
}

/// nice-plug takes for granted that processing is set up, and panics.
#[cfg(not(feature = "assert_process_allocs"))]
#[test]
fn processing_before_it_is_set_up_is_silence() {
    assert_eq!(
        instance().expect("an instance").play(REALTIME),
        (kInternalError, [0.0; 64])
    );
}

#[test]
fn a_panic_is_a_refusal() {
    let plugin = instance().expect("an instance");
    plugin.set_up(REALTIME);
    plugin.probe.panic_in("activate");
    assert!(!plugin.activate());
    plugin.probe.panic_in("text");
    let (gain, mut text) = (parameter_number("gain"), [0; 128]);
    // SAFETY: a place for the answer.
    unsafe {
        assert_eq!(
            plugin.controller.getParamStringByValue(gain, 0.5, &mut text),
            kInternalError
        );
        plugin.probe.panic_in("");
        assert_eq!(
            plugin.controller.getParamStringByValue(gain, 0.5, &mut text),
            kResultOk
        );
    }
    plugin.probe.panic_in("drop");
    drop(plugin);
    probe::panic_when_made(true);
    assert!(instance().is_none());
    probe::panic_when_made(false);
    assert!(instance().is_some());
}

/// A host with a name, a component handler that can be told, and a frame with a run loop.
#[derive(Default)]
struct Host {
    dirty: AtomicU32,
    timers: Mutex<Vec<usize>>,
}

impl vst3::Class for Host {
    type Interfaces = (
        IHostApplication,
        IComponentHandler,
        IComponentHandler2,
        IPlugFrame,
        IRunLoop,
    );
}

impl IHostApplicationTrait for Host {
    unsafe fn getName(&self, name: *mut String128) -> tresult {
        // SAFETY: a place for the answer.
        unsafe {
            (*name).fill(0);
            for (place, unit) in (*name).iter_mut().zip("Ardour".encode_utf16()) {
                *place = unit;
            }
        }
        kResultOk
    }
    unsafe fn createInstance(&self, _: *mut TUID, _: *mut TUID, _: *mut *mut c_void) -> tresult {
        kNotImplemented
    }
}

impl IComponentHandlerTrait for Host {
    unsafe fn beginEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }
    unsafe fn performEdit(&self, _: ParamID, _: ParamValue) -> tresult {
        kResultOk
    }
    unsafe fn endEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }
    unsafe fn restartComponent(&self, _: int32) -> tresult {
        kResultOk
    }
}

impl IComponentHandler2Trait for Host {
    unsafe fn setDirty(&self, state: TBool) -> tresult {
        self.dirty.fetch_add(u32::from(state), Ordering::Relaxed);
        kResultOk
    }
    unsafe fn requestOpenEditor(&self, _: FIDString) -> tresult {
        kNotImplemented
    }
    unsafe fn startGroupEdit(&self) -> tresult {
        kNotImplemented
    }
    unsafe fn finishGroupEdit(&self) -> tresult {
        kNotImplemented
    }
}

impl IPlugFrameTrait for Host {
    unsafe fn resizeView(&self, _: *mut IPlugView, _: *mut ViewRect) -> tresult {
        kResultOk
    }
}

impl IRunLoopTrait for Host {
    unsafe fn registerEventHandler(&self, _: *mut IEventHandler, _: FileDescriptor) -> tresult {
        kResultOk
    }
    unsafe fn unregisterEventHandler(&self, _: *mut IEventHandler) -> tresult {
        kResultOk
    }
    unsafe fn registerTimer(&self, timer: *mut ITimerHandler, _: TimerInterval) -> tresult {
        self.timers.lock().unwrap().push(timer.addr());
        kResultOk
    }
    unsafe fn unregisterTimer(&self, timer: *mut ITimerHandler) -> tresult {
        self.timers.lock().unwrap().retain(|known| *known != timer.addr());
        kResultOk
    }
}

#[test]
fn a_project_that_has_changed_is_marked_on_the_main_thread() {
    let instance = instance().expect("an instance");
    let host = ComWrapper::new(Host::default());
    let handler = host.as_com_ref::<IComponentHandler>().expect("its interface");
    let dirty = || host.dirty.load(Ordering::Relaxed);
    instance.probe.host().mark_dirty();
    // SAFETY: a handler that is alive.
    unsafe { instance.controller.setComponentHandler(handler.as_ptr()) };
    instance.probe.host().mark_dirty();
    assert_eq!(dirty(), 1, "on the main thread at once");

    // SAFETY: the view belongs to us.
    let view =
        unsafe { ComPtr::from_raw(instance.controller.createView(c"editor".as_ptr())) }.expect("a view");
    let frame = host.as_com_ref::<IPlugFrame>().expect("its interface");
    // SAFETY: a frame that is alive.
    unsafe { view.setFrame(frame.as_ptr()) };
    let probe = Arc::new(instance.probe.host().clone());
    let mark_elsewhere = || {
        let probe = probe.clone();
        std::thread::spawn(move || probe.mark_dirty()).join().unwrap();
    };
    mark_elsewhere();
    assert_eq!(dirty(), 1, "not on another thread");
    let timers = host.timers.lock().unwrap().clone();
    let [timer] = timers[..] else {
        panic!("one timer, not {timers:?}")
    };
    // SAFETY: the host knows it, so it is alive.
    let timer = unsafe { vst3::ComRef::<ITimerHandler>::from_raw_unchecked(timer as *mut ITimerHandler) };
    for _ in 0..2 {
        // SAFETY: as a run loop calls it.
        unsafe { timer.onTimer() };
        assert_eq!(dirty(), 2, "in the run loop, once");
    }
    mark_elsewhere();
    // SAFETY: no frame.
    unsafe { view.setFrame(std::ptr::null_mut()) };
    assert_eq!(dirty(), 3, "at the latest when the editor closes");
    assert!(host.timers.lock().unwrap().is_empty());
    // SAFETY: no handler.
    unsafe { instance.controller.setComponentHandler(std::ptr::null_mut()) };
    mark_elsewhere();
    assert_eq!(dirty(), 3);
}

#[test]
fn the_plugin_knows_its_hosts_name() {
    let instance = instance().expect("an instance");
    let host = ComWrapper::new(Host::default());
    let application = host.as_com_ref::<IHostApplication>().expect("its interface");
    assert_eq!(instance.probe.host().name(), None);
    // SAFETY: a context that is alive.
    let result = unsafe { instance.component.initialize(application.as_ptr().cast()) };
    assert_eq!(result, kResultOk);
    assert_eq!(instance.probe.host().name(), Some("Ardour"));
}
