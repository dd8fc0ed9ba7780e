//! Vorbis in Ogg: many channels, several streams, damage. The fixtures come from `fixtures/make.sh`.

mod common;

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use common::{read, read_path};
use earmark_audio::Warning;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn tone(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../cli/tests/fixtures")
        .join(name)
}

/// Where pages begin.
fn pages(file: &[u8]) -> Vec<usize> {
    let mut at = 0;
    let mut pages = Vec::new();
    while at + 27 <= file.len() {
        pages.push(at);
        let segments = usize::from(file[at + 26]);
        let body: usize = file[at + 27..at + 27 + segments]
            .iter()
            .map(|&len| usize::from(len))
            .sum();
        at += 27 + segments + body;
    }
    pages
}

/// How loud a tone is in a channel: its amplitude.
fn amplitude(channel: &[f32], hertz: f64, rate: f64) -> f64 {
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (n, &x) in channel.iter().enumerate() {
        let angle = TAU * hertz * n as f64 / rate;
        sine += f64::from(x) * angle.sin();
        cosine += f64::from(x) * angle.cos();
    }
    2.0 * sine.hypot(cosine) / channel.len() as f64
}

#[test]
fn each_of_many_channels_has_its_own_sound() {
    for (name, channels, speakers) in [("three.ogg", 3, 0x7), ("six.ogg", 6, 0x3f)] {
        let sound = read_path(&fixture(name)).expect("a sound");
        assert_eq!(
            (sound.about.rate, sound.about.channels),
            (48_000, channels),
            "{name}"
        );
        assert_eq!(sound.frames(), 12_000, "{name}");
        assert_eq!(sound.about.speakers, Some(speakers), "{name}");
        for (i, channel) in sound.channels.iter().enumerate() {
            for tone in 0..channels {
                // The low frequencies have a channel that holds no others.
                if speakers == 0x3f && (i == 3 || tone == 3) {
                    continue;
                }
                let heard = amplitude(&channel[1200..10_800], 300.0 + 200.0 * tone as f64, 48_000.0);
                let right = if i == tone { 0.17..0.23 } else { 0.0..0.02 };
                assert!(
                    right.contains(&heard),
                    "{name}: tone {tone} in channel {i} at {heard}"
                );
            }
        }
    }
}

#[test]
fn streams_in_a_row_are_one_sound_where_they_are_alike() {
    {
        let name = "tone.ogg";
        let file = std::fs::read(tone(name)).expect("the fixture");
        let once = read(&file).expect("a sound");
        let twice = read(&[file.clone(), file.clone()].concat()).expect("a sound");
        assert_eq!(twice.frames(), 2 * once.frames(), "{name}");
        for (twice, once) in twice.channels.iter().zip(&once.channels) {
            assert!(
                twice[..once.len()] == once[..] && twice[once.len()..] == once[..],
                "{name}"
            );
        }
        assert_eq!(twice.warnings, [], "{name}");
    }
    let three = std::fs::read(fixture("three.ogg")).expect("the fixture");
    let two = std::fs::read(tone("tone.ogg")).expect("the fixture");
    let error = read(&[two.clone(), three].concat())
        .err()
        .map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("44100 Hz and 2 channels to 48000 Hz and 3")));
    let opus = std::fs::read(tone("tone.opus")).expect("the fixture");
    let error = read(&[two, opus].concat()).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("Opus")));
}

#[test]
fn a_lost_page_is_silence_of_its_own_length() {
    {
        let name = "pages.ogg";
        let file = std::fs::read(fixture(name)).expect("the fixture");
        let clean = read(&file).expect("a sound");
        let starts = pages(&file);
        assert!(starts.len() > 6, "{} pages", starts.len());
        // The last page holds the end.
        for lost in 2..starts.len() - 1 {
            let next = starts[lost + 1];
            let mut damaged = file.clone();
            damaged[starts[lost] + 30] ^= 1;
            let gone = [&file[..starts[lost]], &file[next..]].concat();
            let junk = [&file[..next], &[b'O'; 5000], &file[next..]].concat();
            for (what, file) in [("damaged", damaged), ("gone", gone)] {
                let sound = read(&file).expect("a sound");
                assert_eq!(sound.frames(), clean.frames(), "{name}: page {lost} {what}");
                assert!(
                    matches!(sound.warnings[..], [Warning::Damaged { .. }]),
                    "{name}: page {lost} {what}"
                );
            }
            let sound = read(&junk).expect("a sound");
            assert_eq!(sound.frames(), clean.frames(), "{name}: junk behind page {lost}");
        }
        assert!(read(&file[..starts[2] + 30]).is_err(), "heads without a sound");
        let cut = read(&file[..starts[starts.len() - 1] + 30]).expect("what is there");
        assert!(cut.frames() < clean.frames(), "{name}");
    }
}
