//! The library's classes, as a host asks for them.

use std::ffi::c_void;

use nice_plug::wrapper::setup_logger;
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3,
    IPluginFactory3Trait, IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID,
    int32, kInvalidArgument, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{self, ComPtr, ComWrapper};
use nice_plug::wrapper::vst3::{PluginInfo, Vst3Plugin};

use super::instance::Instance;
use crate::contain::contain;
use crate::pin::pin;

/// One class of plug-ins in a library.
pub struct Class {
    describe: fn() -> PluginInfo,
    create: fn() -> Option<ComPtr<FUnknown>>,
    set_up_logger: fn(),
}

impl Class {
    /// That of the plug-in `P`.
    pub const fn of<P: Vst3Plugin>() -> Class {
        Class {
            describe: PluginInfo::for_plugin::<P>,
            create: || {
                contain("being made", || {
                    ComWrapper::new(Instance::<P>::new()).to_com_ptr()
                })
                .flatten()
            },
            set_up_logger: setup_logger::<P>,
        }
    }
}

/// A library's factory.
pub struct Factory {
    classes: &'static [Class],
    /// One for each class.
    infos: Vec<PluginInfo>,
}

impl vst3::Class for Factory {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl Factory {
    /// Of these classes, in this order: an `IPluginFactory` that belongs to whoever asks, or null.
    pub fn hand_out(classes: &'static [Class]) -> *mut c_void {
        // Not every host calls what comes first on Windows.
        pin();
        let factory = Factory {
            classes,
            infos: classes.iter().map(|class| (class.describe)()).collect(),
        };
        ComWrapper::new(factory)
            .to_com_ptr::<IPluginFactory>()
            .map_or(std::ptr::null_mut(), |factory| factory.into_raw().cast())
    }

    /// What the loading of the library comes to.
    pub fn set_up(classes: &[Class]) {
        pin();
        for class in classes {
            (class.set_up_logger)();
        }
    }

    /// Writes what `describe` makes of class number `index`.
    ///
    /// # Safety
    /// `to` is null or a place for it.
    unsafe fn describe<T>(&self, index: int32, to: *mut T, describe: fn(&PluginInfo) -> T) -> tresult {
        let info = usize::try_from(index)
            .ok()
            .and_then(|index| self.infos.get(index));
        match info {
            Some(info) if !to.is_null() => {
                // SAFETY: the caller's promise.
                unsafe { to.write(describe(info)) };
                kResultOk
            }
            _ => kInvalidArgument,
        }
    }
}

impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        // The first class speaks for the library.
        // SAFETY: a host gives a place for the answer, here and below.
        unsafe { self.describe(0, info, PluginInfo::create_factory_info) }
    }

    unsafe fn countClasses(&self) -> int32 {
        self.classes.len() as int32
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        // SAFETY: see `getFactoryInfo`.
        unsafe { self.describe(index, info, PluginInfo::create_class_info) }
    }

    unsafe fn createInstance(&self, cid: FIDString, iid: FIDString, obj: *mut *mut c_void) -> tresult {
        if cid.is_null() || iid.is_null() || obj.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: an identifier has 16 bytes.
        let cid = unsafe { &*cid.cast::<[u8; 16]>() };
        let mut classes = self.classes.iter().zip(&self.infos);
        let Some(made) = classes
            .find(|(_, info)| info.cid == cid)
            .and_then(|(class, _)| (class.create)())
        else {
            return kInvalidArgument;
        };
        let made = made.as_ptr();
        // SAFETY: `made` is alive until the end of this function, and what is answered holds a reference of its own.
        unsafe { ((*(*made).vtbl).queryInterface)(made, iid.cast::<TUID>(), obj) }
    }
}

impl IPluginFactory2Trait for Factory {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        // SAFETY: see `getFactoryInfo`.
        unsafe { self.describe(index, info, PluginInfo::create_class_info_2) }
    }
}

impl IPluginFactory3Trait for Factory {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        // SAFETY: see `getFactoryInfo`.
        unsafe { self.describe(index, info, PluginInfo::create_class_info_unicode) }
    }

    unsafe fn setHostContext(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }
}
