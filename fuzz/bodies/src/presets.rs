//! Files of presets.

use earmark_state::HostState;
use earmark_state::preset::Preset;

use crate::sentence;

/// A preset is refused in one line, or is the same when it is written and read again, and makes a state.
///
/// # Panics
/// Where it does not.
pub fn presets(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let preset = match Preset::from_json(&text, "x.json") {
        Ok(preset) => preset,
        Err(error) => return sentence::check(&error),
    };
    let written = preset.to_json();
    let again = Preset::from_json(&written, "x.json").expect("what was written is read");
    assert_eq!(again.to_json(), written);
    let state = HostState::from(&preset);
    let json = state.to_json();
    serde_json::from_slice::<serde_json::Value>(&json).expect("a state is JSON");
    assert!(state.to_vst3_preset().len() > json.len());
}
