//! An input, opened.

use std::num::NonZeroUsize;
use std::path::Path;

use earmark_audio::{Options, Reader};
use earmark_engine::EngineError;

use super::is_standard;
use crate::error::CliError;

/// What the engine carries.
const MAX_CHANNELS: usize = 8;

/// Opens an input; `-` is standard input.
///
/// # Errors
/// Those of [`Reader::open`], and [`CliError::Channels`].
pub(crate) fn open(path: &Path, track: Option<NonZeroUsize>) -> Result<Reader, CliError> {
    let what = Options {
        track: track.map(usize::from),
    };
    let reader = if is_standard(path) {
        Reader::from_stream(std::io::stdin().lock(), path, what)?
    } else {
        Reader::open_with(path, what)?
    };
    if reader.channels() > MAX_CHANNELS {
        return Err(CliError::Channels {
            path: path.to_owned(),
            given: reader.channels(),
            allowed: MAX_CHANNELS,
        });
    }
    Ok(reader)
}

/// An error of the engine about the rate of a file: there is no host in which to choose another one.
pub(crate) fn in_words_for_files(error: CliError, path: &Path) -> CliError {
    match error {
        CliError::Engine(EngineError::SampleRate {
            given,
            lowest,
            highest,
        }) => CliError::Rate {
            path: path.to_owned(),
            given,
            lowest,
            highest,
        },
        error => error,
    }
}
