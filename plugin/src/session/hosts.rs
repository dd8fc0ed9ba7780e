//! The hosts that shift automation by a plug-in's latency themselves: what Earmark would shift, too, is to act at the output there.
//!
//! A host that is not here is taken to leave automation where it was drawn. A row is added for what was measured, or where the host's own
//! people or users say it; its `source` tells.

use nice_plug::context::PluginApi;

/// A host.
struct Row {
    /// A part of the name that it gives itself, in lower case.
    name: &'static str,
    /// The format of which this is known; `None` for each that it loads.
    format: Option<PluginApi>,
    /// Where it is known from.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the table"))]
    source: &'static str,
}

const SHIFT_IT_THEMSELVES: [Row; 2] = [
    Row {
        name: "ardour",
        format: None,
        source: "measured: Ardour 7.3 on Debian 12, VST3, ardour7-export: drawn at 3.500 s, heard at 3.510 s at the output",
    },
    Row {
        name: "reaper",
        format: Some(PluginApi::Clap),
        source: "not measured: https://github.com/free-audio/clap/issues/410: \"Adjust automation\" is on for CLAP at first",
    },
];

/// Whether a host shifts automation by the latency itself, by the name that it gives itself.
pub(super) fn shifts(host: Option<&str>, format: PluginApi) -> bool {
    let name = host.unwrap_or_default().to_lowercase();
    SHIFT_IT_THEMSELVES
        .iter()
        .any(|row| name.contains(row.name) && row.format.is_none_or(|known| known == format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_source_and_its_format() {
        for row in &SHIFT_IT_THEMSELVES {
            assert!(row.source.starts_with("measured: ") || row.source.contains("https://"));
            for format in [PluginApi::Clap, PluginApi::Vst3] {
                let expected = row.format.is_none_or(|known| known == format);
                assert_eq!(
                    shifts(Some(&row.name.to_uppercase()), format),
                    expected,
                    "{}",
                    row.name
                );
            }
        }
        for host in [None, Some(""), Some("Bitwig Studio"), Some("Cubase")] {
            assert!(!shifts(host, PluginApi::Clap) && !shifts(host, PluginApi::Vst3));
        }
    }
}
