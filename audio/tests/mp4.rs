//! M4A and QuickTime: edit lists, uncompressed samples of many channels, several tracks.

mod common;

use std::path::{Path, PathBuf};

use common::{heard, ramp, read, read_path};
use earmark_audio::{Options, Reader, Warning};

fn atom(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut atom = (body.len() as u32 + 8).to_be_bytes().to_vec();
    atom.extend(name);
    atom.extend(body);
    atom
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A sound track of big-endian samples of 16 bits that lie at `at`, and the parts of it that are played: samples and their first.
fn track(id: u32, channels: u16, frames: u32, at: u32, edits: &[(u32, i32)]) -> Vec<u8> {
    let mut entry = numbers(&[0, 1, 0, 0]);
    entry.extend(channels.to_be_bytes());
    entry.extend([0, 16, 0, 0, 0, 0]);
    entry.extend((48_000u32 << 16).to_be_bytes());
    let table = [
        atom(b"stsd", &[numbers(&[0, 1]), atom(b"twos", &entry)].concat()),
        atom(b"stts", &numbers(&[0, 1, frames, 1])),
        atom(b"stsc", &numbers(&[0, 1, 1, frames, 1])),
        atom(b"stsz", &numbers(&[0, 1, frames])),
        atom(b"stco", &numbers(&[0, 1, at])),
    ];
    let media = [
        atom(b"mdhd", &numbers(&[0, 0, 0, 48_000, frames, 0])),
        atom(
            b"hdlr",
            &[numbers(&[0, 0]), b"soun".to_vec(), vec![0; 13]].concat(),
        ),
        atom(b"minf", &atom(b"stbl", &table.concat())),
    ];
    let mut list = numbers(&[0, edits.len() as u32]);
    for &(length, start) in edits {
        list.extend(numbers(&[length, start as u32, 0x1_0000]));
    }
    let edits = if edits.is_empty() {
        Vec::new()
    } else {
        atom(b"edts", &atom(b"elst", &list))
    };
    let head = atom(b"tkhd", &numbers(&[0, 0, 0, id, 0, 0]));
    atom(b"trak", &[head, edits, atom(b"mdia", &media.concat())].concat())
}

/// A film whose clock has as many ticks as the sound has samples.
fn film(samples: &[i16], tracks: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let start = [atom(b"ftyp", b"qt  \0\0\0\0"), atom(b"mdat", &data)].concat();
    let head = atom(b"mvhd", &numbers(&[0, 0, 0, 48_000, 0]));
    let at = (start.len() - data.len()) as u32;
    [start, atom(b"moov", &[head, tracks(at)].concat())].concat()
}

#[test]
fn an_edit_list_says_what_is_played() {
    let samples = ramp(3000);
    let played = |edits: &[(u32, i32)]| read(&film(&samples, |at| track(1, 1, 3000, at, edits)));
    for (edits, expected) in [
        (&[][..], samples.clone()),
        (&[(3000, 0)], samples.clone()),
        (&[(0, 0)], samples.clone()),
        (&[(2000, 500)], samples[500..2500].to_vec()),
        (&[(2500, 500)], samples[500..].to_vec()),
        (&[(900_000, 500)], samples[500..].to_vec()),
        (&[(480, -1), (3000, 0)], samples.clone()),
        (
            &[(100, 50), (1000, 1500)],
            [&samples[50..150], &samples[1500..2500]].concat(),
        ),
    ] {
        let sound = played(edits).unwrap_or_else(|error| panic!("{edits:?}: {error}"));
        assert!(
            sound.channels == [heard(&expected)],
            "{edits:?}: {} frames",
            sound.frames()
        );
        assert_eq!(sound.about.frames, Some(expected.len() as u64), "{edits:?}");
    }
    for edits in [&[(1000, 0), (1000, 0)][..], &[(10, 0), (100, -1), (10, 50)]] {
        let error = played(edits).err().map(|error| error.to_string());
        assert!(
            error.is_some_and(|error| error.contains("edit list")),
            "{edits:?}"
        );
    }
}

#[test]
fn what_the_encoder_of_an_m4a_added_is_left_out() {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/aac.m4a");
    let sound = read_path(&path).expect("a sound");
    assert_eq!((sound.frames(), sound.about.frames), (12_000, Some(12_000)));
    let tone = |n: usize| (0.2 * (std::f64::consts::TAU * 300.0 * n as f64 / 48_000.0).sin()) as f32;
    let (mut error, mut power) = (0.0, 0.0);
    for (n, &x) in sound.channels[0].iter().enumerate().skip(2000).take(8000) {
        error += (x - tone(n)).powi(2);
        power += tone(n).powi(2);
    }
    assert!(error < 0.01 * power, "{} dB", 10.0 * (error / power).log10());
}

#[test]
fn samples_of_many_channels_and_tracks_are_found() {
    let samples = ramp(6000);
    for channels in [1u16, 2, 3, 6, 8] {
        let frames = 6000 / u32::from(channels);
        let sound = read(&film(&samples, |at| track(1, channels, frames, at, &[]))).expect("a sound");
        assert_eq!(
            (sound.about.channels, sound.frames()),
            (usize::from(channels), frames as usize)
        );
        let first: Vec<i16> = samples
            .iter()
            .copied()
            .step_by(usize::from(channels))
            .take(frames as usize)
            .collect();
        assert!(sound.channels[0] == heard(&first), "{channels} channels");
    }
    let two = film(&samples, |at| {
        [track(1, 1, 3000, at, &[]), track(2, 1, 3000, at + 6000, &[])].concat()
    });
    let sound = read(&two).expect("a sound");
    assert!(sound.channels == [heard(&samples[..3000])]);
    assert_eq!(sound.warnings, [Warning::Tracks { count: 2, read: 1 }]);
    let file = tempfile::NamedTempFile::new().expect("a file for the test");
    std::fs::write(file.path(), &two).expect("a file for the test");
    let chosen = |number| Reader::open_with(file.path(), Options { track: Some(number) });
    let mut block = [vec![0.0; 3000]];
    assert_eq!(
        chosen(2).expect("a sound").read(&mut block).expect("a sound"),
        3000
    );
    assert!(block[0] == heard(&samples[3000..]));
    for number in [0, 3] {
        let error = chosen(number).err().map(|error| error.to_string());
        assert!(
            error.is_some_and(|error| error.contains("choose one from 1 to 2")),
            "{number}"
        );
    }
    let cut = read(&two[..3000]).err().map(|error| error.to_string());
    assert!(
        cut.is_some_and(|error| error.ends_with('.')),
        "a film without its table"
    );
}

#[test]
fn the_speakers_of_a_codec_are_those_of_its_channels() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/seven.m4a");
    let sound = read_path(&path).expect("Apple Lossless of seven channels");
    // Front left and right, centre, low frequencies, rear left and right, rear centre.
    assert_eq!(sound.about.speakers, Some(0x13f));
    assert_eq!(sound.frames(), 800);
    for (channel, samples) in sound.channels.iter().enumerate() {
        let level = (channel + 1) as f32 / 16.0;
        assert!(
            samples.iter().all(|sample| (sample - level).abs() < 1e-4),
            "channel {channel}"
        );
    }
}
