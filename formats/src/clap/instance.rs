//! One instance: nice-plug's table of functions with three of them replaced.

use std::ffi::{CStr, c_char, c_void};

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_DONT_RECORD, CLAP_EVENT_PARAM_VALUE, clap_event_header,
    clap_event_param_value, clap_output_events,
};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};

use super::params::PARAMS;
use crate::checked::without_allocating;
use crate::output::OutputParameter;
use crate::told::Told;

/// An instance as the host holds it.
///
/// nice-plug's functions read nothing of the table that they are called with but `plugin_data`, so a copy of it serves them as well
/// as the original: what is not replaced here is called by the host directly.
#[repr(C)]
pub(super) struct Instance {
    /// What the host holds. First, so that its address is ours.
    table: clap_plugin,
    /// nice-plug's functions.
    theirs: clap_plugin,
    /// nice-plug's parameters, as long as its instance lives; null if it has none.
    their_params: *const clap_plugin_params,
    pub(super) output: OutputParameter,
    told: Told,
}

impl Instance {
    /// An instance with a further parameter, to be ended by its `destroy`.
    ///
    /// # Safety
    /// `theirs` is the whole table of an instance whose functions read nothing of it but `plugin_data`, and nobody else ends it.
    pub(super) unsafe fn around(theirs: clap_plugin, output: OutputParameter) -> *const clap_plugin {
        let mut instance = Box::new(Instance {
            table: clap_plugin {
                destroy: Some(destroy),
                process: Some(process),
                get_extension: Some(get_extension),
                ..theirs
            },
            theirs,
            their_params: std::ptr::null(),
            output,
            told: Told::default(),
        });
        if let Some(get_extension) = theirs.get_extension {
            // SAFETY: the table's `plugin_data` is theirs, and what they answer is of the type that its name stands for.
            instance.their_params =
                unsafe { get_extension(&instance.table, CLAP_EXT_PARAMS.as_ptr()) }.cast();
        }
        Box::into_raw(instance).cast()
    }

    /// # Safety
    /// `plugin` has come from [`Instance::around`] and is not destroyed yet.
    pub(super) unsafe fn of<'a>(plugin: *const clap_plugin) -> &'a Instance {
        // SAFETY: the table lies at the beginning of an instance. What changes in one is atomic, so threads may share it.
        unsafe { &*plugin.cast::<Instance>() }
    }

    /// nice-plug's parameters.
    pub(super) fn their_params(&self) -> Option<&clap_plugin_params> {
        // SAFETY: the table is part of nice-plug's instance, which ends with ours.
        unsafe { self.their_params.as_ref() }
    }

    /// Tells the host of the output's value, if it is news, as of sample `time`. What was told in the same call before must not be
    /// later: events go by their time.
    ///
    /// # Safety
    /// `events` is null or the host's.
    pub(super) unsafe fn tell(&self, events: *const clap_output_events, time: u32) {
        // SAFETY: the caller's promise.
        let Some(list) = (unsafe { events.as_ref() }) else {
            return;
        };
        let Some(try_push) = list.try_push else { return };
        self.told.update(&self.output.value, |value| {
            let event = clap_event_param_value {
                header: clap_event_header {
                    size: size_of::<clap_event_param_value>() as u32,
                    time,
                    space_id: CLAP_CORE_EVENT_SPACE_ID,
                    type_: CLAP_EVENT_PARAM_VALUE,
                    // It follows from the sound; a host that wrote it down could not play it back.
                    flags: CLAP_EVENT_DONT_RECORD,
                },
                param_id: self.output.number(),
                cookie: std::ptr::null_mut(),
                note_id: -1,
                port_index: -1,
                channel: -1,
                key: -1,
                value,
            };
            // SAFETY: the host copies the event.
            unsafe { try_push(list, &event.header) }
        });
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: it was a box until `around` gave it away, and a host calls this last.
    let instance = unsafe { Box::from_raw(plugin.cast::<Instance>().cast_mut()) };
    if let Some(destroy) = instance.theirs.destroy {
        // SAFETY: theirs has not been ended otherwise.
        unsafe { destroy(&instance.table) };
    }
}

unsafe extern "C" fn process(
    plugin: *const clap_plugin,
    process: *const clap_process,
) -> clap_process_status {
    // SAFETY: a host calls this with the table that it was given.
    let instance = unsafe { Instance::of(plugin) };
    without_allocating(|| {
        let Some(theirs) = instance.theirs.process else {
            return CLAP_PROCESS_ERROR;
        };
        // SAFETY: as the host would call it.
        let status = unsafe { theirs(plugin, process) };
        // SAFETY: what the host gives to be processed is its own until we return.
        if let Some(process) = unsafe { process.as_ref() }
            && status != CLAP_PROCESS_ERROR
        {
            // SAFETY: the same.
            unsafe { instance.tell(process.out_events, process.frames_count.saturating_sub(1)) };
        }
        status
    })
}

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    // SAFETY: a host calls this with the table that it was given.
    let instance = unsafe { Instance::of(plugin) };
    // SAFETY: a host names the extension by a C string.
    if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_EXT_PARAMS && instance.their_params().is_some()
    {
        return std::ptr::from_ref(&PARAMS).cast();
    }
    match instance.theirs.get_extension {
        // SAFETY: as the host would call it.
        Some(theirs) => unsafe { theirs(plugin, id) },
        None => std::ptr::null(),
    }
}
