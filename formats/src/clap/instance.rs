//! One instance as its host holds it: nice-plug's table of functions behind one of ours.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32};

use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_plugin_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::ext::render::{CLAP_EXT_RENDER, CLAP_RENDER_REALTIME, clap_plugin_render};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::plugin::clap_plugin;
use parking_lot::Mutex;

use super::extension::extension;
use super::host::HostProxy;
use super::ports::Ports;
use crate::change::ChangeReporter;
use crate::guarded_params::GuardedParams;
use crate::handover::Shared;
use crate::host::Host;
use crate::output::OutputParameter;

/// An instance.
///
/// nice-plug's functions read nothing of the table that they are called with but `plugin_data`, so a copy of it serves them as well
/// as the original.
#[repr(C)]
pub(super) struct Instance {
    /// What the host holds. First, so that its address is ours.
    table: clap_plugin,
    /// nice-plug's functions.
    pub(super) theirs: clap_plugin,
    pub(super) their_extensions: Extensions,
    /// The host, as nice-plug sees it.
    pub(super) proxy: Box<HostProxy>,
    /// The host, as the plug-in sees it.
    pub(super) host: Host,
    pub(super) params: Option<Arc<GuardedParams>>,
    pub(super) output: Option<OutputParameter>,
    pub(super) reporter: ChangeReporter,
    /// While it is active.
    pub(super) ports: Mutex<Option<Ports>>,
    /// Between `activate` and `deactivate`.
    pub(super) active: AtomicBool,
    /// What the host has last been told.
    pub(super) latency: AtomicU32,
    /// How the host says that it renders.
    pub(super) render_mode: AtomicI32,
    /// Whether somebody still holds nice-plug's instance.
    still_held: Box<dyn Fn() -> bool>,
}

/// nice-plug's extensions, as long as its instance lives; null where it has none.
pub(super) struct Extensions {
    params: *const clap_plugin_params,
    render: *const clap_plugin_render,
    latency: *const clap_plugin_latency,
    state: *const clap_plugin_state,
}

impl Instance {
    /// An instance with these functions, around nice-plug's, to be given to [`Instance::free`] in the end.
    ///
    /// # Safety
    /// `wrapper` is nice-plug's instance, made with the proxy's table; `theirs` is its whole table, whose functions read nothing of it
    /// but `plugin_data`; and nobody else ends it.
    pub(super) unsafe fn around<W: Any>(
        wrapper: &Arc<W>,
        theirs: clap_plugin,
        table: impl FnOnce(&clap_plugin) -> clap_plugin,
        proxy: Box<HostProxy>,
        shared: Shared,
    ) -> *const clap_plugin {
        // SAFETY: the table is whole, and the names stand for these types.
        let their_extensions = unsafe {
            Extensions {
                params: extension(&theirs, CLAP_EXT_PARAMS),
                render: extension(&theirs, CLAP_EXT_RENDER),
                latency: extension(&theirs, CLAP_EXT_LATENCY),
                state: extension(&theirs, CLAP_EXT_STATE),
            }
        };
        if let Some(name) = proxy.name() {
            shared.host.set_name(name);
        }
        shared.host.connect(proxy.main_thread_caller());
        let weak = Arc::downgrade(wrapper);
        Box::into_raw(Box::new(Instance {
            table: table(&theirs),
            theirs,
            their_extensions,
            proxy,
            host: shared.host,
            params: shared.params,
            output: shared.output,
            reporter: ChangeReporter::default(),
            ports: Mutex::new(None),
            active: AtomicBool::new(false),
            latency: AtomicU32::new(0),
            render_mode: AtomicI32::new(CLAP_RENDER_REALTIME),
            still_held: Box::new(move || weak.strong_count() > 0),
        }))
        .cast()
    }

    /// Frees it, with nice-plug's ended by `end`.
    ///
    /// # Safety
    /// `plugin` has come from [`Instance::around`], and nobody uses it any more.
    pub(super) unsafe fn free(plugin: *const clap_plugin, end: impl FnOnce(&Instance)) {
        // SAFETY: it was a box until `around` gave it away.
        let instance = unsafe { Box::from_raw(plugin.cast::<Instance>().cast_mut()) };
        instance.host.disconnect();
        end(&instance);
        if (instance.still_held)() {
            // A thread of nice-plug's has a task of the instance's in hand and may still ask for the host: it keeps its proxy.
            let Instance { proxy, .. } = *instance;
            Box::leak(proxy);
        }
    }

    /// # Safety
    /// `plugin` has come from [`Instance::around`] and is not freed yet.
    pub(super) unsafe fn of<'a>(plugin: *const clap_plugin) -> &'a Instance {
        // SAFETY: the table lies at the beginning of an instance. What changes in one is atomic or locked, so threads may share it.
        unsafe { &*plugin.cast::<Instance>() }
    }

    /// The output, if that is its number.
    pub(super) fn output(&self, id: u32) -> Option<&OutputParameter> {
        self.output.as_ref().filter(|output| output.number() == id)
    }

    /// nice-plug's parameters.
    pub(super) fn their_params(&self) -> Option<&clap_plugin_params> {
        // SAFETY: the table is part of nice-plug's instance, which ends with ours, here and below.
        unsafe { self.their_extensions.params.as_ref() }
    }

    /// nice-plug's render modes.
    pub(super) fn their_render(&self) -> Option<&clap_plugin_render> {
        // SAFETY: see above.
        unsafe { self.their_extensions.render.as_ref() }
    }

    /// nice-plug's state.
    pub(super) fn their_state(&self) -> Option<&clap_plugin_state> {
        // SAFETY: see above.
        unsafe { self.their_extensions.state.as_ref() }
    }

    /// nice-plug's latency.
    pub(super) fn their_latency(&self) -> Option<&clap_plugin_latency> {
        // SAFETY: see above.
        unsafe { self.their_extensions.latency.as_ref() }
    }
}
