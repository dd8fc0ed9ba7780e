//! A host in a few functions, with everything that the standard has or as little as it allows.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{from_mut, from_ref, null, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, clap_event_header, clap_event_param_value,
    clap_input_events, clap_output_events,
};
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency, clap_plugin_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_host_params};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state, clap_plugin_state};
use clap_sys::ext::thread_check::{CLAP_EXT_THREAD_CHECK, clap_host_thread_check};
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};
use clap_sys::stream::{clap_istream, clap_ostream};
use clap_sys::version::CLAP_VERSION;
use earmark_formats::clap::{Class, Factory};
use earmark_formats::parameter_number;

use crate::probe::{Probe, Remote, made_last};

static FACTORY: Factory = Factory::new(&[Class::of::<Probe>()]);

/// How much of the standard a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All that concerns us.
    Complete,
    /// No extension.
    Bare,
    /// Extensions whose functions are null.
    Hollow,
    /// No name and no functions at all.
    Null,
}

/// A host, and what it has been told.
pub(crate) struct Host(Arc<Inner>);

#[repr(C)]
struct Inner {
    table: clap_host,
    kind: Kind,
    main: std::thread::ThreadId,
    restarts: AtomicU32,
    callbacks: AtomicU32,
    latency_changes: AtomicU32,
    dirty_marks: AtomicU32,
    activating: AtomicBool,
    told_while_activating: AtomicBool,
}

impl Host {
    pub(crate) fn new(kind: Kind) -> Host {
        let there = kind != Kind::Null;
        Host(Arc::new(Inner {
            table: clap_host {
                clap_version: CLAP_VERSION,
                host_data: null_mut(),
                name: if there { c"Test Host".as_ptr() } else { null() },
                vendor: null(),
                url: null(),
                version: if there { c"1".as_ptr() } else { null() },
                get_extension: there.then_some(get_extension),
                request_restart: there.then_some(request_restart),
                request_process: there.then_some(request_process),
                request_callback: there.then_some(request_callback),
            },
            kind,
            main: std::thread::current().id(),
            restarts: AtomicU32::new(0),
            callbacks: AtomicU32::new(0),
            latency_changes: AtomicU32::new(0),
            dirty_marks: AtomicU32::new(0),
            activating: AtomicBool::new(false),
            told_while_activating: AtomicBool::new(true),
        }))
    }

    pub(crate) fn restarts(&self) -> u32 {
        self.0.restarts.load(Ordering::Relaxed)
    }

    pub(crate) fn callbacks(&self) -> u32 {
        self.0.callbacks.load(Ordering::Relaxed)
    }

    pub(crate) fn latency_changes(&self) -> u32 {
        self.0.latency_changes.load(Ordering::Relaxed)
    }

    pub(crate) fn dirty_marks(&self) -> u32 {
        self.0.dirty_marks.load(Ordering::Relaxed)
    }

    pub(crate) fn told_of_latency_while_activating(&self) -> bool {
        self.0.told_while_activating.load(Ordering::Relaxed)
    }

    pub(crate) fn instance(&self) -> Instance {
        self.try_instance().expect("an instance")
    }

    pub(crate) fn try_instance(&self) -> Option<Instance> {
        // SAFETY: as the standard has it.
        unsafe {
            let factory = FACTORY
                .answer(CLAP_PLUGIN_FACTORY_ID.as_ptr())
                .cast::<clap_plugin_factory>();
            let create = (*factory).create_plugin.unwrap();
            let table = create(factory, from_ref(&*self.0).cast(), c"org.earmark.probe".as_ptr());
            if table.is_null() {
                return None;
            }
            let probe = made_last().expect("it was made on this thread");
            assert!((*table).init.unwrap()(table));
            Some(Instance {
                host: self.0.clone(),
                table,
                probe,
            })
        }
    }
}

/// An instance of the probe; it ends with it.
pub(crate) struct Instance {
    host: Arc<Inner>,
    table: *const clap_plugin,
    probe: Remote,
}

impl Instance {
    pub(crate) fn table(&self) -> *const clap_plugin {
        self.table
    }

    pub(crate) fn probe(&self) -> &Remote {
        &self.probe
    }

    pub(crate) fn extension<T>(&self, name: &CStr) -> Option<&T> {
        // SAFETY: the name stands for that type, and the table lives as long as the instance.
        unsafe {
            (*self.table).get_extension.unwrap()(self.table, name.as_ptr())
                .cast::<T>()
                .as_ref()
        }
    }

    pub(crate) fn activate(&self, rate: f64, most: u32) {
        assert!(self.try_activate(rate, most));
    }

    pub(crate) fn try_activate(&self, rate: f64, most: u32) -> bool {
        self.host.activating.store(true, Ordering::Relaxed);
        // SAFETY: as the standard has it, here and below.
        let activated = unsafe { (*self.table).activate.unwrap()(self.table, rate, 1, most) };
        self.host.activating.store(false, Ordering::Relaxed);
        // SAFETY: see above.
        activated && unsafe { (*self.table).start_processing.unwrap()(self.table) }
    }

    pub(crate) fn deactivate(&self) {
        // SAFETY: see above.
        unsafe {
            (*self.table).stop_processing.unwrap()(self.table);
            (*self.table).deactivate.unwrap()(self.table);
        }
    }

    pub(crate) fn on_main_thread(&self) {
        // SAFETY: see above.
        unsafe { (*self.table).on_main_thread.unwrap()(self.table) };
    }

    pub(crate) fn latency(&self) -> u32 {
        let latency: &clap_plugin_latency = self.extension(CLAP_EXT_LATENCY).expect("it has one");
        // SAFETY: see above.
        unsafe { latency.get.unwrap()(self.table) }
    }

    /// The first channel's output for ones on both, with these events.
    pub(crate) fn play(&self, samples: usize, events: &[(u32, &str, f64)]) -> Vec<f32> {
        let (heard, status) = self.play_within(&vec![1.0; samples], 0, samples, events);
        assert_ne!(status, CLAP_PROCESS_ERROR);
        heard
    }

    /// What a channel's memory holds after so many samples of it, from `start` on, have been processed in place.
    pub(crate) fn play_within(
        &self,
        memory: &[f32],
        start: usize,
        samples: usize,
        events: &[(u32, &str, f64)],
    ) -> (Vec<f32>, clap_process_status) {
        let mut channels = [memory.to_vec(), memory.to_vec()];
        let at = channels.each_mut().map(|channel| channel[start..].as_mut_ptr());
        let status = self.process(&at, &at, samples, events);
        let [first, second] = channels;
        assert_eq!(first, second);
        (first, status)
    }

    /// Processes so many samples from these places to those.
    pub(crate) fn play_at(
        &self,
        inputs: &[*mut f32],
        outputs: &[*mut f32],
        samples: usize,
    ) -> clap_process_status {
        self.process(inputs, outputs, samples, &[])
    }

    fn process(
        &self,
        inputs: &[*mut f32],
        outputs: &[*mut f32],
        samples: usize,
        events: &[(u32, &str, f64)],
    ) -> clap_process_status {
        let mut events: Vec<clap_event_param_value> = events.iter().map(event).collect();
        let in_events = clap_input_events {
            ctx: from_mut(&mut events).cast(),
            size: Some(event_count),
            get: Some(event_at),
        };
        let out_events = clap_output_events {
            ctx: null_mut(),
            try_push: Some(try_push),
        };
        let buffer = |channels: &[*mut f32]| clap_audio_buffer {
            data32: channels.as_ptr().cast_mut(),
            data64: null_mut(),
            channel_count: channels.len() as u32,
            latency: 0,
            constant_mask: 0,
        };
        let (input, mut output) = (buffer(inputs), buffer(outputs));
        let process = clap_process {
            steady_time: -1,
            frames_count: samples as u32,
            transport: null(),
            audio_inputs: &input,
            audio_outputs: &mut output,
            audio_inputs_count: 1,
            audio_outputs_count: 1,
            in_events: &in_events,
            out_events: &out_events,
        };
        // SAFETY: see above.
        unsafe { (*self.table).process.unwrap()(self.table, &process) }
    }

    pub(crate) fn save(&self) -> Option<Vec<u8>> {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE).expect("it has one");
        let mut saved = Vec::<u8>::new();
        let stream = clap_ostream {
            ctx: from_mut(&mut saved).cast(),
            write: Some(write),
        };
        // SAFETY: see above.
        unsafe { state.save.unwrap()(self.table, &stream) }.then_some(saved)
    }

    pub(crate) fn load(&self, saved: &[u8]) -> bool {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE).expect("it has one");
        let mut rest = saved;
        let stream = clap_istream {
            ctx: from_mut(&mut rest).cast(),
            read: Some(read),
        };
        // SAFETY: see above.
        unsafe { state.load.unwrap()(self.table, &stream) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: as the standard has it, and nobody has ended it before.
        unsafe { (*self.table).destroy.unwrap()(self.table) };
    }
}

fn event(&(time, id, value): &(u32, &str, f64)) -> clap_event_param_value {
    clap_event_param_value {
        header: clap_event_header {
            size: size_of::<clap_event_param_value>() as u32,
            time,
            space_id: CLAP_CORE_EVENT_SPACE_ID,
            type_: CLAP_EVENT_PARAM_VALUE,
            flags: 0,
        },
        param_id: parameter_number(id),
        cookie: null_mut(),
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        value,
    }
}

// SAFETY, of all that follows: what is behind the pointers is what the functions above put there.

unsafe extern "C" fn event_count(list: *const clap_input_events) -> u32 {
    // SAFETY: see above.
    unsafe { (*(*list).ctx.cast::<Vec<clap_event_param_value>>()).len() as u32 }
}

unsafe extern "C" fn event_at(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: see above.
    unsafe { &(&(*(*list).ctx.cast::<Vec<clap_event_param_value>>()))[index as usize].header }
}

unsafe extern "C" fn try_push(_: *const clap_output_events, _: *const clap_event_header) -> bool {
    true
}

unsafe extern "C" fn write(stream: *const clap_ostream, from: *const c_void, size: u64) -> i64 {
    // SAFETY: see above.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), size as usize);
        (*(*stream).ctx.cast::<Vec<u8>>()).extend_from_slice(bytes);
    }
    size as i64
}

unsafe extern "C" fn read(stream: *const clap_istream, to: *mut c_void, size: u64) -> i64 {
    // SAFETY: see above.
    unsafe {
        let rest = &mut *(*stream).ctx.cast::<&[u8]>();
        let (now, later) = rest.split_at(rest.len().min(size as usize));
        to.cast::<u8>().copy_from_nonoverlapping(now.as_ptr(), now.len());
        *rest = later;
        now.len() as i64
    }
}

unsafe fn of<'a>(host: *const clap_host) -> &'a Inner {
    // SAFETY: see above. The host must get its own table back, whoever calls.
    unsafe { &*host.cast::<Inner>() }
}

unsafe extern "C" fn request_restart(host: *const clap_host) {
    // SAFETY: see above.
    unsafe { of(host) }.restarts.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn request_process(_: *const clap_host) {}

unsafe extern "C" fn request_callback(host: *const clap_host) {
    // SAFETY: see above.
    unsafe { of(host) }.callbacks.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn latency_changed(host: *const clap_host) {
    // SAFETY: see above.
    let host = unsafe { of(host) };
    host.latency_changes.fetch_add(1, Ordering::Relaxed);
    if !host.activating.load(Ordering::Relaxed) {
        host.told_while_activating.store(false, Ordering::Relaxed);
    }
}

unsafe extern "C" fn mark_dirty(host: *const clap_host) {
    // SAFETY: see above.
    let host = unsafe { of(host) };
    assert_eq!(std::thread::current().id(), host.main);
    host.dirty_marks.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn is_main_thread(host: *const clap_host) -> bool {
    // SAFETY: see above.
    unsafe { of(host) }.main == std::thread::current().id()
}

unsafe extern "C" fn get_extension(host: *const clap_host, name: *const c_char) -> *const c_void {
    static LATENCY: clap_host_latency = clap_host_latency {
        changed: Some(latency_changed),
    };
    static STATE: clap_host_state = clap_host_state {
        mark_dirty: Some(mark_dirty),
    };
    static THREAD_CHECK: clap_host_thread_check = clap_host_thread_check {
        is_main_thread: Some(is_main_thread),
        is_audio_thread: None,
    };
    static NO_LATENCY: clap_host_latency = clap_host_latency { changed: None };
    static NO_STATE: clap_host_state = clap_host_state { mark_dirty: None };
    static NO_THREAD_CHECK: clap_host_thread_check = clap_host_thread_check {
        is_main_thread: None,
        is_audio_thread: None,
    };
    static NO_PARAMS: clap_host_params = clap_host_params {
        rescan: None,
        clear: None,
        request_flush: None,
    };
    static NO_GUI: clap_host_gui = clap_host_gui {
        resize_hints_changed: None,
        request_resize: None,
        request_show: None,
        request_hide: None,
        closed: None,
    };
    // SAFETY: see above.
    let (kind, name) = unsafe { (of(host).kind, CStr::from_ptr(name)) };
    let complete = kind == Kind::Complete;
    if kind == Kind::Bare {
        return null();
    }
    if name == CLAP_EXT_LATENCY {
        from_ref(if complete { &LATENCY } else { &NO_LATENCY }).cast()
    } else if name == CLAP_EXT_STATE {
        from_ref(if complete { &STATE } else { &NO_STATE }).cast()
    } else if name == CLAP_EXT_THREAD_CHECK {
        from_ref(if complete { &THREAD_CHECK } else { &NO_THREAD_CHECK }).cast()
    } else if name == CLAP_EXT_PARAMS {
        from_ref(&NO_PARAMS).cast()
    } else if name == CLAP_EXT_GUI {
        from_ref(&NO_GUI).cast()
    } else {
        null()
    }
}
