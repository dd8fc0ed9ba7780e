//! The host as nice-plug sees it: a table of ours in front of the host's.
//!
//! ```text
//! nice-plug ─► our clap_host and extensions ─► the host's, called with the host's own table
//! ```
//! nice-plug takes for granted what the standard leaves to hosts: it panics where a function is null or a host has no `clap.gui`, and
//! a panic there ends the host. Ours has every function. It has no `clap.latency`: with that, nice-plug asks for a restart whenever
//! an activation changes the latency, but an activation is when a latency may change, and the host is told of it by us.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency};
use clap_sys::ext::params::{
    CLAP_EXT_PARAMS, clap_host_params, clap_param_clear_flags, clap_param_rescan_flags,
};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state};
use clap_sys::ext::thread_check::{CLAP_EXT_THREAD_CHECK, clap_host_thread_check};
use clap_sys::ext::track_info::{CLAP_EXT_TRACK_INFO, clap_host_track_info, clap_track_info};
use clap_sys::host::clap_host;
use clap_sys::id::clap_id;

use crate::thread::Thread;

/// A host's extension, null until the host is asked for it and if it has none.
struct Extension<T>(AtomicPtr<T>);

impl<T> Extension<T> {
    const fn none() -> Self {
        Extension(AtomicPtr::new(std::ptr::null_mut()))
    }

    fn get(&self) -> Option<&T> {
        // SAFETY: null, or the host's table, which outlives the instance.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// # Safety
    /// `extension` is null or a table of that type which outlives the instance.
    unsafe fn set(&self, extension: *const c_void) {
        self.0.store(extension.cast_mut().cast(), Ordering::Release);
    }
}

/// What stands for the host before nice-plug.
#[repr(C)]
pub(super) struct HostProxy {
    /// What nice-plug holds. First, so that its address is ours.
    table: clap_host,
    theirs: *const clap_host,
    /// The thread that made the instance.
    main: Thread,
    gui: Extension<clap_host_gui>,
    latency: Extension<clap_host_latency>,
    params: Extension<clap_host_params>,
    state: Extension<clap_host_state>,
    thread_check: Extension<clap_host_thread_check>,
    track_info: Extension<clap_host_track_info>,
}

impl HostProxy {
    /// Of a host, for an instance that is made on this thread.
    ///
    /// # Safety
    /// `theirs` is a host's table that outlives the proxy.
    pub(super) unsafe fn new(theirs: *const clap_host) -> Box<HostProxy> {
        // SAFETY: the caller's promise.
        let described = unsafe { *theirs };
        Box::new(HostProxy {
            table: clap_host {
                get_extension: Some(get_extension),
                request_restart: Some(request_restart),
                request_process: Some(request_process),
                request_callback: Some(request_callback),
                ..described
            },
            theirs,
            main: Thread::current(),
            gui: Extension::none(),
            latency: Extension::none(),
            params: Extension::none(),
            state: Extension::none(),
            thread_check: Extension::none(),
            track_info: Extension::none(),
        })
    }

    /// What nice-plug gets.
    pub(super) fn table(&self) -> *const clap_host {
        std::ptr::from_ref(self).cast()
    }

    /// The host's name, if it has one.
    pub(super) fn name(&self) -> Option<String> {
        let name = self.table.name;
        // SAFETY: a host describes itself by C strings, or by nothing.
        (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
    }

    /// Asks the host for the extensions that are ours to use; a host may not be asked before it initializes the instance.
    pub(super) fn init(&self) {
        // SAFETY: the names stand for these types.
        unsafe {
            self.latency.set(self.ask(CLAP_EXT_LATENCY));
            self.state.set(self.ask(CLAP_EXT_STATE));
            self.gui.set(self.ask(CLAP_EXT_GUI));
            self.params.set(self.ask(CLAP_EXT_PARAMS));
            self.thread_check.set(self.ask(CLAP_EXT_THREAD_CHECK));
            self.track_info.set(self.ask(CLAP_EXT_TRACK_INFO));
        }
    }

    /// Tells the host that the latency is another one now. While it activates only.
    pub(super) fn latency_changed(&self) {
        if let Some(changed) = self.latency.get().and_then(|latency| latency.changed) {
            // SAFETY: the host's own function and table.
            unsafe { changed(self.theirs) };
        }
    }

    /// Tells the host that its project has changed. On its main thread only.
    pub(super) fn mark_dirty(&self) {
        if let Some(mark_dirty) = self.state.get().and_then(|state| state.mark_dirty) {
            // SAFETY: the host's own function and table.
            unsafe { mark_dirty(self.theirs) };
        }
    }

    /// Where to ask for the main thread, from any thread.
    pub(super) fn main_thread_caller(&self) -> impl Fn() + Send + 'static {
        let theirs = AtomicPtr::new(self.theirs.cast_mut());
        move || {
            let theirs = theirs.load(Ordering::Relaxed);
            // SAFETY: the host's table outlives the instance, which takes this back before it ends. The function is for any thread.
            unsafe {
                if let Some(request_callback) = (*theirs).request_callback {
                    request_callback(theirs);
                }
            }
        }
    }

    fn theirs(&self) -> Option<&clap_host> {
        // SAFETY: the host's table outlives the proxy.
        unsafe { self.theirs.as_ref() }
    }

    fn ask(&self, name: &CStr) -> *const c_void {
        // SAFETY: the host's own function and table.
        unsafe {
            match (*self.theirs).get_extension {
                Some(get_extension) => get_extension(self.theirs, name.as_ptr()),
                None => std::ptr::null(),
            }
        }
    }

    /// # Safety
    /// `host` has come from [`HostProxy::table`], and the proxy is alive.
    unsafe fn of<'a>(host: *const clap_host) -> &'a HostProxy {
        // SAFETY: the table lies at the beginning of a proxy. What changes in one is atomic, so threads may share it.
        unsafe { &*host.cast::<HostProxy>() }
    }
}

unsafe extern "C" fn get_extension(host: *const clap_host, name: *const c_char) -> *const c_void {
    // SAFETY: nice-plug calls this with the table that it was given, as all functions here, and names extensions by C strings.
    let (proxy, name) = unsafe { (HostProxy::of(host), CStr::from_ptr(name)) };
    // These stand for what a host may lack.
    if name == CLAP_EXT_GUI {
        return std::ptr::from_ref(&GUI).cast();
    }
    if name == CLAP_EXT_THREAD_CHECK {
        return std::ptr::from_ref(&THREAD_CHECK).cast();
    }
    // With these nice-plug does more than without.
    if name == CLAP_EXT_PARAMS && proxy.params.get().is_some() {
        return std::ptr::from_ref(&PARAMS).cast();
    }
    if name == CLAP_EXT_TRACK_INFO && proxy.track_info.get().is_some() {
        return std::ptr::from_ref(&TRACK_INFO).cast();
    }
    std::ptr::null()
}

static GUI: clap_host_gui = clap_host_gui {
    resize_hints_changed: Some(resize_hints_changed),
    request_resize: Some(request_resize),
    request_show: Some(request_show),
    request_hide: Some(request_hide),
    closed: Some(closed),
};

static PARAMS: clap_host_params = clap_host_params {
    rescan: Some(rescan),
    clear: Some(clear),
    request_flush: Some(request_flush),
};

static THREAD_CHECK: clap_host_thread_check = clap_host_thread_check {
    is_main_thread: Some(is_main_thread),
    is_audio_thread: Some(is_audio_thread),
};

static TRACK_INFO: clap_host_track_info = clap_host_track_info {
    get: Some(track_info),
};

/// A function that calls one of the host's with the host's own table, or answers for a host that has none.
macro_rules! pass_on {
    ($name:ident: $table:expr, $function:ident($($argument:ident: $type:ty),*) $(-> $result:ty, $else:expr)?) => {
        unsafe extern "C" fn $name(host: *const clap_host, $($argument: $type),*) $(-> $result)? {
            // SAFETY: see `get_extension`.
            let proxy = unsafe { HostProxy::of(host) };
            let table: fn(&HostProxy) -> Option<&_> = $table;
            match table(proxy).and_then(|table| table.$function) {
                // SAFETY: what nice-plug promises us is what the host is promised.
                Some(function) => unsafe { function(proxy.theirs, $($argument),*) },
                None => { $($else)? }
            }
        }
    };
}

pass_on!(request_restart: HostProxy::theirs, request_restart());
pass_on!(request_process: HostProxy::theirs, request_process());
pass_on!(request_callback: HostProxy::theirs, request_callback());

pass_on!(resize_hints_changed: |proxy| proxy.gui.get(), resize_hints_changed());
pass_on!(request_resize: |proxy| proxy.gui.get(), request_resize(width: u32, height: u32) -> bool, false);
pass_on!(request_show: |proxy| proxy.gui.get(), request_show() -> bool, false);
pass_on!(request_hide: |proxy| proxy.gui.get(), request_hide() -> bool, false);
pass_on!(closed: |proxy| proxy.gui.get(), closed(was_destroyed: bool));

pass_on!(rescan: |proxy| proxy.params.get(), rescan(flags: clap_param_rescan_flags));
pass_on!(clear: |proxy| proxy.params.get(), clear(id: clap_id, flags: clap_param_clear_flags));
pass_on!(request_flush: |proxy| proxy.params.get(), request_flush());

pass_on!(track_info: |proxy| proxy.track_info.get(), get(info: *mut clap_track_info) -> bool, false);

unsafe extern "C" fn is_main_thread(host: *const clap_host) -> bool {
    // SAFETY: see `get_extension`.
    let proxy = unsafe { HostProxy::of(host) };
    match proxy.thread_check.get().and_then(|table| table.is_main_thread) {
        // SAFETY: the host's own function and table.
        Some(function) => unsafe { function(proxy.theirs) },
        None => proxy.main == Thread::current(),
    }
}

unsafe extern "C" fn is_audio_thread(host: *const clap_host) -> bool {
    // SAFETY: see `get_extension`.
    let proxy = unsafe { HostProxy::of(host) };
    match proxy.thread_check.get().and_then(|table| table.is_audio_thread) {
        // SAFETY: the host's own function and table.
        Some(function) => unsafe { function(proxy.theirs) },
        None => proxy.main != Thread::current(),
    }
}
