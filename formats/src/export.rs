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
