//! The names that hosts look for in a library.

/// Exports a library's CLAP plug-ins, which implement `ClapPlugin`.
#[macro_export]
macro_rules! export_clap {
    ($($plugin:ty),+ $(,)?) => {
        /// Where CLAP hosts begin.
        #[unsafe(no_mangle)]
        #[used]
        #[allow(non_upper_case_globals)]
        pub static clap_entry: $crate::clap::Entry = {
            use ::std::ffi::{c_char, c_void};

            static FACTORY: $crate::clap::Factory =
                $crate::clap::Factory::new(&[$($crate::clap::Class::of::<$plugin>()),+]);

            unsafe extern "C" fn init(_path: *const c_char) -> bool {
                FACTORY.init();
                true
            }

            unsafe extern "C" fn get_factory(id: *const c_char) -> *const c_void {
                // SAFETY: a host names the factory by a C string.
                unsafe { FACTORY.answer(id) }
            }

            $crate::clap::entry(init, get_factory)
        };
    };
}

/// Exports a library's VST3 plug-ins, which implement `Vst3Plugin`. The first one's vendor is the library's.
#[macro_export]
macro_rules! export_vst3 {
    ($($plugin:ty),+ $(,)?) => {
        const _: () = {
            use ::std::ffi::c_void;

            static CLASSES: &[$crate::vst3::Class] = &[$($crate::vst3::Class::of::<$plugin>()),+];

            /// Where VST3 hosts begin.
            #[unsafe(no_mangle)]
            pub extern "system" fn GetPluginFactory() -> *mut c_void {
                $crate::vst3::Factory::hand_out(CLASSES)
            }

            /// What hosts call first on Linux.
            #[cfg(all(target_family = "unix", not(target_os = "macos")))]
            #[unsafe(no_mangle)]
            pub extern "C" fn ModuleEntry(_library: *mut c_void) -> bool {
                $crate::vst3::Factory::set_up(CLASSES);
                true
            }

            /// What hosts call last on Linux.
            #[cfg(all(target_family = "unix", not(target_os = "macos")))]
            #[unsafe(no_mangle)]
            pub extern "C" fn ModuleExit() -> bool {
                true
            }

            /// What hosts call first on macOS.
            #[cfg(target_os = "macos")]
            #[unsafe(no_mangle)]
            pub extern "C" fn bundleEntry(_bundle: *mut c_void) -> bool {
                $crate::vst3::Factory::set_up(CLASSES);
                true
            }

            /// What hosts call last on macOS.
            #[cfg(target_os = "macos")]
            #[unsafe(no_mangle)]
            pub extern "C" fn bundleExit() -> bool {
                true
            }

            /// What hosts call first on Windows.
            #[cfg(target_os = "windows")]
            #[unsafe(no_mangle)]
            pub extern "system" fn InitDll() -> bool {
                $crate::vst3::Factory::set_up(CLASSES);
                true
            }

            /// What hosts call last on Windows.
            #[cfg(target_os = "windows")]
            #[unsafe(no_mangle)]
            pub extern "system" fn ExitDll() -> bool {
                true
            }
        };
    };
}
