//! What other programs read of occurrences, each with the words for its sound.

use std::fmt::Write;

use crate::Occurrence;

/// Labels for Audacity: a line for each, onset and offset in seconds and the text, separated by tabs
/// (<https://manual.audacityteam.org/man/importing_and_exporting_labels.html>).
pub fn labels<'a>(all: impl IntoIterator<Item = (&'a str, Occurrence)>) -> String {
    let line = |(words, one): (&str, Occurrence)| {
        format!("{:.6}\t{:.6}\t{}\n", one.onset, one.offset, text(words, one))
    };
    all.into_iter().map(line).collect()
}

/// Regions for Reaper: what its Region/Marker Manager exports and imports. It reads times in the unit of the ruler; these are hours,
/// minutes and seconds.
pub fn regions<'a>(all: impl IntoIterator<Item = (&'a str, Occurrence)>) -> String {
    let mut csv = "#,Name,Start,End,Length\n".to_owned();
    for (n, (words, one)) in all.into_iter().enumerate() {
        let time = |milliseconds| clock(milliseconds, 1, '.');
        let (onset, offset) = (milliseconds(one.onset), milliseconds(one.offset));
        // Writing to a text cannot fail.
        let _ = writeln!(
            csv,
            "R{},\"{}\",{},{},{}",
            n + 1,
            text(words, one).replace('"', "\"\""),
            time(onset),
            time(offset),
            time(offset - onset)
        );
    }
    csv
}

/// Subtitles (SubRip): numbered from 1, hours of two digits, a comma before the milliseconds, and an empty line after each.
pub fn subtitles<'a>(all: impl IntoIterator<Item = (&'a str, Occurrence)>) -> String {
    let mut srt = String::new();
    for (n, (words, one)) in all.into_iter().enumerate() {
        let time = |seconds| clock(milliseconds(seconds), 2, ',');
        let _ = writeln!(
            srt,
            "{}\n{} --> {}\n{}\n",
            n + 1,
            time(one.onset),
            time(one.offset),
            text(words, one)
        );
    }
    srt
}

/// What it is, and how sure that is. One line: tabs and line ends would end a label.
fn text(words: &str, one: Occurrence) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    format!("{} ({:.2})", words.join(" "), one.confidence)
}

/// A time in seconds, rounded to milliseconds.
fn milliseconds(seconds: f64) -> u64 {
    (1_000.0 * seconds).round() as u64
}

/// "h:mm:ss.mmm", with hours of so many digits at least.
fn clock(milliseconds: u64, hours: usize, point: char) -> String {
    let (seconds, milliseconds) = (milliseconds / 1_000, milliseconds % 1_000);
    format!(
        "{:0hours$}:{:02}:{:02}{point}{milliseconds:03}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(&'static str, Occurrence)> {
        let one = |words, onset, offset, confidence| {
            let time = Occurrence {
                onset,
                offset,
                confidence,
                peak: onset,
                loudness: -20.0,
            };
            (words, time)
        };
        vec![
            one("a \"loud\"\tdog", 1.25, 2.0, 0.834),
            one("rain", 3_661.999_6, 3_725.5, 1.0),
        ]
    }

    #[test]
    fn labels_are_those_of_audacity() {
        let expected = "1.250000\t2.000000\ta \"loud\" dog (0.83)\n3661.999600\t3725.500000\train (1.00)\n";
        assert_eq!(labels(all()), expected);
        // Read as Audacity reads them: two numbers and the rest of the line.
        for (line, (words, one)) in labels(all()).lines().zip(all()) {
            let parts: Vec<&str> = line.splitn(3, '\t').collect();
            assert_eq!(parts[0].parse(), Ok(one.onset));
            assert_eq!(parts[1].parse(), Ok(one.offset));
            assert_eq!(parts[2], text(words, one));
        }
    }

    #[test]
    fn regions_are_those_of_reaper() {
        assert_eq!(
            regions(all()),
            "#,Name,Start,End,Length\n\
             R1,\"a \"\"loud\"\" dog (0.83)\",0:00:01.250,0:00:02.000,0:00:00.750\n\
             R2,\"rain (1.00)\",1:01:02.000,1:02:05.500,0:01:03.500\n"
        );
    }

    #[test]
    fn subtitles_are_subrip() {
        assert_eq!(
            subtitles(all()),
            "1\n00:00:01,250 --> 00:00:02,000\na \"loud\" dog (0.83)\n\n\
             2\n01:01:02,000 --> 01:02:05,500\nrain (1.00)\n\n"
        );
    }
}
