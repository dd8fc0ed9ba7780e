//! Results on standard output. That nobody reads them to the end (`earmark … | head`) is no failure.

use std::io::Write;

use serde::Serialize;

/// Prints a text that brings its own line ends.
pub(crate) fn text(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints a value as indented JSON.
pub(crate) fn json(value: &impl Serialize) {
    // The values of this crate have text keys and finite numbers only: they always have a JSON form.
    if let Ok(json) = serde_json::to_string_pretty(value) {
        text(&(json + "\n"));
    }
}

/// Prints a value as JSON on one line.
pub(crate) fn json_line(value: &impl Serialize) {
    if let Ok(json) = serde_json::to_string(value) {
        text(&(json + "\n"));
    }
}
