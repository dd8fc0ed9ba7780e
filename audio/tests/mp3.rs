//! MP3 whose heads are wrong, with junk, with damage, and several in a row.

mod common;

use std::path::Path;

use common::{read, read_path};
use earmark_audio::{FileError, Warning};

/// Of 30,870 samples, in frames of 1152.
fn tone() -> Vec<u8> {
    std::fs::read(path()).expect("the fixture")
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/fixtures/tone.mp3")
}

/// Where frames begin, the one with the information first, by the lengths in their heads.
fn frames(file: &[u8]) -> Vec<usize> {
    const BIT_RATES: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    let mut at = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xfb])
        .expect("a frame");
    let mut frames = Vec::new();
    while at + 4 <= file.len() && file[at] == 0xff {
        frames.push(at);
        at +=
            144_000 * BIT_RATES[usize::from(file[at + 2] >> 4)] / 44_100 + usize::from(file[at + 2] >> 1 & 1);
    }
    frames
}

fn count_at(file: &[u8]) -> usize {
    let is_info = |name: &[u8]| name == b"Info" || name == b"Xing";
    file.windows(4).position(is_info).expect("the information") + 8
}

#[test]
fn a_wrong_count_of_frames_costs_nothing() {
    let clean = read_path(&path()).expect("a sound");
    assert_eq!((clean.frames(), clean.warnings.len()), (30_870, 0));
    for count in [0u32, 1, 5] {
        let mut file = tone();
        let at = count_at(&file);
        file[at..at + 4].copy_from_slice(&count.to_be_bytes());
        let sound = read(&file).expect("a sound");
        assert!(
            (30_870..32_500).contains(&sound.frames()),
            "{count}: {}",
            sound.frames()
        );
        assert_eq!(sound.channels[0][..30_870], clean.channels[0][..], "{count}");
    }
    let mut file = tone();
    let at = count_at(&file);
    file[at..at + 4].copy_from_slice(&1000u32.to_be_bytes());
    let sound = read(&file).expect("a sound");
    assert!(sound.frames() >= 30_870);
    assert!(
        matches!(sound.warnings[..], [Warning::Missing { .. }]),
        "{:?}",
        sound.warnings
    );
}

#[test]
fn two_in_a_row_are_both_read() {
    let clean = read_path(&path()).expect("a sound");
    let file = tone();
    let twice = read(&[file.clone(), file].concat()).expect("a sound");
    assert!(twice.frames() >= 2 * 30_870, "{}", twice.frames());
    assert_eq!(twice.channels[0][..30_000], clean.channels[0][..30_000]);
    // The second one begins behind the information of its own, and behind what its encoder added.
    let second = &twice.channels[0][twice.frames() - 30_870 - 1152..];
    let peak = second.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    assert!(peak > 0.3, "{peak}");
}

#[test]
fn junk_and_tags_cost_nothing() {
    let clean = read_path(&path()).expect("a sound");
    let file = tone();
    let start = frames(&file)[0];
    let bare = file[start..].to_vec();
    let junk: Vec<u8> = (0..5000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let tag = [b"ID3\x04\0\0\0\0\x02\x2c".to_vec(), vec![0; 300]].concat();
    let mut tail = [b"TAG".to_vec(), vec![b'x'; 125]].concat();
    for (name, file) in [
        ("junk", [junk, bare.clone()].concat()),
        ("two tags", [tag.clone(), tag.clone(), bare.clone()].concat()),
        ("zeros behind a tag", [tag, vec![0; 700], bare.clone()].concat()),
        ("a tag behind", [bare, std::mem::take(&mut tail)].concat()),
    ] {
        let sound = read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            sound.channels == clean.channels,
            "{name}: {} frames",
            sound.frames()
        );
        assert_eq!(sound.warnings, [], "{name}");
    }
}

#[test]
fn damage_keeps_its_place() {
    let clean = read_path(&path()).expect("a sound");
    let file = tone();
    let frames = frames(&file);
    let middle = frames[10];
    let mut head = file.clone();
    head[middle..middle + 4].fill(0);
    let mut head_and_sound = file.clone();
    head_and_sound[middle..middle + 60].fill(0x55);
    let mut bytes_gone = file.clone();
    bytes_gone.drain(middle + 50..middle + 90);
    for (name, file) in [
        ("head", head),
        ("head and sound", head_and_sound),
        ("bytes gone", bytes_gone),
    ] {
        let sound = read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(sound.frames(), 30_870, "{name}");
        assert!(
            matches!(sound.warnings[..], [Warning::Damaged { .. }]),
            "{name}: {:?}",
            sound.warnings
        );
        // The decoder remembers little.
        let far = 18_000..30_000;
        assert!(sound.channels[0][far.clone()] == clean.channels[0][far], "{name}");
    }
    let cut = read(&file[..frames[20] + 100]).expect("what is there");
    assert!(cut.frames() < 30_870 && matches!(cut.warnings[..], [Warning::Missing { .. }]));
}

#[test]
fn four_bytes_by_chance_are_no_frame() {
    // Bytes of another format, and among the last ones what looks like the head of a frame that the file is too short for.
    let mut bytes = vec![0x55; 5_000];
    bytes.extend([0xff, 0xfb, 0x90, 0x00]);
    bytes.extend([0x55; 100]);
    assert!(matches!(read(&bytes), Err(FileError::NotAudio { .. })));
}
