//! The decorators around nice-plug's own VST3 wrapper, as a host goes about them.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::sync::{Arc, Mutex};

use earmark_formats::vst3::{Class, Factory};
use earmark_formats::{Host, OutputParameter, OutputValue, announce, parameter_number};
use nice_plug::prelude::{ProcessContext, *};
use nice_plug::wrapper::vst3::vst3::Steinberg::Linux::*;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ParameterInfo_::ParameterFlags_::kIsReadOnly;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{AudioBusBuffers__type0, *};
use nice_plug::wrapper::vst3::vst3::Steinberg::*;
use nice_plug::wrapper::vst3::vst3::{self, ComPtr, ComWrapper, Interface};

/// One call's length in samples.
const SAMPLES: usize = 64;

/// A plug-in whose output is the first sample of what it hears.
struct Probe {
    params: Arc<ProbeParams>,
    level: OutputValue,
}

#[derive(Params)]
struct ProbeParams {
    #[id = "gain"]
    gain: FloatParam,
}

impl Default for Probe {
    fn default() -> Self {
        let level = OutputValue::default();
        let output = OutputParameter {
            id: "level",
            name: "Level",
            value: level.clone(),
        };
        announce(output, &Host::default());
        Probe {
            params: Arc::new(ProbeParams {
                gain: FloatParam::new("Gain", 0.25, FloatRange::Linear { min: 0.0, max: 1.0 }),
            }),
            level,
        }
    }
}

impl Plugin for Probe {
    const NAME: &'static str = "Probe";
    const VENDOR: &'static str = "Earmark";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = "1.0";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: NonZeroU32::new(1),
        main_output_channels: NonZeroU32::new(1),
        ..AudioIOLayout::const_default()
    }];

    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<()> {
        Some(())
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _: &mut AuxiliaryBuffers,
        _: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.level.set(buffer.as_slice()[0][0]);
        ProcessStatus::Normal
    }
}

impl Vst3Plugin for Probe {
    const VST3_CLASS_ID: [u8; 16] = *b"EarmarkTestProbe";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Fx];
}

static CLASSES: &[Class] = &[Class::of::<Probe>()];

fn component() -> ComPtr<IComponent> {
    // SAFETY: the factory belongs to us.
    let factory = unsafe { ComPtr::from_raw(Factory::hand_out(CLASSES).cast::<IPluginFactory>()) };
    let factory = factory.expect("a factory");
    let mut made: *mut c_void = std::ptr::null_mut();
    // SAFETY: two identifiers and a place.
    let result = unsafe {
        factory.createInstance(
            Probe::PLATFORM_VST3_CLASS_ID.as_ptr().cast(),
            IComponent::IID.as_ptr().cast(),
            &mut made,
        )
    };
    assert_eq!(result, kResultOk);
    // SAFETY: the instance belongs to us.
    unsafe { ComPtr::from_raw(made.cast()) }.expect("an instance")
}

/// The host's list of output values: `(id, sample, value)`.
#[derive(Default)]
struct Changes {
    points: Arc<Mutex<Vec<(u32, i32, f64)>>>,
    queue: Mutex<Option<ComWrapper<Queue>>>,
}

struct Queue {
    id: u32,
    points: Arc<Mutex<Vec<(u32, i32, f64)>>>,
}

impl vst3::Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl vst3::Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> int32 {
        0
    }

    unsafe fn getParameterData(&self, _: int32) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }

    unsafe fn addParameterData(&self, id: *const ParamID, _: *mut int32) -> *mut IParamValueQueue {
        // A host makes these beforehand; what must not allocate is what it calls.
        util::permit_alloc(|| {
            let queue = ComWrapper::new(Queue {
                // SAFETY: a number's place.
                id: unsafe { *id },
                points: self.points.clone(),
            });
            let answer = queue.as_com_ref::<IParamValueQueue>().expect("its interface");
            let answer = answer.as_ptr();
            *self.queue.lock().unwrap() = Some(queue);
            answer
        })
    }
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id
    }

    unsafe fn getPointCount(&self) -> int32 {
        0
    }

    unsafe fn getPoint(&self, _: int32, _: *mut int32, _: *mut ParamValue) -> tresult {
        kResultFalse
    }

    unsafe fn addPoint(&self, sample: int32, value: ParamValue, _: *mut int32) -> tresult {
        util::permit_alloc(|| self.points.lock().unwrap().push((self.id, sample, value)));
        kResultOk
    }
}

#[test]
fn all_interfaces_are_one_object() {
    let component = component();
    let identity = component
        .cast::<FUnknown>()
        .expect("every object has it")
        .as_ptr();
    let of = |other: Option<ComPtr<FUnknown>>| other.map(|other| other.as_ptr());
    macro_rules! check {
        ($($interface:ty),+) => {
            $(
                let interface = component.cast::<$interface>().expect(stringify!($interface));
                assert_eq!(of(interface.cast()), Some(identity), stringify!($interface));
                assert_eq!(
                    interface.cast::<IComponent>().map(|back| back.as_ptr()),
                    Some(component.as_ptr())
                );
            )+
        };
    }
    check!(
        IEditController,
        IAudioProcessor,
        IMidiMapping,
        INoteExpressionController,
        IProcessContextRequirements,
        IUnitInfo,
        ChannelContext::IInfoListener
    );
    assert!(component.cast::<IConnectionPoint>().is_none());
}

#[test]
fn the_output_is_the_last_parameter_and_cannot_be_set() {
    let controller = component().cast::<IEditController>().expect("a controller");
    let level = parameter_number("level");
    // SAFETY: places for the answers.
    unsafe {
        assert_eq!(controller.getParameterCount(), 2);
        let mut info: ParameterInfo = std::mem::zeroed();
        assert_eq!(controller.getParameterInfo(0, &mut info), kResultOk);
        assert_eq!(info.id, parameter_number("gain"), "numbers are nice-plug's");
        assert_eq!(controller.getParameterInfo(1, &mut info), kResultOk);
        assert_eq!((info.id, info.flags), (level, kIsReadOnly));
        assert_eq!(String::from_utf16_lossy(&info.title[..6]), "Level\0");
        assert_eq!(controller.getParameterInfo(2, &mut info), kInvalidArgument);
        assert_eq!(controller.getParameterInfo(-1, &mut info), kInvalidArgument);

        assert_eq!(controller.setParamNormalized(level, 0.7), kResultOk);
        assert_eq!(controller.getParamNormalized(level), 0.0);
        assert_eq!(controller.getParamNormalized(parameter_number("gain")), 0.25);
        let mut text: String128 = [1; 128];
        assert_eq!(controller.getParamStringByValue(level, 0.5, &mut text), kResultOk);
        assert_eq!(String::from_utf16_lossy(&text[..5]), "50.0\0");
        let mut value = 0.0;
        assert_eq!(
            controller.getParamValueByString(level, text.as_mut_ptr(), &mut value),
            kResultOk
        );
        assert_eq!(value, 0.5);
    }
}

#[test]
fn what_is_processed_is_told_once() {
    let component = component();
    let processor = component.cast::<IAudioProcessor>().expect("a processor");
    let changes = ComWrapper::new(Changes::default());
    let mut setup = ProcessSetup {
        processMode: 0,
        symbolicSampleSize: 0,
        maxSamplesPerBlock: SAMPLES as i32,
        sampleRate: 48_000.0,
    };
    // SAFETY: what VST3 has a host do, in its order.
    unsafe {
        assert_eq!(processor.setupProcessing(&mut setup), kResultOk);
        assert_eq!(component.setActive(1), kResultOk);
        assert_eq!(processor.setProcessing(1), kResultOk);
    }
    let play = |level: f32| {
        let mut samples = [level; SAMPLES];
        let mut channel = samples.as_mut_ptr();
        let mut bus = AudioBusBuffers {
            numChannels: 1,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 {
                channelBuffers32: &mut channel,
            },
        };
        // SAFETY: all that a process call may leave out is null.
        let mut data: ProcessData = unsafe { std::mem::zeroed() };
        data.numSamples = SAMPLES as i32;
        (data.numInputs, data.numOutputs) = (1, 1);
        data.inputs = &mut bus;
        data.outputs = data.inputs;
        let list = changes.as_com_ref::<IParameterChanges>().expect("its interface");
        data.outputParameterChanges = list.as_ptr();
        // SAFETY: buffers of that length.
        assert_eq!(unsafe { processor.process(&mut data) }, kResultOk);
        std::mem::take(&mut *changes.points.lock().unwrap())
    };
    let point = |value| vec![(parameter_number("level"), SAMPLES as i32 - 1, value)];
    assert_eq!(play(0.0), []);
    assert_eq!(play(0.5), point(0.5));
    assert_eq!(play(0.5), []);
    assert_eq!(play(0.501), []);
    assert_eq!(play(0.0), point(0.0));
    // SAFETY: as above.
    unsafe {
        processor.setProcessing(0);
        component.setActive(0);
    }
}

/// The host's frame; it remembers what is registered with its run loop, which hosts have on Linux.
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "only the test of Linux's run loop makes one")
)]
#[derive(Default)]
struct Frame {
    watched: Mutex<Vec<(usize, i32)>>,
}

impl vst3::Class for Frame {
    type Interfaces = (IPlugFrame, IRunLoop);
}

impl IPlugFrameTrait for Frame {
    unsafe fn resizeView(&self, _: *mut IPlugView, _: *mut ViewRect) -> tresult {
        kResultOk
    }
}

impl IRunLoopTrait for Frame {
    unsafe fn registerEventHandler(
        &self,
        handler: *mut IEventHandler,
        descriptor: FileDescriptor,
    ) -> tresult {
        self.watched.lock().unwrap().push((handler as usize, descriptor));
        kResultOk
    }

    unsafe fn unregisterEventHandler(&self, handler: *mut IEventHandler) -> tresult {
        self.watched
            .lock()
            .unwrap()
            .retain(|(known, _)| *known != handler as usize);
        kResultOk
    }

    unsafe fn registerTimer(&self, _: *mut ITimerHandler, _: TimerInterval) -> tresult {
        kResultFalse
    }

    unsafe fn unregisterTimer(&self, _: *mut ITimerHandler) -> tresult {
        kResultFalse
    }
}

/// What a descriptor of this process stands for; sockets have numbers of their own.
#[cfg(target_os = "linux")]
fn behind(descriptor: i32) -> Option<std::path::PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()
}

#[cfg(target_os = "linux")]
#[test]
fn nice_plugs_view_leaves_no_socket_behind() {
    let controller = component().cast::<IEditController>().expect("a controller");
    for away_first in [true, true, false] {
        let frame = ComWrapper::new(Frame::default());
        // SAFETY: the view belongs to us.
        let view = unsafe { ComPtr::from_raw(controller.createView(c"editor".as_ptr())) }.expect("a view");
        let host = frame.as_com_ref::<IPlugFrame>().expect("its interface");
        // SAFETY: a frame that is alive.
        assert_eq!(unsafe { view.setFrame(host.as_ptr()) }, kResultOk);
        let watched = frame.watched.lock().unwrap().clone();
        let [(_, descriptor)] = watched[..] else {
            panic!("nice-plug registers one handler, not {watched:?}");
        };
        let socket = behind(descriptor);
        assert!(socket.is_some());
        if away_first {
            // SAFETY: no frame.
            assert_eq!(unsafe { view.setFrame(std::ptr::null_mut()) }, kResultOk);
        }
        drop(view);
        assert!(frame.watched.lock().unwrap().is_empty());
        assert_ne!(behind(descriptor), socket, "the socket is still open");
    }
}
