//! A line in a file that says how it was made, for who comes back later.
//!
//! It is in the file itself: so it appears with the sound and not before, is moved and removed with it, and jobs that
//! share a folder share nothing else.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The chunk of a WAV file that holds it.
pub(super) const STAMP: [u8; 4] = *b"ermk";
/// The tag of a FLAC file that holds it.
pub(super) const FLAC_TAG: &str = "EARMARK";
/// No stamp is longer, in bytes.
const LONGEST: u32 = 1 << 16;
/// The kind of a FLAC metadata block that holds tags.
const COMMENTS: u8 = 4;

/// The stamp of a file that [`crate::Output`] wrote with one; `None` where there is no such file, or no stamp in it.
pub fn stamp(path: &Path) -> Option<String> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let bytes = match &array::<4>(&mut file).ok()? {
        b"RIFF" | b"RF64" => in_wav(&mut file),
        b"fLaC" => in_flac(&mut file),
        _ => return None,
    };
    let text = String::from_utf8(bytes.ok()??).ok()?;
    Some(text.trim_end().to_owned())
}

/// It stands before the sound.
fn in_wav(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Current(8))?;
    loop {
        let id = array::<4>(file)?;
        let length = u32::from_le_bytes(array(file)?);
        match &id {
            &STAMP if length <= LONGEST => return bytes(file, length).map(Some),
            b"data" => return Ok(None),
            _ => file.seek(SeekFrom::Current(i64::from(length) + i64::from(length % 2)))?,
        };
    }
}

fn in_flac(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    loop {
        let [kind, length @ ..] = array::<4>(file)?;
        let length = u32::from_be_bytes([0, length[0], length[1], length[2]]);
        if kind & 0x7f == COMMENTS {
            return in_comments(file);
        }
        if kind & 0x80 != 0 {
            return Ok(None);
        }
        file.seek(SeekFrom::Current(i64::from(length)))?;
    }
}

fn in_comments(file: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let text = |file: &mut _| -> io::Result<Vec<u8>> {
        let length = u32::from_le_bytes(array(file)?);
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes(file, length)
    };
    text(file)?;
    for _ in 0..u32::from_le_bytes(array(file)?) {
        let comment = text(file)?;
        if let Some(stamp) = comment
            .strip_prefix(FLAC_TAG.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"="))
        {
            return Ok(Some(stamp.to_vec()));
        }
    }
    Ok(None)
}

fn array<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn bytes(file: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
