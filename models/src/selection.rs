//! Which separators there are to choose from.
//!
//! What could be had besides is in the library's catalogue, and what is wrong with files of the folder on its shelf.

use std::path::PathBuf;

use crate::bundled;
use crate::error::ModelError;
use crate::folder;
use crate::model::Model;

/// Every model to choose from: the bundled one, and those in a folder.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    folder: Option<PathBuf>,
}

impl Selection {
    /// The bundled model alone.
    pub fn bundled() -> Selection {
        Selection::default()
    }

    /// The bundled model, and those whose files are in a folder, `ID.safetensors` each. There need not be such a folder.
    pub fn with_folder(folder: impl Into<PathBuf>) -> Selection {
        Selection {
            folder: Some(folder.into()),
        }
    }

    /// Every model to choose from, the default first. Reads the headers of files; what is damaged is left out, and
    /// [`Selection::find`] says what is wrong with it.
    pub fn models(&self) -> Vec<Model> {
        let files = self.files().into_iter().filter_map(|path| {
            folder::open(&path)
                .inspect_err(|error| tracing::warn!("{error}"))
                .ok()
        });
        let imported = files.map(|file| Model::imported(&file));
        std::iter::once(Model::bundled()).chain(imported).collect()
    }

    /// The model of this name. [`RANDOM`](crate::model::RANDOM) is found too, though no list shows it.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`] with the names there are; [`ModelError::Weights`] when its file is damaged.
    pub fn find(&self, id: &str) -> Result<Model, ModelError> {
        if let Some(model) = [Model::bundled(), Model::random()]
            .into_iter()
            .find(|model| model.id == id)
        {
            return Ok(model);
        }
        let files = self.files();
        let path = files.iter().find(|path| folder::id(path) == id);
        if let Some(path) = path {
            return Ok(Model::imported(&folder::open(path)?));
        }
        let known = std::iter::once(bundled::ID).chain(files.iter().map(|path| folder::id(path)));
        Err(ModelError::UnknownModel {
            given: id.into(),
            known: known.collect::<Vec<_>>().join(", "),
        })
    }

    /// The files that may be models, by name; none of a folder that cannot be read.
    fn files(&self) -> Vec<PathBuf> {
        let files = self.folder.as_ref().map(|folder| {
            folder::files(folder)
                .inspect_err(|error| tracing::warn!("{}: {error}", folder.display()))
                .unwrap_or_default()
        });
        files.unwrap_or_default()
    }
}
