//! Pictures in files of what makes a wanted sound: `--image`.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use earmark_audio::FileError;
use earmark_models::encoder::Picture;
use earmark_models::{Condition, ImageEncoder};
use earmark_queries::picture_fingerprint;
use serde::Serialize;

use crate::error::CliError;

/// A file that is a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pictured {
    path: PathBuf,
    picture: Picture,
}

/// A picture that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) condition: Condition,
    pub(crate) about: AboutPicture,
}

/// A picture, for scripts.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AboutPicture {
    /// The file.
    pub(crate) path: String,
    /// Of its width, its height and its pixels.
    pub(crate) sha256: String,
}

impl Pictured {
    /// Reads a file.
    ///
    /// # Errors
    /// [`CliError::File`] where it cannot be read, [`CliError::Picture`] where it is no picture.
    pub(crate) fn open(path: PathBuf) -> Result<Pictured, CliError> {
        let unread = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => FileError::Missing { path: path.clone() },
            _ => FileError::Unreadable {
                path: path.clone(),
                reason: error.to_string(),
            },
        };
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(unread)?;
        file.take(Picture::LONGEST_FILE)
            .read_to_end(&mut bytes)
            .map_err(unread)?;
        let picture = Picture::decode(&bytes).map_err(|reason| CliError::Picture {
            path: path.clone(),
            reason: Box::new(reason),
        })?;
        Ok(Pictured { path, picture })
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// Looks at it.
    ///
    /// # Errors
    /// That of the encoder.
    pub(crate) fn look(&self, encoder: &dyn ImageEncoder) -> Result<Seen, CliError> {
        Ok(Seen {
            condition: encoder.encode(&self.picture)?,
            about: AboutPicture {
                path: self.path.display().to_string(),
                sha256: picture_fingerprint(&self.picture),
            },
        })
    }
}

/// Pictures in words: "seen in dog and puppy".
pub(crate) fn words(pictures: &[Pictured]) -> String {
    let names: Vec<String> = pictures.iter().map(Pictured::name).collect();
    format!("seen in {}", names.join(" and "))
}
