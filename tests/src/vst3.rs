//! A small VST3 host: the built bundle, as a DAW goes about it.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_void};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentTrait, ProcessData, ProcessSetup,
};
use vst3::Steinberg::{
    IBStream, IBStream_::IStreamSeekMode_, IBStreamTrait, IPluginBaseTrait, IPluginFactory, IPluginFactory2,
    IPluginFactory2Trait, IPluginFactoryTrait, PClassInfo2, PFactoryInfo, int32, int64, kInvalidArgument,
    kResultOk, tresult,
};
use vst3::{Class, ComPtr, ComWrapper, Interface};

use crate::bundle;
use crate::error::HostError;

/// Whether a host renders as fast as it can, and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `kRealtime`.
    Live,
    /// `kOffline`.
    Offline,
}

impl Mode {
    fn number(self) -> int32 {
        match self {
            Mode::Live => 0,
            Mode::Offline => 2,
        }
    }
}

/// A loaded library, which stays loaded.
pub struct Module {
    factory: ComPtr<IPluginFactory>,
}

/// What a library says of one of its classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassInfo {
    /// Its identifier.
    pub id: [u8; 16],
    /// "Audio Module Class".
    pub category: String,
    /// What hosts show.
    pub name: String,
    /// Who made it.
    pub vendor: String,
    /// Its version.
    pub version: String,
    /// The version of the standard.
    pub sdk: String,
    /// What kind of effect it is.
    pub subcategories: Vec<String>,
    /// `classFlags`.
    pub flags: u32,
    /// `cardinality`.
    pub cardinality: i32,
}

/// What a library says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactoryInfo {
    /// Who made it.
    pub vendor: String,
    /// Where to find them.
    pub url: String,
    /// How to write to them.
    pub email: String,
    /// `flags`.
    pub flags: i32,
}

impl Module {
    /// That of the built bundle.
    ///
    /// # Errors
    /// [`HostError::NoBundle`] or [`HostError::Load`].
    pub fn built() -> Result<Module, HostError> {
        let clap = bundle::clap()?;
        // The bundles hold the same library; a CLAP bundle is the library itself where it is a file.
        let folder = clap.with_file_name("Earmark.vst3").join("Contents");
        let library = [
            format!("{}-linux/Earmark.so", std::env::consts::ARCH),
            "MacOS/Earmark".to_owned(),
            format!("{}-win/Earmark.vst3", std::env::consts::ARCH),
        ]
        .iter()
        .map(|path| folder.join(path))
        .find(|path| path.exists());
        Module::load(&library.unwrap_or(clap))
    }

    /// Loads a library.
    ///
    /// # Errors
    /// [`HostError::Load`] when it is no VST3.
    pub fn load(path: &Path) -> Result<Module, HostError> {
        let failed = |reason: String| HostError::Load {
            path: PathBuf::from(path),
            reason,
        };
        // SAFETY: the library is ours, and what it exports is what VST3 says.
        unsafe {
            let library = libloading::Library::new(path).map_err(|error| failed(error.to_string()))?;
            let library: &'static libloading::Library = Box::leak(Box::new(library));
            if let Ok(enter) = library.get::<unsafe extern "C" fn(*mut c_void) -> bool>(b"ModuleEntry\0") {
                enter(std::ptr::null_mut());
            }
            // The same on Windows.
            if let Ok(enter) = library.get::<unsafe extern "system" fn() -> bool>(b"InitDll\0") {
                enter();
            }
            let factory = library
                .get::<unsafe extern "system" fn() -> *mut IPluginFactory>(b"GetPluginFactory\0")
                .map_err(|error| failed(error.to_string()))?;
            let factory = ComPtr::from_raw(factory()).ok_or_else(|| failed("it has no factory".into()))?;
            Ok(Module { factory })
        }
    }

    /// What it says of itself.
    pub fn info(&self) -> FactoryInfo {
        // SAFETY: zeros are such a description, and the place is ours.
        let info = unsafe {
            let mut info: PFactoryInfo = std::mem::zeroed();
            self.factory.getFactoryInfo(&mut info);
            info
        };
        FactoryInfo {
            vendor: text(&info.vendor),
            url: text(&info.url),
            email: text(&info.email),
            flags: info.flags,
        }
    }

    /// What it says of its classes.
    pub fn classes(&self) -> Vec<ClassInfo> {
        let Some(factory) = self.factory.cast::<IPluginFactory2>() else {
            return Vec::new();
        };
        // SAFETY: zeros are such a description, and the place is ours.
        let class = |index| unsafe {
            let mut info: PClassInfo2 = std::mem::zeroed();
            (factory.getClassInfo2(index, &mut info) == kResultOk).then_some(info)
        };
        // SAFETY: it has no conditions.
        (0..unsafe { factory.countClasses() })
            .filter_map(class)
            .map(|info| ClassInfo {
                id: info.cid.map(|byte| byte as u8),
                category: text(&info.category),
                name: text(&info.name),
                vendor: text(&info.vendor),
                version: text(&info.version),
                sdk: text(&info.sdkVersion),
                subcategories: text(&info.subCategories).split('|').map(str::to_owned).collect(),
                flags: info.classFlags,
                cardinality: info.cardinality,
            })
            .collect()
    }

    /// An instance of its first class.
    ///
    /// # Errors
    /// [`HostError::Refused`] when it makes none.
    pub fn instance(&self) -> Result<Instance, HostError> {
        let refused = |reason: &str| HostError::Refused {
            call: "make an instance",
            reason: reason.to_owned(),
        };
        let class = self
            .classes()
            .into_iter()
            .next()
            .ok_or_else(|| refused("it has no class"))?;
        let mut made: *mut c_void = std::ptr::null_mut();
        let (id, interface) = (class.id, IComponent::IID);
        // SAFETY: two identifiers and a place; the instance belongs to us.
        let component = unsafe {
            self.factory
                .createInstance(id.as_ptr().cast(), interface.as_ptr().cast(), &mut made);
            ComPtr::from_raw(made.cast::<IComponent>())
        };
        let component = component.ok_or_else(|| refused("nothing"))?;
        let processor = component
            .cast::<IAudioProcessor>()
            .ok_or_else(|| refused("no processor"))?;
        // SAFETY: no context.
        unsafe { component.initialize(std::ptr::null_mut()) };
        Ok(Instance {
            component,
            processor,
            mode: Mode::Live,
        })
    }
}

/// A text in a fixed array.
fn text(units: &[c_char]) -> String {
    let bytes = units.iter().map(|unit| *unit as u8).take_while(|byte| *byte != 0);
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}

/// One instance of the plug-in, stereo.
pub struct Instance {
    component: ComPtr<IComponent>,
    processor: ComPtr<IAudioProcessor>,
    mode: Mode,
}

impl Instance {
    /// Hands it a state, JSON without a length.
    ///
    /// # Errors
    /// [`HostError::Refused`].
    pub fn load(&self, state: &[u8]) -> Result<(), HostError> {
        let stream = ComWrapper::new(Stream(Mutex::new((state.to_vec(), 0))));
        let stream = stream.to_com_ptr::<IBStream>().ok_or(HostError::NotActive)?;
        // SAFETY: a stream that is alive.
        done("load a state", unsafe {
            self.component.setState(stream.as_ptr())
        })
    }

    /// What it would have the host store.
    ///
    /// # Errors
    /// [`HostError::Refused`].
    pub fn save(&self) -> Result<Vec<u8>, HostError> {
        let stream = ComWrapper::new(Stream(Mutex::default()));
        let theirs = stream.to_com_ptr::<IBStream>().ok_or(HostError::NotActive)?;
        // SAFETY: a stream that is alive.
        done("save its state", unsafe {
            self.component.getState(theirs.as_ptr())
        })?;
        let mut state = stream.0.lock().unwrap_or_else(|error| error.into_inner());
        Ok(std::mem::take(&mut state.0))
    }

    /// Sets processing up and activates: the latency in samples.
    ///
    /// # Errors
    /// [`HostError::Refused`].
    pub fn activate(&mut self, rate: f64, block: usize, mode: Mode) -> Result<usize, HostError> {
        self.mode = mode;
        let mut setup = ProcessSetup {
            processMode: mode.number(),
            symbolicSampleSize: 0,
            maxSamplesPerBlock: block as int32,
            sampleRate: rate,
        };
        // SAFETY: what VST3 has a host do, in its order.
        unsafe {
            done("be set up", self.processor.setupProcessing(&mut setup))?;
            done("be activated", self.component.setActive(1))?;
            done("process", self.processor.setProcessing(1))?;
            Ok(self.processor.getLatencySamples() as usize)
        }
    }

    /// The other way round.
    pub fn deactivate(&self) {
        // SAFETY: as above.
        unsafe {
            self.processor.setProcessing(0);
            self.component.setActive(0);
        }
    }

    /// Replaces a block of channels of equal length.
    ///
    /// # Errors
    /// [`HostError::Refused`].
    pub fn process(&self, channels: &mut [Vec<f32>]) -> Result<(), HostError> {
        let samples = channels.first().map_or(0, Vec::len);
        let mut at: Vec<*mut f32> = channels.iter_mut().map(|channel| channel.as_mut_ptr()).collect();
        let mut bus = AudioBusBuffers {
            numChannels: at.len() as int32,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 {
                channelBuffers32: at.as_mut_ptr(),
            },
        };
        // SAFETY: all that a process call may leave out is null; the buffers have that length.
        unsafe {
            let mut data: ProcessData = std::mem::zeroed();
            data.processMode = self.mode.number();
            data.numSamples = samples as int32;
            (data.numInputs, data.numOutputs) = (1, 1);
            data.inputs = &mut bus;
            data.outputs = data.inputs;
            done("process", self.processor.process(&mut data))
        }
    }
}

fn done(call: &'static str, result: tresult) -> Result<(), HostError> {
    if result == kResultOk {
        return Ok(());
    }
    Err(HostError::Refused {
        call,
        reason: format!("result {result}"),
    })
}

/// Bytes in memory, and the place in them.
#[derive(Default)]
struct Stream(Mutex<(Vec<u8>, usize)>);

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, to: *mut c_void, count: int32, read: *mut int32) -> tresult {
        let mut state = self.0.lock().unwrap_or_else(|error| error.into_inner());
        let (bytes, at) = &mut *state;
        let rest = &bytes[(*at).min(bytes.len())..];
        let count = rest.len().min(count.max(0) as usize);
        // SAFETY: the caller has so much room.
        unsafe {
            to.cast::<u8>().copy_from_nonoverlapping(rest.as_ptr(), count);
            if !read.is_null() {
                *read = count as int32;
            }
        }
        *at += count;
        kResultOk
    }

    unsafe fn write(&self, from: *mut c_void, count: int32, written: *mut int32) -> tresult {
        let mut state = self.0.lock().unwrap_or_else(|error| error.into_inner());
        let (bytes, at) = &mut *state;
        bytes.truncate(*at);
        // SAFETY: the caller has so many.
        unsafe {
            bytes.extend_from_slice(std::slice::from_raw_parts(
                from.cast::<u8>(),
                count.max(0) as usize,
            ));
            if !written.is_null() {
                *written = count;
            }
        }
        *at = bytes.len();
        kResultOk
    }

    unsafe fn seek(&self, to: int64, mode: int32, result: *mut int64) -> tresult {
        // Of an enumeration, which has signs on some systems and none on others.
        const SET: int32 = IStreamSeekMode_::kIBSeekSet as int32;
        const CURRENT: int32 = IStreamSeekMode_::kIBSeekCur as int32;
        const END: int32 = IStreamSeekMode_::kIBSeekEnd as int32;
        let mut state = self.0.lock().unwrap_or_else(|error| error.into_inner());
        let (bytes, at) = &mut *state;
        let from = match mode {
            SET => 0,
            CURRENT => *at as int64,
            END => bytes.len() as int64,
            _ => return kInvalidArgument,
        };
        *at = (from + to).clamp(0, bytes.len() as int64) as usize;
        if !result.is_null() {
            // SAFETY: a place for the answer.
            unsafe { *result = *at as int64 };
        }
        kResultOk
    }

    unsafe fn tell(&self, result: *mut int64) -> tresult {
        let state = self.0.lock().unwrap_or_else(|error| error.into_inner());
        // SAFETY: a place for the answer.
        unsafe { *result = state.1 as int64 };
        kResultOk
    }
}
