//! Results on standard output. That nobody reads them to the end (`earmark … | head`) is no failure.

use std::io::Write;

use serde::Serialize;

/// Prints a text that brings its own line ends.
pub(crate) fn text(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a value as indented JSON.
pub(crate) fn json(value: &impl Serialize) {
    // The values of this crate have text keys and finite numbers only: they always have a JSON form.
    if let Ok(json) = serde_json::to_string_pretty(value) {
        text(&(json + "\n"));
    }
}

/// A value as JSON on one line.
pub(crate) fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
