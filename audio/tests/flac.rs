//! FLAC with damage, and with heads that are wrong.

mod common;

use common::{heard, ramp, read};
use earmark_audio::Warning;

const BLOCK: usize = 1024;

fn crc(data: &[u8], polynomial: u32, width: u32) -> u32 {
    let (top, mask) = (1 << (width - 1), ((1u64 << width) - 1) as u32);
    data.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << (width - 8), |sum, _| {
            (if sum & top != 0 {
                sum << 1 ^ polynomial
            } else {
                sum << 1
            }) & mask
        })
    })
}

/// A frame of one channel of 16 bits as it is. Codes of rates: 10 is 48000 Hz, 8 is 32000 Hz.
fn frame(samples: &[i16], number: u8, rate: u8) -> Vec<u8> {
    assert!(number < 0x80);
    let len = (samples.len() - 1) as u16;
    let mut frame = vec![
        0xff,
        0xf8,
        0x70 | rate,
        4 << 1,
        number,
        (len >> 8) as u8,
        len as u8,
    ];
    frame.push(crc(&frame, 0x07, 8) as u8);
    frame.push(2);
    frame.extend(samples.iter().flat_map(|sample| sample.to_be_bytes()));
    let sum = crc(&frame, 0x8005, 16) as u16;
    frame.extend(sum.to_be_bytes());
    frame
}

fn frames(samples: &[i16]) -> Vec<Vec<u8>> {
    samples
        .chunks(BLOCK)
        .enumerate()
        .map(|(i, block)| frame(block, i as u8, 10))
        .collect()
}

fn flac(frames: &[Vec<u8>], total: usize, least: u16, most: u16) -> Vec<u8> {
    let mut file = b"fLaC\x80\0\0\x22".to_vec();
    file.extend(least.to_be_bytes());
    file.extend(most.to_be_bytes());
    file.extend([0; 6]);
    file.extend((48_000u64 << 44 | 15 << 36 | total as u64).to_be_bytes());
    file.extend([0; 16]);
    file.extend(frames.concat());
    file
}

#[test]
fn what_the_head_states_wrongly_costs_nothing() {
    let samples = ramp(6000);
    let frames = frames(&samples);
    for (name, total, least, most) in [
        ("right", 6000, 1024, 1024),
        ("longest block understated", 6000, 900, 900),
        ("longest block overstated", 6000, 1024, 65_535),
        ("least block 0", 6000, 0, 1024),
        ("blocks 0", 6000, 0, 0),
        ("length unknown", 0, 1024, 1024),
        ("length understated", 3000, 1024, 1024),
    ] {
        let sound =
            read(&flac(&frames, total, least, most)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            sound.channels == [heard(&samples)],
            "{name}: {} frames",
            sound.frames()
        );
        assert_eq!(sound.warnings, [], "{name}");
    }
}

#[test]
fn a_damaged_frame_is_silence_of_its_own_length() {
    let samples = ramp(6000);
    let clean = frames(&samples);
    // A bit of a sample, of the head, of the number, of the sum; in the first, a middle and the last frame; and whole frames.
    for (place, damaged) in [0, 2, 5].into_iter().flat_map(|frame| {
        let last = clean[frame].len() - 1;
        [0, 3, 4, 7, 100, last].map(|byte| (byte, frame))
    }) {
        for total in [6000, 0] {
            if total == 0 && damaged == 5 {
                // Nothing says how long the last one was.
                continue;
            }
            let mut frames = clean.clone();
            frames[damaged][place] ^= 0x10;
            let sound = read(&flac(&frames, total, 1024, 1024)).expect("a sound");
            let mut expected = heard(&samples);
            let end = (damaged + 1) * BLOCK;
            expected[damaged * BLOCK..end.min(6000)].fill(0.0);
            assert!(
                sound.channels == [expected],
                "byte {place} of frame {damaged}: {} frames",
                sound.frames()
            );
            assert_eq!(sound.warnings, [Warning::Damaged { packets: 1 }]);
        }
    }
    let mut gone = clean.clone();
    gone.drain(1..3);
    let sound = read(&flac(&gone, 6000, 1024, 1024)).expect("a sound");
    assert_eq!(sound.frames(), 6000, "two frames that are not there at all");
    assert_eq!(sound.warnings, [Warning::Damaged { packets: 2 }]);
    let junk = [&clean[..2], &[vec![0xff; 300]], &clean[2..]].concat();
    let sound = read(&flac(&junk, 6000, 1024, 1024)).expect("a sound");
    assert!(sound.channels == [heard(&samples)], "junk between two frames");
}

#[test]
fn a_format_that_changes_in_the_middle_is_refused() {
    let samples = ramp(6000);
    let mut frames = frames(&samples);
    frames[3] = frame(&samples[3072..4096], 3, 8);
    let error = read(&flac(&frames, 6000, 1024, 1024))
        .err()
        .map(|error| error.to_string());
    let error = error.expect("it is refused");
    assert!(
        error.contains("48000 Hz and 1 channels to 32000 Hz") && error.contains("split it there"),
        "{error}"
    );
}

#[test]
fn a_file_cut_short_says_what_is_missing() {
    let samples = ramp(6000);
    let file = flac(&frames(&samples)[..3], 6000, 1024, 1024);
    let sound = read(&file).expect("what is there");
    assert!(sound.channels == [heard(&samples[..3072])]);
    assert_eq!(sound.warnings, [Warning::Missing { samples: 2928 }]);
    let empty = read(&flac(&[], 0, 4096, 4096)).expect("an empty sound");
    assert_eq!(empty.frames(), 0);
    assert!(
        read(&flac(&[], 6000, 4096, 4096)).is_err(),
        "nothing of what it declares"
    );
}

#[test]
fn tags_and_two_files_in_a_row() {
    let samples = ramp(3000);
    let file = flac(&frames(&samples), 3000, 1024, 1024);
    let tag = [b"ID3\x04\0\0\0\0\0\x14".to_vec(), vec![0; 20]].concat();
    let end = [b"TAG".to_vec(), vec![b'x'; 125]].concat();
    let sound = read(&[tag, file.clone(), end].concat()).expect("a sound");
    assert!(sound.channels == [heard(&samples)]);
    let twice = read(&[file.clone(), file].concat()).expect("a sound");
    assert_eq!(twice.frames(), 6000);
}

#[test]
fn a_checksum_is_compared_with_what_was_decoded() {
    const SUM: usize = 8 + 18;
    let samples = ramp(5 * BLOCK / 2);
    let parts = frames(&samples);
    let mut file = flac(&parts, samples.len(), 16, BLOCK as u16);
    let sum = |samples: &[i16]| md5::compute(common::little(samples)).0;
    let warnings = |file: &[u8]| read(file).expect("a sound").warnings;
    assert_eq!(warnings(&file), [], "a file without one");
    file[SUM..SUM + 16].copy_from_slice(&sum(&samples));
    assert_eq!(warnings(&file), []);
    file[SUM] ^= 1;
    assert_eq!(warnings(&file), [Warning::Checksum]);
    assert_eq!(
        read(&file).expect("a sound").channels[0],
        heard(&samples),
        "read all the same"
    );
    // A part that is missing is said as such.
    let cut = &file[..file.len() - 100];
    assert!(!warnings(cut).contains(&Warning::Checksum));
    let at = file.len() - parts[2].len() - 100;
    file[at] ^= 1;
    assert_eq!(warnings(&file), [Warning::Damaged { packets: 1 }]);
}

#[test]
fn the_checksum_of_another_program_is_right() {
    // 16 bits, two channels: coupled, and predicted.
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/fixtures/tone.flac");
    let mut file = std::fs::read(path).expect("the fixture");
    assert_eq!(read(&file).expect("a sound").warnings, []);
    file[8 + 18] ^= 1;
    assert_eq!(read(&file).expect("a sound").warnings, [Warning::Checksum]);
}
