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

/// "m:ss.cc", or "h:mm:ss.cc" from an hour on.
pub(crate) fn short_clock(seconds: f64) -> String {
    let hundredths = (100.0 * seconds).round() as u64;
    let (seconds, hundredths) = (hundredths / 100, hundredths % 100);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    match minutes / 60 {
        0 => format!("{minutes}:{seconds:02}.{hundredths:02}"),
        hours => format!("{hours}:{:02}:{seconds:02}.{hundredths:02}", minutes % 60),
    }
}

/// "nowhere", "once", "3 times".
pub(crate) fn times(count: usize) -> String {
    match count {
        0 => "nowhere".into(),
        1 => "once".into(),
        _ => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_one_reads_them() {
        assert_eq!(short_clock(0.0), "0:00.00");
        assert_eq!(short_clock(59.999), "1:00.00");
        assert_eq!(short_clock(3_661.25), "1:01:01.25");
    }
}
