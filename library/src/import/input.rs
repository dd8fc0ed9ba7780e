//! What a given file is, by its first bytes; names and extensions are not relied on.

use std::fs::File;
use std::path::Path;

use earmark_models::architecture::Architecture;

use super::error::{ImportError, name_of};
use super::names::Known;
use super::source::{Contents, Source};
use super::{checkpoint, hub};

/// Bytes that are looked at.
const GLANCE: u64 = 512;

/// How PyTorch before 1.6 began: a pickle of the number 0x1950a86a20f9469cfc6c.
const OLD_PYTORCH: &[u8] = b"\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E";

/// A file by what it is for.
pub(super) enum Input {
    Tensors(Source),
    /// A `tokenizer.json` or a `vocab.json`.
    Json(Source),
    /// A `merges.txt`.
    Merges(Source),
}

impl Input {
    /// Opens a file, whose network may be of any architecture of a table.
    pub(super) fn open(
        path: &Path,
        architectures: &'static [&'static Architecture],
    ) -> Result<Input, ImportError> {
        let file = name_of(path);
        let unread = |source| ImportError::Read {
            file: name_of(path),
            source,
        };
        let opened = File::open(path).map_err(unread)?;
        let about = opened.metadata().map_err(unread)?;
        if about.is_dir() {
            let found = "a folder".into();
            return Err(ImportError::Unknown { file, found });
        }
        let source = Source {
            name: file,
            file: opened,
            bytes: about.len(),
            contents: Contents::new(Known::by_names(architectures)),
        };
        source.recognize(architectures)
    }

    pub(super) fn source(&self) -> &Source {
        match self {
            Input::Tensors(source) | Input::Json(source) | Input::Merges(source) => source,
        }
    }
}

impl Source {
    fn recognize(self, architectures: &'static [&'static Architecture]) -> Result<Input, ImportError> {
        let mut start = Vec::new();
        self.stretch(0, self.bytes.min(GLANCE), GLANCE as usize, &mut |bytes| {
            start.extend_from_slice(bytes);
            Ok(())
        })?;
        let text = start.trim_ascii_start().to_ascii_lowercase();
        let file = self.name.clone();
        if start.starts_with(b"PK\x03\x04") {
            checkpoint::open(self, Known::by_names(architectures)).map(Input::Tensors)
        } else if start.starts_with(OLD_PYTORCH) {
            Err(ImportError::OldPyTorch { file })
        } else if start.starts_with(b"version https://git-lfs.github.com/") {
            Err(ImportError::LfsPointer { file })
        } else if [
            b"<!doctype html".as_slice(),
            b"<html",
            b"<head",
            b"<body",
            b"<?xml",
        ]
        .iter()
        .any(|begin| text.starts_with(begin))
        {
            Err(ImportError::WebPage { file })
        } else if start.starts_with(b"#version") {
            Ok(Input::Merges(self))
        } else if text.starts_with(b"{") {
            Ok(Input::Json(self))
        } else if start.get(8) == Some(&b'{') {
            hub::open(self, architectures).map(Input::Tensors)
        } else {
            let found = match &*start {
                [] => "it is empty".into(),
                _ if start.iter().all(|&byte| byte == 0) => {
                    "it begins with zeros, as downloads do that broke off".into()
                }
                _ => format!("it begins with {}", start[..start.len().min(16)].escape_ascii()),
            };
            Err(ImportError::Unknown { file, found })
        }
    }
}
