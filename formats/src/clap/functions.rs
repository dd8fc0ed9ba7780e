//! What a host calls of an instance, where more is to be done than nice-plug does.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::Ordering;

use clap_sys::ext::params::CLAP_EXT_PARAMS;
use clap_sys::ext::render::CLAP_EXT_RENDER;
use clap_sys::ext::state::CLAP_EXT_STATE;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};

use super::events::Events;
use super::instance::Instance;
use super::params::{self, PARAMS};
use super::ports::Ports;
use super::render::RENDER;
use super::state::STATE;
use crate::checked::without_allocating;

/// nice-plug's table with ours in the place of some functions.
pub(super) fn table(theirs: &clap_plugin) -> clap_plugin {
    clap_plugin {
        init: Some(init),
        destroy: Some(destroy),
        activate: Some(activate),
        deactivate: Some(deactivate),
        process: Some(process),
        get_extension: Some(get_extension),
        on_main_thread: Some(on_main_thread),
        ..*theirs
    }
}

unsafe extern "C" fn init(plugin: *const clap_plugin) -> bool {
    // SAFETY: a host calls this with the table that it was given, as all functions here.
    let instance = unsafe { Instance::of(plugin) };
    instance.proxy.init();
    // SAFETY: as the host would call it, here and below.
    instance
        .theirs
        .init
        .is_none_or(|theirs| unsafe { theirs(plugin) })
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: a host calls this last.
    unsafe {
        Instance::free(plugin, |instance| {
            if let Some(theirs) = instance.theirs.destroy {
                // What it reads of a table is the same in theirs.
                theirs(&instance.theirs);
            }
        });
    }
}

unsafe extern "C" fn activate(plugin: *const clap_plugin, rate: f64, least: u32, most: u32) -> bool {
    // SAFETY: see `init`.
    let instance = unsafe { Instance::of(plugin) };
    if let Some(set) = instance.their_render().and_then(|render| render.set) {
        // SAFETY: see `init`. Told while it is active, nice-plug would ask for a restart.
        unsafe { set(plugin, instance.render_mode.load(Ordering::Relaxed)) };
    }
    let Some(theirs) = instance.theirs.activate else {
        return false;
    };
    // SAFETY: see `init`.
    let active = unsafe { theirs(plugin, rate, least, most) };
    // SAFETY: nice-plug's table is whole.
    *instance.ports.lock() = active.then(|| unsafe { Ports::of(&instance.theirs, most as usize) });
    instance.active.store(active, Ordering::Release);
    if active && let Some(get) = instance.their_latency().and_then(|latency| latency.get) {
        // SAFETY: see `init`.
        let latency = unsafe { get(plugin) };
        if instance.latency.swap(latency, Ordering::Relaxed) != latency {
            // The standard lets a latency change while a plug-in is activated, and at no other time.
            instance.proxy.latency_changed();
        }
    }
    active
}

unsafe extern "C" fn deactivate(plugin: *const clap_plugin) {
    // SAFETY: see `init`.
    let instance = unsafe { Instance::of(plugin) };
    instance.active.store(false, Ordering::Release);
    if let Some(theirs) = instance.theirs.deactivate {
        // SAFETY: see `init`.
        unsafe { theirs(plugin) };
    }
}

unsafe extern "C" fn process(
    plugin: *const clap_plugin,
    process: *const clap_process,
) -> clap_process_status {
    // SAFETY: see `init`. What the host gives to be processed is its own until we return.
    let (instance, process) = unsafe { (Instance::of(plugin), process.as_ref()) };
    without_allocating(|| {
        let (Some(theirs), Some(process)) = (instance.theirs.process, process) else {
            return CLAP_PROCESS_ERROR;
        };
        if !instance.active.load(Ordering::Acquire) {
            return CLAP_PROCESS_ERROR;
        }
        // Nobody else has them but a host that activates while it processes.
        let Some(mut ports) = instance.ports.try_lock() else {
            return CLAP_PROCESS_ERROR;
        };
        // SAFETY: the host's own promise.
        let Some(fitting) = ports.as_mut().and_then(|ports| unsafe { ports.fit(process) }) else {
            return CLAP_PROCESS_ERROR;
        };
        // SAFETY: the list lives as long as the call.
        let events = unsafe { Events::new(process.in_events, process.frames_count) };
        let process = clap_process {
            in_events: events.list(),
            ..fitting
        };
        // SAFETY: see `init`.
        let status = unsafe { theirs(plugin, &process) };
        if status != CLAP_PROCESS_ERROR {
            // SAFETY: the host's list.
            unsafe {
                params::report(
                    instance,
                    process.out_events,
                    process.frames_count.saturating_sub(1),
                );
            }
        }
        status
    })
}

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, name: *const c_char) -> *const c_void {
    if name.is_null() {
        return std::ptr::null();
    }
    // SAFETY: see `init`. A host names the extension by a C string.
    let (instance, id) = unsafe { (Instance::of(plugin), CStr::from_ptr(name)) };
    if id == CLAP_EXT_PARAMS && instance.their_params().is_some() {
        return std::ptr::from_ref(&PARAMS).cast();
    }
    if id == CLAP_EXT_RENDER && instance.their_render().is_some() {
        return std::ptr::from_ref(&RENDER).cast();
    }
    if id == CLAP_EXT_STATE && instance.their_state().is_some() {
        return std::ptr::from_ref(&STATE).cast();
    }
    match instance.theirs.get_extension {
        // SAFETY: see `init`.
        Some(theirs) => unsafe { theirs(plugin, name) },
        None => std::ptr::null(),
    }
}

unsafe extern "C" fn on_main_thread(plugin: *const clap_plugin) {
    // SAFETY: see `init`.
    let instance = unsafe { Instance::of(plugin) };
    if instance.host.take_dirty() {
        instance.proxy.mark_dirty();
    }
    if let Some(theirs) = instance.theirs.on_main_thread {
        // SAFETY: see `init`.
        unsafe { theirs(plugin) };
    }
}
