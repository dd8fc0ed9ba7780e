//! The extension `clap.params`: nice-plug's parameters, and the output after them.

use std::cmp::Ordering;
use std::ffi::{CStr, c_char};

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_DONT_RECORD, CLAP_EVENT_PARAM_VALUE, clap_event_header,
    clap_event_param_value, clap_input_events, clap_output_events,
};
use clap_sys::ext::params::{CLAP_PARAM_IS_READONLY, clap_param_info, clap_plugin_params};
use clap_sys::id::clap_id;
use clap_sys::plugin::clap_plugin;

use super::events::Events;
use super::instance::Instance;
use crate::output::OutputParameter;
use crate::text;

/// The functions that a host calls, for all instances.
///
/// Those that name a parameter go to nice-plug's unless it is the output. A host that sets it in spite of its flag is not heard:
/// nice-plug passes over the events of parameters that it does not know.
pub(super) static PARAMS: clap_plugin_params = clap_plugin_params {
    count: Some(count),
    get_info: Some(get_info),
    get_value: Some(get_value),
    value_to_text: Some(value_to_text),
    text_to_value: Some(text_to_value),
    flush: Some(flush),
};

/// The instance that a host has called a function of, and nice-plug's functions.
///
/// # Safety
/// `plugin` is an instance's table.
unsafe fn parts<'a>(plugin: *const clap_plugin) -> Option<(&'a Instance, &'a clap_plugin_params)> {
    // SAFETY: the caller's promise.
    let instance = unsafe { Instance::of(plugin) };
    Some((instance, instance.their_params()?))
}

/// How many parameters nice-plug has.
///
/// # Safety
/// `plugin` is an instance's table.
unsafe fn their_count(plugin: *const clap_plugin, theirs: &clap_plugin_params) -> u32 {
    // SAFETY: as the host would call it.
    theirs.count.map_or(0, |count| unsafe { count(plugin) })
}

unsafe extern "C" fn count(plugin: *const clap_plugin) -> u32 {
    // SAFETY: a host calls this with the instance's table, as all functions here.
    match unsafe { parts(plugin) } {
        // SAFETY: the same.
        Some((instance, theirs)) => unsafe {
            their_count(plugin, theirs) + u32::from(instance.output.is_some())
        },
        None => 0,
    }
}

unsafe extern "C" fn get_info(plugin: *const clap_plugin, index: u32, info: *mut clap_param_info) -> bool {
    // SAFETY: see `count`.
    let Some((instance, theirs)) = (unsafe { parts(plugin) }) else {
        return false;
    };
    // SAFETY: the same.
    let count = unsafe { their_count(plugin, theirs) };
    // nice-plug checks the index against its number of parameters and is off by one, to its own ruin: what is not below does not get
    // there.
    match (index.cmp(&count), &instance.output) {
        (Ordering::Less, _) => theirs
            .get_info
            // SAFETY: as the host would call it.
            .is_some_and(|get_info| unsafe { get_info(plugin, index, info) }),
        (Ordering::Equal, Some(output)) if !info.is_null() => {
            // SAFETY: a host gives a place for the answer.
            unsafe { info.write(describe(output)) };
            true
        }
        _ => false,
    }
}

fn describe(output: &OutputParameter) -> clap_param_info {
    let mut info = clap_param_info {
        id: output.number(),
        flags: CLAP_PARAM_IS_READONLY,
        cookie: std::ptr::null_mut(),
        name: [0; _],
        module: [0; _],
        min_value: 0.0,
        max_value: 1.0,
        default_value: 0.0,
    };
    text::write(&mut info.name, output.name.bytes().map(|byte| byte as c_char));
    info
}

unsafe extern "C" fn get_value(plugin: *const clap_plugin, id: clap_id, value: *mut f64) -> bool {
    // SAFETY: see `count`.
    let Some((instance, theirs)) = (unsafe { parts(plugin) }) else {
        return false;
    };
    let Some(output) = instance.output(id) else {
        return theirs
            .get_value
            // SAFETY: as the host would call it.
            .is_some_and(|get_value| unsafe { get_value(plugin, id, value) });
    };
    if !value.is_null() {
        // SAFETY: a host gives a place for the answer.
        unsafe { value.write(output.value.get().into()) };
    }
    !value.is_null()
}

unsafe extern "C" fn value_to_text(
    plugin: *const clap_plugin,
    id: clap_id,
    value: f64,
    to: *mut c_char,
    size: u32,
) -> bool {
    if to.is_null() || size == 0 {
        return false;
    }
    // SAFETY: see `count`.
    let instance = unsafe { Instance::of(plugin) };
    let shown = match instance.output(id) {
        Some(_) => Some(OutputParameter::text(value) + OutputParameter::UNIT),
        None => instance.params.as_ref().and_then(|params| params.text(id, value)),
    };
    let Some(shown) = shown else { return false };
    // SAFETY: a host gives a place of that many bytes; they need not be set, so they are set first.
    let place = unsafe {
        to.write_bytes(0, size as usize);
        std::slice::from_raw_parts_mut(to, size as usize)
    };
    text::write(place, shown.bytes().map(|byte| byte as c_char));
    true
}

unsafe extern "C" fn text_to_value(
    plugin: *const clap_plugin,
    id: clap_id,
    text: *const c_char,
    value: *mut f64,
) -> bool {
    if text.is_null() || value.is_null() {
        return false;
    }
    // SAFETY: see `count`. A host gives a C string.
    let (instance, text) = unsafe { (Instance::of(plugin), CStr::from_ptr(text)) };
    let Ok(text) = text.to_str() else { return false };
    let meant = match instance.output(id) {
        Some(_) => OutputParameter::value_of(text),
        None => instance.params.as_ref().and_then(|params| params.value(id, text)),
    };
    let Some(meant) = meant else { return false };
    // SAFETY: a host gives a place for the answer.
    unsafe { value.write(meant) };
    true
}

unsafe extern "C" fn flush(
    plugin: *const clap_plugin,
    input: *const clap_input_events,
    output: *const clap_output_events,
) {
    // SAFETY: see `count`.
    let Some((instance, theirs)) = (unsafe { parts(plugin) }) else {
        return;
    };
    // SAFETY: the list lives as long as the call.
    let events = unsafe { Events::new(input, 0) };
    if let Some(flush) = theirs.flush {
        // SAFETY: as the host would call it.
        unsafe { flush(plugin, events.list(), output) };
    }
    // SAFETY: the host's list is its own until we return. Events of a flush have no time.
    unsafe { report(instance, output, 0) };
}

/// Reports the output's value to the host, if it has changed, as of sample `time`. What was reported in the same call before must not
/// be later: events go by their time.
///
/// # Safety
/// `events` is null or the host's.
pub(super) unsafe fn report(instance: &Instance, events: *const clap_output_events, time: u32) {
    // SAFETY: the caller's promise.
    let list = unsafe { events.as_ref() };
    let (Some(list), Some(output)) = (list, &instance.output) else {
        return;
    };
    let Some(try_push) = list.try_push else { return };
    instance.reporter.update(&output.value, |value| {
        let event = clap_event_param_value {
            header: clap_event_header {
                size: size_of::<clap_event_param_value>() as u32,
                time,
                space_id: CLAP_CORE_EVENT_SPACE_ID,
                type_: CLAP_EVENT_PARAM_VALUE,
                // It follows from the sound; a host that wrote it down could not play it back.
                flags: CLAP_EVENT_DONT_RECORD,
            },
            param_id: output.number(),
            cookie: std::ptr::null_mut(),
            note_id: -1,
            port_index: -1,
            channel: -1,
            key: -1,
            value,
        };
        // SAFETY: the host copies the event.
        unsafe { try_push(list, std::ptr::from_ref(&event).cast()) }
    });
}
