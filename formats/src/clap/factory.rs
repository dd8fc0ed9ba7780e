//! The library's classes, as a host asks for them.

use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, OnceLock};

use clap_sys::entry::clap_plugin_entry;
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::{clap_plugin, clap_plugin_descriptor};
use clap_sys::version::CLAP_VERSION;
use nice_plug::wrapper::clap::{ClapPlugin, PluginDescriptor, Wrapper};
use nice_plug::wrapper::setup_logger;

use super::functions::table;
use super::host::HostProxy;
use super::instance::Instance;
use crate::contain::contain;
use crate::guarded::Guarded;
use crate::handover;
use crate::pin::pin;

/// What a CLAP library exports under the name `clap_entry`.
pub type Entry = clap_plugin_entry;

/// The entry of a library whose [`Factory`] these functions speak for; for [`export_clap!`](crate::export_clap).
pub const fn entry(
    init: unsafe extern "C" fn(*const c_char) -> bool,
    get_factory: unsafe extern "C" fn(*const c_char) -> *const c_void,
) -> Entry {
    extern "C" fn deinit() {}

    clap_plugin_entry {
        clap_version: CLAP_VERSION,
        init: Some(init),
        deinit: Some(deinit),
        get_factory: Some(get_factory),
    }
}

/// One class of plug-ins in a library.
pub struct Class {
    describe: fn() -> PluginDescriptor,
    create: unsafe fn(*const clap_host) -> *const clap_plugin,
    set_up_logger: fn(),
}

impl Class {
    /// That of the plug-in `P`.
    pub const fn of<P: ClapPlugin>() -> Class {
        Class {
            describe: PluginDescriptor::for_plugin::<P>,
            create: create::<P>,
            set_up_logger: setup_logger::<P>,
        }
    }
}

/// A library's factory: a host's table with what its functions need behind it.
#[repr(C)]
pub struct Factory {
    /// What the host holds. First, so that its address is ours.
    table: clap_plugin_factory,
    classes: &'static [Class],
    /// Made when they are first asked for, and then for as long as the library is loaded.
    descriptors: OnceLock<Vec<PluginDescriptor>>,
}

impl Factory {
    /// Of these classes, in this order.
    pub const fn new(classes: &'static [Class]) -> Factory {
        Factory {
            table: clap_plugin_factory {
                get_plugin_count: Some(count),
                get_plugin_descriptor: Some(descriptor),
                create_plugin: Some(create_plugin),
            },
            classes,
            descriptors: OnceLock::new(),
        }
    }

    /// What a host's `init` comes to.
    pub fn init(&self) {
        pin();
        for class in self.classes {
            (class.set_up_logger)();
        }
    }

    /// The factory of that name, if it is this one.
    ///
    /// # Safety
    /// `id` is null or a C string.
    pub unsafe fn answer(&'static self, id: *const c_char) -> *const c_void {
        // SAFETY: the caller's promise.
        if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID {
            std::ptr::from_ref(self).cast()
        } else {
            std::ptr::null()
        }
    }

    fn descriptors(&self) -> &[PluginDescriptor] {
        self.descriptors
            .get_or_init(|| self.classes.iter().map(|class| (class.describe)()).collect())
    }

    /// # Safety
    /// `factory` is null, or has come from [`Factory::answer`].
    unsafe fn of<'a>(factory: *const clap_plugin_factory) -> Option<&'a Factory> {
        // SAFETY: the table lies at the beginning of a static factory.
        unsafe { factory.cast::<Factory>().as_ref() }
    }
}

unsafe extern "C" fn count(factory: *const clap_plugin_factory) -> u32 {
    // SAFETY: a host calls this with the table that it was given.
    unsafe { Factory::of(factory) }.map_or(0, |factory| factory.classes.len() as u32)
}

unsafe extern "C" fn descriptor(
    factory: *const clap_plugin_factory,
    index: u32,
) -> *const clap_plugin_descriptor {
    // SAFETY: as in `count`.
    unsafe { Factory::of(factory) }
        .and_then(|factory| factory.descriptors().get(index as usize))
        .map_or(std::ptr::null(), |descriptor| descriptor.clap_plugin_descriptor())
}

unsafe extern "C" fn create_plugin(
    factory: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: as in `count`.
    let factory = unsafe { Factory::of(factory) };
    let (Some(factory), false, false) = (factory, host.is_null(), id.is_null()) else {
        return std::ptr::null();
    };
    // SAFETY: a host names the class by a C string.
    let id = unsafe { CStr::from_ptr(id) };
    let classes = factory.classes.iter().zip(factory.descriptors());
    match { classes }.find(|(_, descriptor)| descriptor.clap_id() == id) {
        // SAFETY: a host's table outlives the instances that it asks for.
        Some((class, _)) => unsafe { (class.create)(host) },
        None => std::ptr::null(),
    }
}

/// An instance of `P`, to be ended by its own `destroy`.
///
/// # Safety
/// `host` is a host's table that outlives the instance.
unsafe fn create<P: ClapPlugin>(host: *const clap_host) -> *const clap_plugin {
    // SAFETY: the caller's promise. The proxy outlives nice-plug's instance.
    let (proxy, wrapper, shared) = unsafe {
        let proxy = HostProxy::new(host);
        let made = contain("being made", || {
            handover::collect(|| Wrapper::<Guarded<P>>::new(proxy.table()))
        });
        let Some((wrapper, shared)) = made else {
            return std::ptr::null();
        };
        (proxy, wrapper, shared)
    };
    let theirs = *wrapper.clap_plugin.borrow();
    // SAFETY: nice-plug's table is whole, and belongs to an instance that is not handed out otherwise.
    let instance = unsafe { Instance::around(&wrapper, theirs, table, proxy, shared) };
    // Its `destroy` takes this reference back.
    let _ = Arc::into_raw(wrapper);
    instance
}
