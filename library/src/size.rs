//! Sizes as people read them.

use std::fmt;

/// Bytes, shown in the decimal units that disks and downloads are sold in: "1.26 GB".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = *self;
        let (unit, name) = match bytes {
            0..1_000 => return f.pad(&format!("{bytes} bytes")),
            1_000..1_000_000 => (1e3, "kB"),
            1_000_000..1_000_000_000 => (1e6, "MB"),
            _ => (1e9, "GB"),
        };
        let value = bytes as f64 / unit;
        // Three digits, but never a decimal point that says nothing.
        let places = if value < 10.0 {
            2
        } else {
            usize::from(value < 100.0)
        };
        f.pad(&format!("{value:.places$} {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_355_863, "1.36 MB"),
            (26_400_000, "26.4 MB"),
            (302_000_000, "302 MB"),
            (1_264_844_076, "1.26 GB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }
}
