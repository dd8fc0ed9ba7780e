//! One instance of the plug-in, driven as a DAW drives it.

use std::ffi::CString;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clack_extensions::audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig};
#[cfg(any(windows, target_os = "linux"))]
use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiError, PluginGui, Window};
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::latency::{HostLatency, HostLatencyImpl, PluginLatency};
use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_extensions::tail::{PluginTail, TailLength};
use clack_host::extensions::Extension;
use clack_host::prelude::*;
use clack_host::process::ProcessStatus;
use clack_host::utils::ClapId;

use crate::audio_half::AudioHalf;
use crate::bundle;
use crate::error::HostError;
use crate::state::StateDocument;

/// A window of a host's that an editor can be put into: its number on the X server.
#[cfg(target_os = "linux")]
pub type ParentWindow = u32;
/// A window of a host's that an editor can be put into: its `HWND`.
#[cfg(windows)]
pub type ParentWindow = *mut std::ffi::c_void;
/// How CLAP calls windows of this system.
#[cfg(target_os = "linux")]
const WINDOWS: GuiApiType = GuiApiType::X11;
#[cfg(windows)]
const WINDOWS: GuiApiType = GuiApiType::WIN32;

/// A parameter as the plug-in describes it.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its number in events.
    pub id: ClapId,
    /// Its name on the screen.
    pub name: String,
    /// Smallest, largest and default value.
    pub range: (f64, f64, f64),
    /// What a host may do with it.
    pub flags: ParamInfoFlags,
}

/// A change of a parameter at a frame of the rendered signal, by the host or told by the plug-in.
#[derive(Debug, Clone, Copy)]
pub struct Automation {
    /// The frame, counted from the first one processed.
    pub frame: usize,
    /// Which parameter.
    pub param: ClapId,
    /// Its new value, in the range of [`Param`].
    pub value: f64,
}

/// An instance. It is deactivated and destroyed in order when dropped.
pub struct Plugin {
    // Before the instance: an instance that is dropped while its processor lives is leaked.
    audio: AudioHalf,
    instance: PluginInstance<Host>,
    /// How long the plug-in took to be created, from the factory's call to the end of its `init`.
    pub created_in: Duration,
}

impl Plugin {
    /// An instance of the bundle that [`bundle::clap`] finds.
    ///
    /// # Errors
    /// [`HostError::NoBundle`], [`HostError::Load`], or what the plug-in answered.
    pub fn new() -> Result<Self, HostError> {
        Self::of(&bundle::clap()?)
    }

    /// An instance of the first plug-in in a library.
    ///
    /// # Errors
    /// [`HostError::Load`] when it is no CLAP, [`HostError::Refused`] when it cannot be created.
    pub fn of(library: &Path) -> Result<Self, HostError> {
        Self::class(library, 0)
    }

    /// An instance of the class with target and rest on outputs of their own, in the bundle that [`bundle::clap`] finds.
    ///
    /// # Errors
    /// As [`Plugin::new`].
    pub fn split() -> Result<Self, HostError> {
        Self::class(&bundle::clap()?, 1)
    }

    /// An instance of a library's plug-in number `index`.
    fn class(library: &Path, index: usize) -> Result<Self, HostError> {
        let bad = |reason: String| HostError::Load {
            path: library.to_owned(),
            reason,
        };
        let entry = load(library)?;
        // Kept loaded to the end of the process, as DAWs do: the threads of a plug-in may outlive its last instance.
        std::mem::forget(entry.clone());
        let factory = entry
            .get_plugin_factory()
            .ok_or_else(|| bad("it has no plug-in factory".to_owned()))?;
        let id: CString = factory
            .plugin_descriptors()
            .filter_map(|descriptor| descriptor.id().map(Into::into))
            .nth(index)
            .ok_or_else(|| bad("it has no plug-in".to_owned()))?;
        let host = HostInfo::new("Earmark tests", "Earmark", "", env!("CARGO_PKG_VERSION"))
            .map_err(|error| bad(error.to_string()))?;
        let started = Instant::now();
        let instance = PluginInstance::new(|()| Shared::default(), |_| MainThread, &entry, &id, &host)
            .map_err(refused("be created"))?;
        Ok(Self {
            audio: AudioHalf::default(),
            instance,
            created_in: started.elapsed(),
        })
    }

    fn extension<E: Extension<ExtensionSide = clack_host::extensions::PluginExtensionSide>>(
        &self,
        name: &'static str,
    ) -> Result<E, HostError> {
        self.instance
            .plugin_shared_handle()
            .get_extension()
            .ok_or(HostError::NoExtension(name))
    }

    /// All parameters.
    ///
    /// # Errors
    /// [`HostError::NoExtension`] when it has none.
    pub fn params(&mut self) -> Result<Vec<Param>, HostError> {
        let params: PluginParams = self.extension("params")?;
        let handle = self.instance.plugin_handle();
        let mut buffer = ParamInfoBuffer::new();
        let mut all = Vec::new();
        for index in 0..params.count(&handle) {
            if let Some(info) = params.get_info(&handle, index, &mut buffer) {
                all.push(Param {
                    id: info.id,
                    name: String::from_utf8_lossy(info.name).into_owned(),
                    range: (info.min_value, info.max_value, info.default_value),
                    flags: info.flags,
                });
            }
        }
        Ok(all)
    }

    /// The parameter of that name, whatever its case.
    ///
    /// # Errors
    /// [`HostError::NoParameter`] with the names that there are.
    pub fn param(&mut self, name: &str) -> Result<Param, HostError> {
        let params = self.params()?;
        params
            .iter()
            .find(|param| param.name.eq_ignore_ascii_case(name))
            .cloned()
            .ok_or_else(|| HostError::NoParameter {
                wanted: name.to_owned(),
                known: params.iter().map(|param| param.name.clone()).collect(),
            })
    }

    /// The value that a parameter has now.
    ///
    /// # Errors
    /// [`HostError::Refused`] when the plug-in does not say.
    pub fn value(&mut self, param: &Param) -> Result<f64, HostError> {
        let params: PluginParams = self.extension("params")?;
        let value = params.get_value(&self.instance.plugin_handle(), param.id);
        value.ok_or_else(|| refusal("tell a parameter's value", &param.name))
    }

    /// The value that the plug-in reads in a text, such as "-60" or "Remove".
    ///
    /// # Errors
    /// [`HostError::Refused`] when it reads none.
    pub fn value_of_text(&mut self, param: &Param, text: &str) -> Result<f64, HostError> {
        let params: PluginParams = self.extension("params")?;
        let c_text = CString::new(text).map_err(|error| refusal("read a text", &error.to_string()))?;
        let value = params.text_to_value(&self.instance.plugin_handle(), param.id, &c_text);
        value.ok_or_else(|| refusal("read a parameter's text", text))
    }

    /// The text that the plug-in shows for a value.
    ///
    /// # Errors
    /// [`HostError::Refused`] when it has none.
    pub fn text_of_value(&mut self, param: &Param, value: f64) -> Result<String, HostError> {
        let params: PluginParams = self.extension("params")?;
        let mut place = [0; 64];
        let text = params
            .value_to_text(&self.instance.plugin_handle(), param.id, value, &mut place)
            .map_err(refused("show a parameter's value"))?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    /// From now on remembers what the plug-in tells of its parameters' values: [`Plugin::told`].
    pub fn listen(&mut self) {
        self.audio.listen();
    }

    /// What it has told since it was asked last, at frames counted from the first one ever processed.
    pub fn told(&mut self) -> Vec<Automation> {
        self.audio.told()
    }

    /// Frames processed so far.
    pub fn frames_done(&self) -> usize {
        self.audio.frames_done()
    }

    /// Chooses the layout of that many channels, in and out.
    ///
    /// # Errors
    /// [`HostError::NoLayout`] when there is none.
    pub fn select_channels(&mut self, channels: usize) -> Result<(), HostError> {
        let configs: PluginAudioPortsConfig = self.extension("audio-ports-config")?;
        let handle = self.instance.plugin_handle();
        let mut buffer = AudioPortsConfigBuffer::new();
        for index in 0..configs.count(&handle) {
            let Some(config) = configs.get(&handle, index, &mut buffer) else {
                continue;
            };
            let count = |port: Option<clack_extensions::audio_ports_config::MainPortInfo>| {
                port.map_or(0, |port| port.channel_count as usize)
            };
            if count(config.main_input) == channels && count(config.main_output) == channels {
                return configs
                    .select(&handle, config.id)
                    .map_err(refused("select a layout"));
            }
        }
        Err(HostError::NoLayout(channels))
    }

    /// Says whether the host renders offline. Takes effect with the next activation.
    ///
    /// # Errors
    /// [`HostError::Refused`] when the plug-in insists on the other.
    pub fn set_offline(&mut self, offline: bool) -> Result<(), HostError> {
        let render: PluginRender = self.extension("render")?;
        let mode = if offline {
            RenderMode::Offline
        } else {
            RenderMode::Realtime
        };
        render
            .set(&self.instance.plugin_handle(), mode)
            .map_err(refused("change its render mode"))
    }

    /// The state as the host would store it in a project.
    ///
    /// # Errors
    /// [`HostError::Refused`] when it cannot be saved.
    pub fn save(&mut self) -> Result<Vec<u8>, HostError> {
        let state: PluginState = self.extension("state")?;
        let mut bytes = Vec::new();
        state
            .save(&self.instance.plugin_handle(), &mut bytes)
            .map_err(refused("save its state"))?;
        Ok(bytes)
    }

    /// Hands a stored state back.
    ///
    /// # Errors
    /// [`HostError::Refused`] when the plug-in says that it cannot be used.
    pub fn load(&mut self, state: &[u8]) -> Result<(), HostError> {
        let extension: PluginState = self.extension("state")?;
        let loaded = extension.load(&self.instance.plugin_handle(), &mut &*state);
        self.run_main_thread();
        loaded.map_err(refused("load a state"))
    }

    /// Loads the present state back with changes.
    ///
    /// # Errors
    /// As [`Plugin::save`] and [`Plugin::load`], or [`HostError::State`].
    pub fn edit_state(&mut self, edit: impl FnOnce(&mut StateDocument)) -> Result<(), HostError> {
        let mut document = StateDocument::parse(&self.save()?)?;
        edit(&mut document);
        self.load(&document.to_bytes())
    }

    /// Activates and starts processing. Returns the latency in samples.
    ///
    /// # Errors
    /// [`HostError::Refused`] when the plug-in does not want to.
    pub fn activate(&mut self, sample_rate: f64, max_block: usize) -> Result<usize, HostError> {
        self.deactivate();
        let configuration = PluginAudioConfiguration {
            sample_rate,
            min_frames_count: 1,
            max_frames_count: max_block as u32,
        };
        let stopped = self
            .instance
            .activate(|_, _| (), configuration)
            .map_err(refused("be activated"))?;
        let mut processor = PluginAudioProcessor::from(stopped);
        let started = processor.start_processing().map(drop);
        self.audio.processor = Some(processor);
        started.map_err(refused("start processing"))?;
        self.latency()
    }

    /// How often it has asked to be deactivated and activated anew.
    pub fn restarts(&self) -> usize {
        self.instance
            .access_shared_handler(|shared| shared.restarts.load(Ordering::Relaxed))
    }

    /// Stops processing and deactivates, where active.
    pub fn deactivate(&mut self) {
        if let Some(processor) = self.audio.processor.take() {
            self.instance.deactivate(processor.into_stopped());
        }
    }

    /// The latency that the plug-in reports, in samples at the host's rate.
    ///
    /// # Errors
    /// [`HostError::NoExtension`] when it reports none.
    pub fn latency(&mut self) -> Result<usize, HostError> {
        let latency: PluginLatency = self.extension("latency")?;
        Ok(latency.get(&self.instance.plugin_handle()) as usize)
    }

    /// For how many samples after the end of its input the plug-in says that sound may come; `None` for ever.
    ///
    /// # Errors
    /// [`HostError::NotActive`].
    pub fn tail(&mut self) -> Result<Option<usize>, HostError> {
        let tail: PluginTail = self.extension("tail")?;
        let processor = self.audio.processor.as_mut().ok_or(HostError::NotActive)?;
        Ok(match tail.get(&processor.plugin_handle()) {
            TailLength::Finite(samples) => Some(samples as usize),
            TailLength::Infinite => None,
        })
    }

    /// Clears what the plug-in remembers of the sound, as a host does after a jump.
    ///
    /// # Errors
    /// [`HostError::NotActive`].
    pub fn reset(&mut self) -> Result<(), HostError> {
        self.audio.processor.as_mut().ok_or(HostError::NotActive)?.reset();
        Ok(())
    }

    /// Stops processing and starts it again, as a host does around a pause.
    ///
    /// # Errors
    /// [`HostError::NotActive`], or [`HostError::Refused`].
    pub fn restart_processing(&mut self) -> Result<(), HostError> {
        let processor = self.audio.processor.as_mut().ok_or(HostError::NotActive)?;
        processor.ensure_processing_stopped();
        processor
            .ensure_processing_started()
            .map(drop)
            .map_err(refused("start processing"))
    }

    /// One call of `process`: `block[channel][sample]` is read and replaced. `changes` hold frames within the block.
    ///
    /// # Errors
    /// [`HostError::NotActive`], or [`HostError::Refused`] when processing fails.
    pub fn process(
        &mut self,
        block: &mut [Vec<f32>],
        changes: &[Automation],
    ) -> Result<ProcessStatus, HostError> {
        self.process_ports(&mut [block], changes)
    }

    /// As [`Plugin::process`] for a class with several outputs, `ports[port][channel][sample]`: the first one is read, all are
    /// written.
    ///
    /// # Errors
    /// As [`Plugin::process`].
    pub fn process_ports(
        &mut self,
        ports: &mut [&mut [Vec<f32>]],
        changes: &[Automation],
    ) -> Result<ProcessStatus, HostError> {
        let status = self.audio.process_ports(ports, changes)?;
        self.run_main_thread();
        Ok(status)
    }

    /// Runs `play` on a thread of its own with the half that processes, and `meanwhile` on this one with all else, as hosts
    /// do: over and over until `play` has ended.
    ///
    /// # Errors
    /// What `play` or `meanwhile` answered.
    pub fn while_playing<T: Send>(
        &mut self,
        play: impl FnOnce(&mut AudioHalf) -> Result<T, HostError> + Send,
        mut meanwhile: impl FnMut(&mut Plugin) -> Result<(), HostError>,
    ) -> Result<T, HostError> {
        let mut audio = std::mem::take(&mut self.audio);
        let played = std::thread::scope(|scope| {
            let thread = scope.spawn(|| play(&mut audio));
            let mut done = Ok(());
            while done.is_ok() && !thread.is_finished() {
                done = meanwhile(self);
            }
            let played = thread.join().expect("the audio thread panicked");
            done.and(played)
        });
        self.audio = audio;
        self.run_main_thread();
        played
    }

    /// Shows the editor in that window of the host's, which must live until [`Plugin::close_editor`].
    ///
    /// # Errors
    /// [`HostError::NoExtension`], or [`HostError::Refused`] with what it refused.
    #[cfg(any(windows, target_os = "linux"))]
    pub fn open_editor(&mut self, window: ParentWindow) -> Result<(), HostError> {
        let gui: PluginGui = self.extension("gui")?;
        let handle = self.instance.plugin_handle();
        let configuration = GuiConfiguration {
            api_type: WINDOWS,
            is_floating: false,
        };
        gui.create(&handle, configuration)
            .map_err(refused("make its editor"))?;
        set_parent(&gui, &handle, window).map_err(refused("put its editor into a window"))?;
        gui.show(&handle).map_err(refused("show its editor"))
    }

    /// Closes the editor.
    ///
    /// # Errors
    /// [`HostError::NoExtension`] when it has none.
    #[cfg(any(windows, target_os = "linux"))]
    pub fn close_editor(&mut self) -> Result<(), HostError> {
        let gui: PluginGui = self.extension("gui")?;
        gui.destroy(&self.instance.plugin_handle());
        self.run_main_thread();
        Ok(())
    }

    /// The pixels that the open editor wants, as it says itself: width and height.
    ///
    /// # Errors
    /// [`HostError::NoExtension`] when it has none.
    #[cfg(any(windows, target_os = "linux"))]
    pub fn editor_size(&mut self) -> Result<Option<(u32, u32)>, HostError> {
        let gui: PluginGui = self.extension("gui")?;
        let size = gui.get_size(&self.instance.plugin_handle());
        Ok(size.map(|size| (size.width, size.height)))
    }

    /// Gives the open editor so many pixels.
    ///
    /// # Errors
    /// [`HostError::NoExtension`], or [`HostError::Refused`] when it will not have them.
    #[cfg(any(windows, target_os = "linux"))]
    pub fn resize_editor(&mut self, (width, height): (u32, u32)) -> Result<(), HostError> {
        let gui: PluginGui = self.extension("gui")?;
        gui.set_size(&self.instance.plugin_handle(), GuiSize { width, height })
            .map_err(refused("resize its editor"))
    }

    /// Answers no when the editor asks for another size, from now on.
    pub fn refuse_sizes(&mut self) {
        self.instance
            .access_shared_handler(|shared| shared.refuses_sizes.store(true, Ordering::Relaxed));
    }

    /// The sizes that the editor has asked for since this was last looked at, in pixels.
    pub fn sizes_asked(&mut self) -> Vec<(u32, u32)> {
        self.instance.access_shared_handler(|shared| {
            shared
                .sizes
                .lock()
                .map_or_else(|_| Vec::new(), |mut sizes| std::mem::take(&mut *sizes))
        })
    }

    /// Says in all calls from now on whether the host's transport rolls; before, nothing is said of it.
    pub fn set_rolling(&mut self, rolls: bool) {
        self.audio.rolls = Some(rolls);
    }

    /// Does what the plug-in has asked to be done on the main thread.
    pub fn run_main_thread(&mut self) {
        let asked = self
            .instance
            .access_shared_handler(|shared| shared.callback.swap(false, Ordering::AcqRel));
        if asked {
            self.instance.call_on_main_thread_callback();
        }
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.deactivate();
    }
}

#[allow(unsafe_code)]
fn load(library: &Path) -> Result<PluginEntry, HostError> {
    // SAFETY: loading a library runs its code. This host loads nothing but the plug-in that this project has built,
    // whose wrapper keeps to the CLAP specification; a mistake there is what these tests are to bring to light.
    unsafe { PluginEntry::load(library) }.map_err(|error| HostError::Load {
        path: library.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(target_os = "linux")]
fn parent(window: ParentWindow) -> Window<'static, 'static> {
    Window::from_x11_handle(u64::from(window))
}

#[cfg(windows)]
fn parent(window: ParentWindow) -> Window<'static, 'static> {
    Window::from_generic_ptr(WINDOWS, window)
}

#[cfg(any(windows, target_os = "linux"))]
#[allow(unsafe_code)]
fn set_parent(
    gui: &PluginGui,
    handle: &PluginMainThreadHandle,
    window: ParentWindow,
) -> Result<(), GuiError> {
    // SAFETY: an X server and Windows answer for a window that is gone with an error to who asks; there is no memory to lose.
    unsafe { gui.set_parent(handle, parent(window)) }
}

pub(crate) fn refused<E: std::fmt::Display>(call: &'static str) -> impl FnOnce(E) -> HostError {
    move |error| refusal(call, &error.to_string())
}

fn refusal(call: &'static str, reason: &str) -> HostError {
    HostError::Refused {
        call,
        reason: reason.to_owned(),
    }
}

pub(crate) struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Self::Shared<'_>) {
        builder.register::<HostLatency>().register::<HostGui>();
    }
}

#[derive(Default)]
pub(crate) struct Shared {
    callback: AtomicBool,
    restarts: AtomicUsize,
    refuses_sizes: AtomicBool,
    /// What an editor asked for.
    sizes: Mutex<Vec<(u32, u32)>>,
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }

    fn request_process(&self) {}

    fn request_callback(&self) {
        self.callback.store(true, Ordering::Release);
    }
}

/// Its windows stay as they are.
impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, size: GuiSize) -> Result<(), clack_host::prelude::HostError> {
        if let Ok(mut sizes) = self.sizes.lock() {
            sizes.push((size.width, size.height));
        }
        if self.refuses_sizes.load(Ordering::Relaxed) {
            return Err(clack_host::prelude::HostError::Message(
                "this window stays as it is",
            ));
        }
        Ok(())
    }

    fn request_show(&self) -> Result<(), clack_host::prelude::HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), clack_host::prelude::HostError> {
        Ok(())
    }

    fn closed(&self, _was_destroyed: bool) {}
}

pub(crate) struct MainThread;

impl MainThreadHandler<'_> for MainThread {}

impl HostLatencyImpl for MainThread {
    // The latency is read after each activation, the only time at which it may change.
    fn changed(&self) {}
}
