//! The extension `clap.state`: nice-plug's, for a plug-in that may fail.

use clap_sys::ext::state::clap_plugin_state;
use clap_sys::plugin::clap_plugin;
use clap_sys::stream::{clap_istream, clap_ostream};

use super::instance::Instance;

/// The functions that a host calls, for all instances.
pub(super) static STATE: clap_plugin_state = clap_plugin_state {
    save: Some(save),
    load: Some(load),
};

unsafe extern "C" fn save(plugin: *const clap_plugin, stream: *const clap_ostream) -> bool {
    // SAFETY: a host calls this with the table that it was given.
    let instance = unsafe { Instance::of(plugin) };
    // nice-plug would save an empty state.
    if instance
        .params
        .as_ref()
        .is_some_and(|params| !params.can_be_saved())
    {
        return false;
    }
    let theirs = instance.their_state().and_then(|state| state.save);
    // SAFETY: as the host would call it.
    theirs.is_some_and(|theirs| unsafe { theirs(plugin, stream) })
}

unsafe extern "C" fn load(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    // SAFETY: a host calls this with the table that it was given.
    let instance = unsafe { Instance::of(plugin) };
    let theirs = instance.their_state().and_then(|state| state.load);
    // SAFETY: as the host would call it.
    let loaded = theirs.is_some_and(|theirs| unsafe { theirs(plugin, stream) });
    let failed = instance
        .params
        .as_ref()
        .is_some_and(|params| params.take_failed());
    loaded && !failed
}
