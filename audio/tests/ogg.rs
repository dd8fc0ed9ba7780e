//! Vorbis and Opus in Ogg: many channels, several streams, damage. The fixtures come from `fixtures/make.sh`.

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
    for (name, channels, speakers) in [("three.ogg", 3, 0x7), ("six.ogg", 6, 0x3f), ("six.opus", 6, 0x3f)] {
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
    for name in ["tone.ogg", "tone.opus"] {
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
    assert!(error.is_some_and(|error| error.contains("44100 Hz and 2 channels to 48000 Hz and 2")));
}

#[test]
fn a_lost_page_is_silence_of_its_own_length() {
    for name in ["pages.ogg", "pages.opus"] {
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

/// Puts the sum into the first page of a file.
fn sum_first_page(file: &mut [u8]) {
    let len = pages(file)[1];
    file[22..26].fill(0);
    let mut sum = 0u32;
    for &byte in &file[..len] {
        sum ^= u32::from(byte) << 24;
        for _ in 0..8 {
            sum = sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 };
        }
    }
    file[22..26].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn each_mode_of_opus_sounds_as_in_the_reference_decoder() {
    // SILK, hybrid and CELT, one after the other; the reference was rounded to 16 bits.
    let sound = read_path(&fixture("modes.opus")).expect("a sound");
    let reference = read_path(&fixture("modes.flac")).expect("a sound");
    assert_eq!(
        (sound.frames(), sound.about.rate),
        (reference.frames(), reference.about.rate)
    );
    let worst = sound.channels[0]
        .iter()
        .zip(&reference.channels[0])
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < 1.1 / 32_768.0, "{worst}");
}

#[test]
fn the_head_of_opus_has_a_gain_and_a_beginning_to_be_left_out() {
    const HEAD: usize = 28;
    let plain = std::fs::read(tone("tone.opus")).expect("the fixture");
    let before = read(&plain).expect("a sound");
    assert_eq!(before.about.frames, Some(before.frames() as u64));
    let skip = u16::from_le_bytes([plain[HEAD + 10], plain[HEAD + 11]]);
    let mut file = plain.clone();
    file[HEAD + 10..HEAD + 12].copy_from_slice(&(skip + 100).to_le_bytes());
    // 6 dB less, in 1/256 dB.
    file[HEAD + 16..HEAD + 18].copy_from_slice(&(-6i16 * 256).to_le_bytes());
    sum_first_page(&mut file);
    let after = read(&file).expect("a sound");
    assert_eq!(after.frames(), before.frames() - 100);
    let gain = 10f32.powf(-0.3);
    for (after, before) in after.channels.iter().zip(&before.channels) {
        let right = before[100..].iter().map(|x| x * gain);
        assert!(after.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[test]
fn channels_of_opus_without_speakers_say_so() {
    const FAMILY: usize = 28 + 18;
    let mut file = std::fs::read(fixture("six.opus")).expect("the fixture");
    let surround = read(&file).expect("a sound");
    file[FAMILY] = 255;
    sum_first_page(&mut file);
    let plain = read(&file).expect("a sound");
    assert_eq!(plain.about.speakers, Some(0));
    // Vorbis's order has the middle second.
    assert!(plain.channels[1] == surround.channels[2] && plain.channels[5] == surround.channels[3]);
    file[FAMILY] = 3;
    sum_first_page(&mut file);
    let error = read(&file).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("mapping family 3")));
}

#[test]
fn damage_within_opus_keeps_its_place() {
    let file = std::fs::read(fixture("six.opus")).expect("the fixture");
    let whole = read(&file).expect("a sound");
    let starts = pages(&file);
    let segments = usize::from(file[starts[2] + 26]);
    let body = starts[2] + 27 + segments;
    // Bits of the packets' own framing and of their sound; the page's sum is right again each time.
    for at in (body..file.len()).step_by(97) {
        let mut page = file[starts[2]..].to_vec();
        page[at - starts[2]] ^= 0x55;
        let page_len = pages(&page).get(1).copied().unwrap_or(page.len());
        page.extend_from_slice(&[0; 27]);
        let whole_page = page_len.min(page.len() - 27);
        page.truncate(whole_page + 27);
        sum_first_page(&mut page);
        page.truncate(whole_page);
        let sound = read(&[&file[..starts[2]], &page].concat()).expect("a sound");
        assert_eq!(sound.frames(), whole.frames(), "byte {at}");
    }
}
