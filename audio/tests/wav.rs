//! WAV and its relatives, as recorders and programs write them.

mod common;

use common::{chunk, extensible, format, heard, little, ramp, read, riff, wav};
use earmark_audio::{Encoding, Warning};

/// A file with a number of 32 bits put over its own.
fn with(mut file: Vec<u8>, at: usize, number: u32) -> Vec<u8> {
    file[at..at + 4].copy_from_slice(&number.to_le_bytes());
    file
}

#[test]
fn sizes_that_are_wrong_cost_no_sample() {
    let samples = ramp(2400);
    let plain = wav(&samples);
    let size = plain.len() as u32;
    let unknown = u32::MAX;
    for (name, file) in [
        ("plain", plain.clone()),
        ("RIFF size too small", with(plain.clone(), 4, size - 16)),
        ("RIFF size 0", with(plain.clone(), 4, 0)),
        ("RIFF size of the head", with(plain.clone(), 4, 36)),
        ("RIFF size too large", with(plain.clone(), 4, size + 1000)),
        ("data size 0", with(plain.clone(), 40, 0)),
        ("both 0", with(with(plain.clone(), 40, 0), 4, 0)),
        ("streamed", with(with(plain.clone(), 40, unknown), 4, unknown)),
        ("data size unknown", with(plain.clone(), 40, unknown)),
    ] {
        let sound = read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            sound.channels == [heard(&samples)],
            "{name}: {} frames",
            sound.frames()
        );
        assert_eq!(sound.about.frames, Some(2400), "{name}");
        assert_eq!(sound.warnings, [], "{name}");
    }
}

#[test]
fn what_is_missing_and_what_is_left_over_is_said() {
    let samples = ramp(2400);
    let plain = wav(&samples);
    let cut = read(&plain[..44 + 2001]).expect("what is there");
    assert!(cut.channels == [heard(&samples[..1000])]);
    assert_eq!(cut.about.frames, Some(2400));
    assert_eq!(cut.warnings, [Warning::Missing { samples: 1400 }]);

    let understated = read(&with(plain.clone(), 40, 4000)).expect("what is declared");
    assert!(understated.channels == [heard(&samples[..2000])]);
    assert_eq!(understated.warnings, [Warning::Behind { bytes: 800 }]);

    let padded = read(&[plain.clone(), vec![0; 600]].concat()).expect("a sound");
    assert_eq!(
        (padded.frames(), padded.warnings.len()),
        (2400, 0),
        "silence behind the end"
    );
    let tag = [b"TAG".to_vec(), vec![b'x'; 125]].concat();
    let tagged = read(&[plain, tag].concat()).expect("a sound");
    assert_eq!(
        (tagged.frames(), tagged.warnings.len()),
        (2400, 0),
        "a tag of MP3s behind the end"
    );
}

#[test]
fn an_empty_sound_is_one() {
    let empty = riff(&[format(1, 1, 16, 2), chunk(b"data", &[])]);
    assert_eq!(read(&empty).expect("an empty sound").frames(), 0);
    let noted = riff(&[
        format(1, 1, 16, 2),
        chunk(b"data", &[]),
        chunk(b"LIST", b"INFOIART\x02\0\0\0me"),
    ]);
    let noted = read(&noted).expect("an empty sound");
    assert_eq!((noted.frames(), noted.about.chunks.len()), (0, 1));
}

#[test]
fn long_files_state_their_sizes_elsewhere() {
    let samples = ramp(2400);
    let file = |magic: &[u8; 4], size: u64, data: u32| {
        let mut long = Vec::new();
        for number in [36 + 36 + size, size, 2400] {
            long.extend(number.to_le_bytes());
        }
        long.extend(0u32.to_le_bytes());
        let mut file = [magic.to_vec(), vec![0xff; 4], b"WAVE".to_vec()].concat();
        file.extend(chunk(b"ds64", &long));
        file.extend(format(1, 1, 16, 2));
        file.extend(b"data");
        file.extend(data.to_le_bytes());
        file.extend(little(&samples));
        file.extend(chunk(b"iXML", b"<BWFXML/>"));
        file
    };
    for magic in [b"RF64", b"BW64"] {
        for data in [u32::MAX, 4800] {
            let sound = read(&file(magic, 4800, data)).expect("a sound");
            assert!(sound.channels == [heard(&samples)]);
            assert_eq!(sound.about.chunks.len(), 1);
            assert_eq!(sound.warnings, []);
        }
    }
    let cut = read(&file(b"RF64", 5 << 30, u32::MAX)).expect("what is there");
    assert!(cut.channels[0].starts_with(&heard(&samples)));
    assert!(matches!(cut.warnings[..], [Warning::Missing { .. }]));
}

#[test]
fn every_width_is_read_from_its_own_bytes() {
    let file = |format: Vec<u8>, data: &[u8]| riff(&[format, chunk(b"data", data)]);
    let values = [0.5f32, -0.25, 0.125, -1.0];
    let integers = |bytes: usize| -> Vec<u8> {
        let value = |value: &f32| (value * 2_147_483_648.0) as i32;
        values
            .iter()
            .flat_map(|v| value(v).to_le_bytes()[4 - bytes..].to_vec())
            .collect()
    };
    let floats: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let doubles: Vec<u8> = values.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect();
    let unsigned: Vec<u8> = values.iter().map(|v| (v * 128.0 + 128.0) as u8).collect();
    for (name, bytes, encoding) in [
        ("8", file(format(1, 1, 8, 1), &unsigned), Encoding::Integer(8)),
        (
            "12",
            file(format(1, 1, 12, 2), &integers(2)),
            Encoding::Integer(16),
        ),
        (
            "16",
            file(format(1, 1, 16, 2), &integers(2)),
            Encoding::Integer(16),
        ),
        (
            "20",
            file(extensible(1, 1, 24, 20, 4), &integers(3)),
            Encoding::Integer(20),
        ),
        (
            "24",
            file(format(1, 1, 24, 3), &integers(3)),
            Encoding::Integer(24),
        ),
        (
            "24 in 4 bytes",
            file(format(1, 1, 24, 4), &integers(4)),
            Encoding::Integer(32),
        ),
        (
            "24 of 32",
            file(extensible(1, 1, 32, 24, 4), &integers(4)),
            Encoding::Integer(24),
        ),
        (
            "32",
            file(format(1, 1, 32, 4), &integers(4)),
            Encoding::Integer(32),
        ),
        ("float", file(format(3, 1, 32, 4), &floats), Encoding::Float(32)),
        (
            "extensible float",
            file(extensible(3, 1, 32, 32, 4), &floats),
            Encoding::Float(32),
        ),
        ("double", file(format(3, 1, 64, 8), &doubles), Encoding::Float(64)),
        (
            "no block align",
            file(format(1, 1, 24, 0), &integers(3)),
            Encoding::Integer(24),
        ),
    ] {
        let sound = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(sound.channels, [values.to_vec()], "{name}");
        assert_eq!(sound.about.encoding, Some(encoding), "{name}");
    }
    let mu_law = read(&file(format(7, 1, 8, 1), &[0xff, 0x80])).expect("a sound");
    assert_eq!(mu_law.channels, [[0.0, 32_124.0 / 32_768.0]]);
    let a_law = read(&file(format(6, 1, 8, 1), &[0x55, 0xaa])).expect("a sound");
    assert_eq!(a_law.channels, [[-8.0 / 32_768.0, 32_256.0 / 32_768.0]]);
    for (name, bytes) in [
        ("64 bits", file(format(1, 1, 64, 8), &doubles)),
        ("floats of 16 bits", file(format(3, 1, 16, 2), &integers(2))),
        ("no channels", file(format(1, 0, 16, 2), &integers(2))),
        ("an unknown codec", file(format(0x9999, 1, 16, 2), &integers(2))),
        ("no sound", riff(&[format(1, 1, 16, 2)])),
        ("no format", riff(&[chunk(b"data", &integers(2))])),
    ] {
        let error = read(&bytes).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.ends_with('.')), "{name}");
    }
}

#[test]
fn the_speakers_are_those_of_the_file() {
    for (channels, mask) in [(1, 0x4), (4, 0x33), (4, 0), (8, 0x63f)] {
        let data = little(&ramp(100 * usize::from(channels)));
        let sound = read(&riff(&[
            extensible(1, channels, 16, 16, mask),
            chunk(b"data", &data),
        ]));
        let sound = sound.expect("a sound");
        assert_eq!(sound.about.speakers, Some(mask));
        assert_eq!(
            (sound.about.channels, sound.frames()),
            (usize::from(channels), 100)
        );
    }
    assert_eq!(read(&wav(&ramp(10))).expect("a sound").about.speakers, None);
}

#[test]
fn notes_are_found_on_both_sides_of_the_sound() {
    let samples = ramp(999);
    let file = riff(&[
        chunk(b"JUNK", &[0; 28]),
        chunk(b"bext", &[7; 603]),
        format(1, 1, 16, 2),
        chunk(b"data", &little(&samples)),
        chunk(b"cue ", &[0; 4]),
        chunk(b"LIST", b"adtl"),
        chunk(b"iXML", b"<BWFXML/>"),
    ]);
    let sound = read(&file).expect("a sound");
    let ids: Vec<[u8; 4]> = sound.about.chunks.iter().map(|chunk| chunk.id).collect();
    assert_eq!(ids, [*b"bext", *b"cue ", *b"LIST", *b"iXML"]);
    assert_eq!(sound.about.chunks[0].bytes, [7; 603]);
    assert!(sound.channels == [heard(&samples)]);
}

#[test]
fn an_odd_chunk_without_padding_loses_nothing() {
    let samples = ramp(500);
    let mut odd = chunk(b"LIST", b"adtlx");
    odd.pop();
    let data: Vec<u8> = samples
        .iter()
        .map(|&sample| (sample >> 8) as u8)
        .take(499)
        .collect();
    let mut last = chunk(b"data", &data);
    last.pop();
    let file = riff(&[odd, format(1, 1, 8, 1), last, chunk(b"bext", &[1; 602])]);
    let sound = read(&file).expect("a sound");
    assert_eq!((sound.frames(), sound.about.chunks.len()), (499, 2));
    assert_eq!(sound.warnings, []);
}
