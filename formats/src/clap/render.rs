//! The extension `clap.render`: the host says whether it renders offline.
//!
//! nice-plug asks for a restart when that changes while the plug-in is active, and the plug-in learns of it then. Ours learns of it
//! from its [`Host`](crate::Host) with the next block; nice-plug is told with the next activation.

use std::sync::atomic::Ordering;

use clap_sys::ext::render::{CLAP_RENDER_OFFLINE, clap_plugin_render, clap_plugin_render_mode};
use clap_sys::plugin::clap_plugin;

use super::instance::Instance;

/// The functions that a host calls, for all instances.
pub(super) static RENDER: clap_plugin_render = clap_plugin_render {
    has_hard_realtime_requirement: Some(has_hard_realtime_requirement),
    set: Some(set),
};

unsafe extern "C" fn has_hard_realtime_requirement(plugin: *const clap_plugin) -> bool {
    // SAFETY: a host calls this with the table that it was given.
    let theirs = unsafe { Instance::of(plugin) }
        .their_render()
        .and_then(|render| render.has_hard_realtime_requirement);
    // SAFETY: as the host would call it.
    theirs.is_some_and(|theirs| unsafe { theirs(plugin) })
}

unsafe extern "C" fn set(plugin: *const clap_plugin, mode: clap_plugin_render_mode) -> bool {
    // SAFETY: a host calls this with the table that it was given.
    let instance = unsafe { Instance::of(plugin) };
    instance.render_mode.store(mode, Ordering::Relaxed);
    instance.host.set_offline(mode == CLAP_RENDER_OFFLINE);
    true
}
