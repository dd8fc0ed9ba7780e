//! A host on Windows that unloads the VST3: its threads may run on, so it must stay in memory.
#![cfg(windows)]
#![allow(unsafe_code)]

use std::ffi::c_void;

use earmark_tests::{HostError, bundle};
use libloading::Library;
use libloading::os::windows::Library as Loaded;

#[test]
fn a_library_that_a_host_has_looked_into_stays() -> Result<(), HostError> {
    let library = bundle::clap()?.with_file_name("Earmark.vst3/Contents/x86_64-win/Earmark.vst3");
    // SAFETY: the library is ours, and its functions have the types that VST3 gives them. Not every host calls `InitDll`.
    unsafe {
        let host = Library::new(&library).expect("a library");
        let factory = host
            .get::<unsafe extern "system" fn() -> *mut c_void>(b"GetPluginFactory\0")
            .expect("a VST3");
        assert!(!factory().is_null());
        drop(host);
    }
    assert!(Loaded::open_already_loaded(&library).is_ok(), "it was unloaded");
    Ok(())
}
