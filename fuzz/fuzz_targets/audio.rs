#![no_main]

use std::sync::Once;

/// libFuzzer's hook ends the program at every panic, those too that Earmark catches: decoders of others panic over damage.
static HOOK: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    HOOK.call_once(|| drop(std::panic::take_hook()));
    earmark_fuzz_bodies::audio(bytes);
});
