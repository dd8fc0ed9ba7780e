//! What the header of a model file says.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::part::Part;

/// The format of such files that is written and read.
pub const FORMAT: &str = "1";
/// The header's entry for [`FORMAT`].
pub const FORMAT_KEY: &str = "earmark.format";
/// The header's entry for the name by which the model is listed and stored in projects.
pub const ID_KEY: &str = "earmark.id";
/// The header's entry for the name that people read.
pub const NAME_KEY: &str = "earmark.name";
/// The header's entry for the network's architecture; files of Earmark 0.1 have none, and hold the first of
/// [`ARCHITECTURES`](crate::ARCHITECTURES).
pub const ARCHITECTURE_KEY: &str = "earmark.architecture";
/// The header's entry for the encoder of its queries, which is the one that its config names.
pub const ENCODER_KEY: &str = "earmark.encoder";
/// The header's entry for its parts: a JSON list of what their tensors begin with. Files of Earmark 0.1 have none.
pub const PARTS_KEY: &str = "earmark.parts";
/// The header's entry for the network's config, in the architecture's own JSON.
pub const CONFIG_KEY: &str = "earmark.config";
/// The header's entry for the files that it was made from: a JSON list of [`SourceFile`].
pub const SOURCE_KEY: &str = "earmark.source";
/// The header's entry for the SHA-256, in hexadecimal, of all bytes after the header: by it projects tell two files of one
/// name apart. It is not checked here.
pub const SHA256_KEY: &str = "earmark.sha256";

/// A file that a model was imported from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its name without the folder.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// What the header of a model file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name by which it is listed and stored in projects.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// The architecture; `None` in files of Earmark 0.1.
    pub architecture: Option<String>,
    /// The encoder; `None` in files of Earmark 0.1.
    pub encoder: Option<String>,
    /// What the tensors of its parts begin with; empty in files of Earmark 0.1.
    pub parts: Vec<String>,
    /// The network's config.
    pub config: String,
    /// SHA-256 of its values; empty where the file does not say it.
    pub sha256: String,
    /// What it was made from; empty where the file does not say it.
    pub sources: Vec<SourceFile>,
}

impl Header {
    /// Whether it names a part.
    pub fn names(&self, part: &Part) -> bool {
        self.parts.iter().any(|name| name == part.stored)
    }

    /// Reads the entries of a safetensors file's header. The reason why they are none of a model goes on after the file's
    /// name, without a full stop.
    ///
    /// # Errors
    /// That reason.
    pub fn of(entries: &HashMap<String, String>) -> Result<Header, String> {
        let entry = |key: &str| entries.get(key).filter(|value| !value.is_empty());
        let required = |key: &str| {
            let value = entry(key).cloned();
            value.ok_or_else(|| format!("lacks {key} in its header"))
        };
        let format = entry(FORMAT_KEY).ok_or(format!(
            "is no imported model: its header does not say {FORMAT_KEY}"
        ))?;
        if format != FORMAT {
            return Err(format!(
                "is of format {format}, where this version of Earmark reads {FORMAT}"
            ));
        }
        fn list<T: serde::de::DeserializeOwned>(value: Option<&String>, key: &str) -> Result<Vec<T>, String> {
            let parse = |value: &String| {
                serde_json::from_str(value).map_err(|_| format!("has a header whose {key} is no list"))
            };
            value.map_or(Ok(Vec::new()), parse)
        }
        Ok(Header {
            id: required(ID_KEY)?,
            name: required(NAME_KEY)?,
            architecture: entry(ARCHITECTURE_KEY).cloned(),
            encoder: entry(ENCODER_KEY).cloned(),
            parts: list(entry(PARTS_KEY), PARTS_KEY)?,
            config: required(CONFIG_KEY)?,
            sha256: entry(SHA256_KEY).cloned().unwrap_or_default(),
            sources: list(entry(SOURCE_KEY), SOURCE_KEY)?,
        })
    }

    /// The entries of such a header, all but the checksum, which is known last.
    pub fn entries(&self) -> HashMap<String, String> {
        let mut entries: HashMap<String, String> = [
            (FORMAT_KEY, FORMAT.into()),
            (ID_KEY, self.id.clone()),
            (NAME_KEY, self.name.clone()),
            (PARTS_KEY, serde_json::json!(self.parts).to_string()),
            (CONFIG_KEY, self.config.clone()),
            (SOURCE_KEY, serde_json::json!(self.sources).to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        for (key, value) in [
            (ARCHITECTURE_KEY, &self.architecture),
            (ENCODER_KEY, &self.encoder),
        ] {
            entries.extend(value.clone().map(|value| (key.to_owned(), value)));
        }
        entries
    }
}
