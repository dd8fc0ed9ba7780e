//! From a path to bytes, and from bytes to the decoder that knows them.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::path::Path;

use super::aiff::{self, Aiff};
use super::any::Any;
use super::au;
use super::bytes::{Bytes, array};
use super::caf::{self, Caf};
use super::cut::Cut;
use super::decoder::{Decoder, Fault};
use super::flac::{self, Flac};
use super::mp3::{self, Mp3};
use super::mp4::{self, Track};
use super::ogg::{self, Ogg};
use super::options::{Options, no_track};
use super::pcm::Pcm;
use super::riff::{self, Riff};
use super::warning::Warning;
use crate::error::FileError;

/// Opens a file that can be sought in: what comes through a pipe is copied into a temporary one first.
pub(super) fn file(path: &Path) -> Result<File, FileError> {
    let unreadable = |reason: String| FileError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => FileError::Missing {
            path: path.to_owned(),
        },
        _ => unreadable(error.to_string()),
    })?;
    let metadata = file.metadata().map_err(|error| unreadable(error.to_string()))?;
    if metadata.is_dir() {
        return Err(unreadable("it is a folder; name a file".into()));
    }
    if metadata.is_file() {
        return Ok(file);
    }
    spool(file).map_err(|error| unreadable(error.to_string()))
}

/// All that a stream brings, in a file without a name that goes when it is closed.
pub(super) fn spool(mut stream: impl Read) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    std::io::copy(&mut stream, &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// The decoder for a file, by its first bytes. Its name helps where they do not tell.
pub(super) fn decoder(file: File, name: &Path, options: Options) -> Result<Box<dyn Decoder>, Fault> {
    let decoder = by_bytes(file, name, options)?;
    // What has no tracks has one.
    match options.track {
        Some(track)
            if track != 1
                && !decoder
                    .warnings()
                    .iter()
                    .any(|warning| matches!(warning, Warning::Tracks { .. })) =>
        {
            Err(no_track(track, 1))
        }
        _ => Ok(decoder),
    }
}

fn by_bytes(file: File, name: &Path, options: Options) -> Result<Box<dyn Decoder>, Fault> {
    let mut bytes = Bytes::new(file)?;
    let head = bytes.vec(0, 64, 64)?;
    if let Some(start) = flac::start(&mut bytes)? {
        return Ok(Box::new(Flac::open(bytes, start)?));
    }
    let (description, layout) = if riff::is(&head) {
        match riff::read(&mut bytes)? {
            Riff::Pcm(description, layout) => (*description, layout),
            Riff::Coded => return any(bytes, name, options),
        }
    } else if aiff::is(&head) {
        match aiff::read(&mut bytes)? {
            Aiff::Pcm(description, layout) => (*description, layout),
            Aiff::Coded => return any(bytes, name, options),
        }
    } else if caf::is(&head) {
        match caf::read(&mut bytes)? {
            Caf::Pcm(description, layout) => (*description, layout),
            Caf::Coded => return any(bytes, name, options),
        }
    } else if au::is(&head) {
        au::read(&mut bytes)?
    } else {
        return coded(bytes, &head, name, options);
    };
    Ok(Box::new(Pcm::new(bytes, description, layout)?))
}

/// What is neither uncompressed nor FLAC.
fn coded(mut bytes: Bytes, head: &[u8], name: &Path, options: Options) -> Result<Box<dyn Decoder>, Fault> {
    if mp4::is(head) {
        let tracks = mp4::tracks(&mut bytes)?;
        return film(bytes, tracks, name, options);
    }
    if ogg::is(head) {
        match Ogg::open(bytes)? {
            Ok(ogg) => return Ok(Box::new(ogg)),
            Err(given_back) => bytes = given_back,
        }
    }
    if let Some(start) = mp3::start(&mut bytes, true)? {
        return Ok(Box::new(Mp3::open(bytes, start)?));
    }
    // Only in bytes that are nothing else, junk may stand before the first frame.
    let is_container = [b"OggS", b"\x1aE\xdf\xa3", b"ADIF", b"wvpk", b"riff"].contains(&&array(head, 0));
    if !is_container && let Some(start) = mp3::start(&mut bytes, false)? {
        return Ok(Box::new(Mp3::open(bytes, start)?));
    }
    any(bytes, name, options)
}

/// A sound track of MP4 or QuickTime.
fn film(
    bytes: Bytes,
    mut tracks: Vec<Track>,
    name: &Path,
    options: Options,
) -> Result<Box<dyn Decoder>, Fault> {
    let count = tracks.len();
    if count == 0 {
        return any(bytes, name, options);
    }
    let read = options.track.unwrap_or(1);
    if !(1..=count).contains(&read) {
        return Err(no_track(read, count));
    }
    let track = tracks.swap_remove(read - 1);
    let warning = (count > 1).then_some(Warning::Tracks { count, read });
    let decoder: Box<dyn Decoder> = match track.pcm {
        Some((description, mut layout)) => {
            layout.warnings.extend(warning);
            Box::new(Pcm::new(bytes, description, layout)?)
        }
        None => Box::new(Any::open_track(bytes.into_file()?, name, track.id, warning)?),
    };
    let Some(parts) = track.parts else {
        return Ok(decoder);
    };
    let rate = u128::from(decoder.description().rate);
    let samples = |ticks: u64| match ticks {
        u64::MAX => u64::MAX,
        ticks => ((u128::from(ticks) * rate + u128::from(track.scale / 2)) / u128::from(track.scale)) as u64,
    };
    let parts = parts
        .into_iter()
        .map(|part| samples(part.start)..samples(part.end))
        .collect();
    Ok(Box::new(Cut::new(decoder, parts)))
}

fn any(bytes: Bytes, name: &Path, options: Options) -> Result<Box<dyn Decoder>, Fault> {
    Ok(Box::new(Any::open(bytes.into_file()?, name, options)?))
}
