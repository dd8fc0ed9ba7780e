//! What the tests of sound files share.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;

use earmark_audio::{Description, FileError, Reader, Warning};

/// A file that was read to its end.
#[derive(Debug)]
pub(crate) struct Sound {
    pub(crate) about: Description,
    /// `[channel][sample]`.
    pub(crate) channels: Vec<Vec<f32>>,
    pub(crate) warnings: Vec<Warning>,
}

impl Sound {
    /// Samples of a channel.
    pub(crate) fn frames(&self) -> usize {
        self.channels[0].len()
    }
}

/// Reads what a file of these bytes holds.
pub(crate) fn read(bytes: &[u8]) -> Result<Sound, FileError> {
    let file = tempfile::NamedTempFile::new().expect("a file for the test");
    std::fs::write(file.path(), bytes).expect("a file for the test");
    read_path(file.path())
}

/// Reads what a file holds, in blocks that no packet has.
pub(crate) fn read_path(path: &Path) -> Result<Sound, FileError> {
    const BLOCK: usize = 1000;
    let mut reader = Reader::open(path)?;
    let mut channels = vec![Vec::new(); reader.channels()];
    let mut block = vec![vec![0.0f32; BLOCK]; reader.channels()];
    loop {
        let count = reader.read(&mut block)?;
        for (channel, block) in channels.iter_mut().zip(&block) {
            channel.extend_from_slice(&block[..count]);
        }
        if count < BLOCK {
            break;
        }
    }
    assert_eq!(
        reader.read(&mut block).expect("the end"),
        0,
        "a sound after its end"
    );
    Ok(Sound {
        about: reader.description().clone(),
        channels,
        warnings: reader.warnings(),
    })
}

/// Samples of 16 bits that are all different from their neighbours.
pub(crate) fn ramp(frames: usize) -> Vec<i16> {
    (0..frames)
        .map(|n| (n as i64 * 7919 % 60_001 - 30_000) as i16)
        .collect()
}

/// The same as they are read.
pub(crate) fn heard(samples: &[i16]) -> Vec<f32> {
    samples
        .iter()
        .map(|&sample| f32::from(sample) / 32_768.0)
        .collect()
}

/// Samples as bytes, the lowest first.
pub(crate) fn little(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A RIFF chunk.
pub(crate) fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = id.to_vec();
    chunk.extend((body.len() as u32).to_le_bytes());
    chunk.extend(body);
    if body.len() % 2 == 1 {
        chunk.push(0);
    }
    chunk
}

/// A `fmt ` chunk at 48000 Hz.
pub(crate) fn format(tag: u16, channels: u16, bits: u16, align: u16) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(48_000u32.to_le_bytes());
    body.extend((48_000 * u32::from(align)).to_le_bytes());
    body.extend(align.to_le_bytes());
    body.extend(bits.to_le_bytes());
    chunk(b"fmt ", &body)
}

/// An extensible `fmt ` chunk at 48000 Hz.
pub(crate) fn extensible(tag: u16, channels: u16, bits: u16, valid: u16, mask: u32) -> Vec<u8> {
    let mut body = format(0xfffe, channels, bits, channels * bits / 8)[8..].to_vec();
    body.extend(22u16.to_le_bytes());
    body.extend(valid.to_le_bytes());
    body.extend(mask.to_le_bytes());
    body.extend(tag.to_le_bytes());
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    chunk(b"fmt ", &body)
}

/// A WAV file of these chunks.
pub(crate) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WAVE".to_vec(), chunks.concat()].concat();
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

/// A WAV file of one channel of 16 bits.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    riff(&[format(1, 1, 16, 2), chunk(b"data", &little(samples))])
}
