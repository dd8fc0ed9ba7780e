//! AIFF, AIFC, CAF and AU, and what comes through a pipe.

mod common;

use std::io::Read;
use std::path::Path;

use common::{heard, little, ramp, read, wav};
use earmark_audio::{Encoding, Options, Reader, Warning};

fn big(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_be_bytes()).collect()
}

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = id.to_vec();
    chunk.extend((body.len() as u32).to_be_bytes());
    chunk.extend(body);
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// At 48000 Hz.
fn common_chunk(frames: u32, bits: u16, codec: Option<&[u8; 4]>) -> Vec<u8> {
    let mut body = 1u16.to_be_bytes().to_vec();
    body.extend(frames.to_be_bytes());
    body.extend(bits.to_be_bytes());
    body.extend([0x40, 0x0e, 0xbb, 0x80, 0, 0, 0, 0, 0, 0]);
    if let Some(codec) = codec {
        body.extend(codec);
        body.extend([0, 0]);
    }
    chunk(b"COMM", &body)
}

fn aiff(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"FORM", &[kind.to_vec(), chunks.concat()].concat())
}

fn sound_chunk(data: &[u8]) -> Vec<u8> {
    chunk(b"SSND", &[&[0; 8], data].concat())
}

#[test]
fn aiff_is_read_whatever_stands_around_the_sound() {
    let samples = ramp(1001);
    let common = common_chunk(1001, 16, None);
    let sound = sound_chunk(&big(&samples));
    let plain = aiff(b"AIFF", &[common.clone(), sound.clone()]);
    let mut wrong_size = plain.clone();
    wrong_size[4..8].copy_from_slice(&20u32.to_be_bytes());
    for (name, file) in [
        ("plain", plain.clone()),
        (
            "an empty tag",
            aiff(b"AIFF", &[common.clone(), sound.clone(), chunk(b"ID3 ", &[])]),
        ),
        ("the sound first", aiff(b"AIFF", &[sound.clone(), common.clone()])),
        ("a wrong size", wrong_size),
        ("junk behind", [plain.clone(), vec![0; 9]].concat()),
        (
            "little-endian",
            aiff(
                b"AIFC",
                &[
                    common_chunk(1001, 16, Some(b"sowt")),
                    sound_chunk(&little(&samples)),
                ],
            ),
        ),
        (
            "NONE",
            aiff(b"AIFC", &[common_chunk(1001, 16, Some(b"NONE")), sound]),
        ),
    ] {
        let sound = read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            sound.channels == [heard(&samples)],
            "{name}: {} frames",
            sound.frames()
        );
        assert_eq!(
            (sound.about.rate, sound.about.encoding),
            (48_000, Some(Encoding::Integer(16))),
            "{name}"
        );
        assert_eq!(sound.warnings, [], "{name}");
    }
    let cut = read(&plain[..plain.len() - 1001]).expect("what is there");
    assert!(
        matches!(cut.warnings[..], [Warning::Missing { .. }]),
        "{:?}",
        cut.warnings
    );
    let values = [0.25f32, -0.75];
    let floats: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    let file = aiff(
        b"AIFC",
        &[common_chunk(2, 32, Some(b"fl32")), sound_chunk(&floats)],
    );
    assert_eq!(read(&file).expect("a sound").channels, [values.to_vec()]);
    let coded = aiff(
        b"AIFC",
        &[common_chunk(2, 16, Some(b"QDM2")), sound_chunk(&floats)],
    );
    assert!(read(&coded).is_err());
}

#[test]
fn caf_and_au_are_read() {
    let samples = ramp(1000);
    let caf = |size: u64, data: &[u8]| {
        let mut file = b"caff\0\x01\0\0desc".to_vec();
        file.extend(32u64.to_be_bytes());
        file.extend(48_000f64.to_be_bytes());
        file.extend(b"lpcm");
        for number in [2u32, 2, 1, 1, 16] {
            file.extend(number.to_be_bytes());
        }
        file.extend(b"data");
        file.extend(size.to_be_bytes());
        file.extend([0; 4]);
        file.extend(data);
        file
    };
    let au = |size: u32| {
        let mut file = b".snd".to_vec();
        for number in [24u32, size, 3, 48_000, 1] {
            file.extend(number.to_be_bytes());
        }
        file.extend(big(&samples));
        file
    };
    for (name, file) in [
        ("CAF", caf(2004, &little(&samples))),
        ("CAF without a size", caf(u64::MAX, &little(&samples))),
        ("AU", au(2000)),
        ("AU without a size", au(u32::MAX)),
    ] {
        let sound = read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            sound.channels == [heard(&samples)],
            "{name}: {} frames",
            sound.frames()
        );
        assert_eq!((sound.about.rate, sound.warnings.len()), (48_000, 0), "{name}");
    }
    let cut = read(&caf(4004, &little(&samples))).expect("what is there");
    assert_eq!(cut.warnings, [Warning::Missing { samples: 1000 }]);
}

/// Gives a few bytes at a time, as a pipe does.
struct Pipe<'a>(&'a [u8]);

impl Read for Pipe<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(7);
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn a_pipe_is_read_as_a_file_is() {
    let samples = ramp(3000);
    let file = wav(&samples);
    let mut reader = Reader::from_stream(Pipe(&file), Path::new("-"), Options::default()).expect("a sound");
    let mut block = [vec![0.0; 4000]];
    assert_eq!(reader.read(&mut block).expect("a sound"), 3000);
    assert!(block[0][..3000] == heard(&samples));
}
