//! What is installed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use earmark_models::encoder::Encoder;
use earmark_models::encoders::ENCODERS;
use earmark_models::folder;
use earmark_models::imported::Header;
use earmark_models::part::Part;
use safetensors::tensor::Metadata;
use serde::{Deserialize, Serialize};

use crate::error::{LibraryError, words};
use crate::folders::Folders;
use crate::json;

/// The longest header that is read, in bytes; an imported AudioSep has about 60 kB.
const LONGEST_HEADER: u64 = 16 << 20;

/// A model that can be loaded from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The name to ask for it by.
    pub id: String,
    /// The name that its makers gave it.
    pub name: String,
    /// What its header says.
    pub header: Header,
    /// Its file.
    pub path: PathBuf,
    /// Size of its file.
    pub bytes: u64,
    /// Bytes of the tower that encodes sounds; 0 where it was imported without.
    pub audio_bytes: u64,
    /// Bytes of the tower that encodes pictures; 0 likewise.
    pub image_bytes: u64,
    /// SHA-256 of its file as it was imported, in lower-case hexadecimal; `None` for a file that was copied here.
    pub sha256: Option<String>,
}

/// A file in the folder of models that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Its name without the extension.
    pub id: String,
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, without a full stop.
    pub reason: String,
}

/// Everything in the folder of models.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelf {
    /// What can be used, by id.
    pub installed: Vec<Installed>,
    /// What cannot, by id.
    pub damaged: Vec<Damaged>,
}

impl Shelf {
    /// The installed model of this name.
    ///
    /// # Errors
    /// [`LibraryError::NotInstalled`] with the names there are.
    pub fn find(&self, id: &str) -> Result<&Installed, LibraryError> {
        self.installed
            .iter()
            .find(|model| model.id == id)
            .ok_or_else(|| not_installed(id, self))
    }
}

pub(crate) fn not_installed(id: &str, shelf: &Shelf) -> LibraryError {
    let names: Vec<&str> = shelf.installed.iter().map(|model| model.id.as_str()).collect();
    LibraryError::NotInstalled {
        given: id.into(),
        installed: if names.is_empty() {
            "none".into()
        } else {
            names.join(", ")
        },
    }
}

/// What was true of a model when it was imported: `ID.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Of `ID.safetensors`, in lower-case hexadecimal.
    pub(crate) sha256: String,
    /// Size of `ID.safetensors`.
    pub(crate) bytes: u64,
}

/// Reads the headers of everything in the folder of models. No folder is an empty one.
///
/// # Errors
/// [`LibraryError::Unreadable`] for the folder itself; a file that cannot be read is among the damaged.
pub(crate) fn read(folders: &Folders) -> Result<Shelf, LibraryError> {
    let folder = folders.models();
    let files = folder::files(&folder).map_err(|error| LibraryError::unreadable(&folder, error))?;
    let mut shelf = Shelf::default();
    for path in files {
        let id = folder::id(&path);
        match installed(folders, id, &path) {
            Ok(model) => shelf.installed.push(model),
            Err(reason) => shelf.damaged.push(Damaged {
                id: id.into(),
                path: path.clone(),
                reason,
            }),
        }
    }
    shelf.installed.sort_by(|a, b| a.id.cmp(&b.id));
    shelf.damaged.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(shelf)
}

/// Reads one model's header, or says in words what is wrong with it.
fn installed(folders: &Folders, id: &str, path: &Path) -> Result<Installed, String> {
    let (metadata, bytes) = header(path)?;
    let header = Header::of(&metadata.metadata().clone().unwrap_or_default());
    let header = header.map_err(|reason| format!("it {reason}"))?;
    if let Some(reason) = folder::misnamed(path, &header.id) {
        return Err(format!("it {reason}"));
    }
    let record: Option<Record> = json::read(&folders.record(id)).map_err(|error| error.to_string())?;
    if let Some(record) = &record
        && record.bytes != bytes
    {
        return Err(format!("it has {bytes} bytes instead of {}", record.bytes));
    }
    Ok(Installed {
        id: header.id.clone(),
        name: header.name.clone(),
        path: path.to_owned(),
        bytes,
        audio_bytes: bytes_of(&header, &metadata, |encoder| Some(encoder.audio?.part)),
        image_bytes: bytes_of(&header, &metadata, |encoder| Some(encoder.image?.part)),
        header,
        sha256: record.map(|record| record.sha256),
    })
}

/// Bytes of a tower beside that of texts, whichever encoder's it is.
fn bytes_of(header: &Header, metadata: &Metadata, part: impl Fn(&Encoder) -> Option<&'static Part>) -> u64 {
    let mut towers = ENCODERS.iter().filter_map(|encoder| part(encoder));
    let Some(part) = towers.find(|part| header.names(part)) else {
        return 0;
    };
    let tensors = metadata.tensors();
    let own = tensors.iter().filter(|(name, _)| name.starts_with(part.stored));
    own.map(|(_, info)| (info.data_offsets.1 - info.data_offsets.0) as u64)
        .sum()
}

/// The head of a safetensors file whose tensors fill it exactly, and its size.
fn header(path: &Path) -> Result<(Metadata, u64), String> {
    let broken = || "it is no whole safetensors file".to_owned();
    let mut file = File::open(path).map_err(|error| words(&error))?;
    let bytes = file.metadata().map_err(|error| words(&error))?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| broken())?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER || length > bytes {
        return Err(broken());
    }
    let mut text = Vec::new();
    file.take(length)
        .read_to_end(&mut text)
        .map_err(|error| words(&error))?;
    let metadata: Metadata = serde_json::from_slice(&text).map_err(|_| broken())?;
    if 8 + length + metadata.data_len() as u64 != bytes {
        return Err(broken());
    }
    Ok((metadata, bytes))
}
