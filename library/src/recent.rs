//! What a person asked for lately, in any project: `recent.json`. It stays on this machine: no project and no preset holds it.

use serde::{Deserialize, Serialize};

use crate::error::LibraryError;
use crate::folders::Folders;
use crate::json;

/// The queries that were asked for lately, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Recent {
    /// The newest last, at most [`Recent::MOST`].
    pub queries: Vec<String>,
}

impl Recent {
    /// As many are kept.
    pub const MOST: usize = 50;

    /// Reads them; without a file there are none.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`] and [`LibraryError::Damaged`].
    pub fn read(folders: &Folders) -> Result<Recent, LibraryError> {
        Ok(json::read(&folders.recent())?.unwrap_or_default())
    }

    /// Adds one to the file, as the newest. The file is read anew, because another instance may have written it.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`], [`LibraryError::Damaged`] and [`LibraryError::Unwritable`].
    pub fn note(folders: &Folders, query: &str) -> Result<(), LibraryError> {
        let mut recent = Recent::read(folders)?;
        recent.queries.retain(|other| other != query);
        recent.queries.push(query.to_owned());
        let surplus = recent.queries.len().saturating_sub(Self::MOST);
        recent.queries.drain(..surplus);
        let path = folders.recent();
        std::fs::create_dir_all(folders.root()).map_err(|error| LibraryError::unwritable(&path, error))?;
        json::write(&path, &recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_last_each_is_once_and_few_are_kept() {
        let place = tempfile::tempdir().unwrap();
        let folders = Folders::at(place.path().join("earmark"));
        assert_eq!(Recent::read(&folders).unwrap(), Recent::default());
        for query in ["rain", "wind", "rain"] {
            Recent::note(&folders, query).unwrap();
        }
        assert_eq!(Recent::read(&folders).unwrap().queries, ["wind", "rain"]);
        for i in 0..Recent::MOST {
            Recent::note(&folders, &format!("sound {i}")).unwrap();
        }
        let kept = Recent::read(&folders).unwrap().queries;
        assert_eq!((kept.len(), kept[0].as_str()), (Recent::MOST, "sound 0"));
        std::fs::write(folders.recent(), "[").unwrap();
        let error = Recent::note(&folders, "snow").unwrap_err().to_string();
        assert!(error.contains("recent.json"), "{error}");
    }
}
