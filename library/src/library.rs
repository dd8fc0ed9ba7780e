//! The library: what can be had, what is there, and the ways from one to the other.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_models::encoders::ENCODERS;
use earmark_models::imported;
use earmark_models::part::Part;
use parking_lot::RwLock;

use crate::catalogue::{Catalogue, Offer, Source};
use crate::digest::sha256;
use crate::download::{self, Fetched};
use crate::error::LibraryError;
use crate::folders::Folders;
use crate::import::{self, ImportError, ImportOptions};
use crate::json;
use crate::known;
use crate::network::Network;
use crate::progress::{Progress, Report, Stage};
use crate::shelf::{self, Installed, Record, Shelf, not_installed};

/// The models of one user. Cheap to clone; all clones are one library, usable from any thread.
#[derive(Clone)]
pub struct Library {
    inner: Arc<Inner>,
}

struct Inner {
    folders: Folders,
    catalogue: Catalogue,
    network: Network,
    shelf: RwLock<Arc<Shelf>>,
}

/// What is made of downloaded files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DownloadOptions {
    /// Whether weights are stored in 16 bits, which halves the file.
    pub sixteen_bit: bool,
    /// Whether the tower that encodes sounds is installed, too, so that a clip can be a query.
    pub audio_tower: bool,
    /// Whether the downloaded files stay when the model is installed.
    pub keep_files: bool,
}

/// What comparing a model with its record showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is what was imported.
    Intact {
        /// SHA-256 in lower-case hexadecimal.
        sha256: String,
    },
    /// It was copied here, so there is nothing to compare it with.
    Unrecorded {
        /// SHA-256 in lower-case hexadecimal.
        sha256: String,
    },
    /// It is not what was imported.
    Damaged {
        /// What differs, without a full stop.
        reason: String,
    },
}

impl Library {
    /// The library of this user, with what his environment says of folders, catalogue and mirrors. Reads the headers of
    /// installed models: not for an audio thread.
    ///
    /// # Errors
    /// A [`LibraryError`] where the environment names what cannot be used, or the folder cannot be read.
    pub fn user() -> Result<Self, LibraryError> {
        Self::new(Folders::user()?, Catalogue::user()?, Network::user())
    }

    /// A library in these folders.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`] where the folder of models is there and cannot be read.
    pub fn new(folders: Folders, catalogue: Catalogue, network: Network) -> Result<Self, LibraryError> {
        let shelf = RwLock::new(Arc::new(shelf::read(&folders)?));
        Ok(Self {
            inner: Arc::new(Inner {
                folders,
                catalogue,
                network,
                shelf,
            }),
        })
    }

    /// Where everything lies.
    pub fn folders(&self) -> &Folders {
        &self.inner.folders
    }

    /// What can be downloaded.
    pub fn catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    /// What was installed when the folder was last read: by this library's own work, or by [`Self::refresh`]. Never waits
    /// for a disk, so that an editor can ask for it in every frame.
    pub fn installed(&self) -> Arc<Shelf> {
        self.inner.shelf.read().clone()
    }

    /// Reads the folder again, for what other programs did.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`].
    pub fn refresh(&self) -> Result<Arc<Shelf>, LibraryError> {
        let shelf = Arc::new(shelf::read(&self.inner.folders)?);
        *self.inner.shelf.write() = shelf.clone();
        Ok(shelf)
    }

    /// Brings a model's files into the folder of downloads, and no further.
    ///
    /// # Errors
    /// A [`LibraryError`]; what was received stays.
    pub fn fetch(&self, id: &str, report: Report<'_>) -> Result<Vec<PathBuf>, LibraryError> {
        let model = self.inner.catalogue.find(id)?;
        let sources: Vec<&Source> = self.inner.catalogue.sources(model).collect();
        let fetched = self.fetch_all(&sources, 0, report)?;
        // Nothing tells later whether these are right but what is recorded now.
        self.trust(&sources, &fetched)?;
        Ok(fetched.into_iter().map(|fetched| fetched.path).collect())
    }

    /// Downloads a model's files and imports them under the model's id.
    ///
    /// # Errors
    /// A [`LibraryError`]; what was received stays, and a model that was installed before is as it was.
    pub fn download(
        &self,
        id: &str,
        options: DownloadOptions,
        report: Report<'_>,
    ) -> Result<Installed, LibraryError> {
        let catalogue = &self.inner.catalogue;
        let model = catalogue.find(id)?;
        let mut sources: Vec<&Source> = catalogue.sources(model).collect();
        // Before hours of fetching: the files lie beside the model until it is whole.
        let installed = model.installed_bytes.unwrap_or(0) / if options.sixteen_bit { 2 } else { 1 };
        let mut fetched = self.fetch_all(&sources, installed, report)?;
        let import = ImportOptions {
            id: Some(model.id.clone()),
            sixteen_bit: options.sixteen_bit,
            audio_tower: options.audio_tower,
            ..ImportOptions::default()
        };
        let installed = match self.import_files(&paths(&fetched), import.clone(), report) {
            Err(LibraryError::Import(ImportError::MissingPart { missing, .. }))
                if lacks_only_towers(&missing) && model.text_tower.is_some() =>
            {
                let tower = self.text_tower(model);
                fetched.extend(self.fetch_all(&tower, installed, report)?);
                sources.extend(tower);
                self.import_files(&paths(&fetched), import, report)?
            }
            other => other?,
        };
        // Only now: a page of some network's log-in that came instead of an unknown file is not to be trusted.
        self.trust(&sources, &fetched)?;
        if !options.keep_files {
            for file in &fetched {
                std::fs::remove_file(&file.path)
                    .map_err(|error| LibraryError::unwritable(&file.path, error))?;
            }
        }
        Ok(installed)
    }

    /// Imports files that are already on this machine.
    ///
    /// # Errors
    /// A [`LibraryError`]; a model that was installed before is as it was.
    pub fn import(
        &self,
        files: &[PathBuf],
        options: ImportOptions,
        report: Report<'_>,
    ) -> Result<Installed, LibraryError> {
        self.import_files(files, options, report)
    }

    /// Removes an installed model, or a damaged file of that name, and gives the bytes that this freed.
    ///
    /// # Errors
    /// [`LibraryError::NotInstalled`], or [`LibraryError::Unwritable`] where it cannot be removed.
    pub fn remove(&self, id: &str) -> Result<u64, LibraryError> {
        let shelf = self.refresh()?;
        let installed = shelf.installed.iter().map(|model| (&model.id, &model.path));
        let damaged = shelf.damaged.iter().map(|file| (&file.id, &file.path));
        let (_, path) = installed
            .chain(damaged)
            .find(|(name, _)| *name == id)
            .ok_or_else(|| not_installed(id, &shelf))?;
        let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
        let removed = std::fs::remove_file(path).map_err(|error| LibraryError::unwritable(path, error));
        removed.and_then(|()| forget(&self.inner.folders.record(id)))?;
        self.refresh()?;
        Ok(bytes)
    }

    /// Compares an installed model with what was recorded when it was imported.
    ///
    /// # Errors
    /// [`LibraryError::NotInstalled`], [`LibraryError::Unreadable`] or [`LibraryError::Cancelled`].
    pub fn verify(&self, id: &str, report: Report<'_>) -> Result<Verdict, LibraryError> {
        let shelf = self.refresh()?;
        if let Some(damaged) = shelf.damaged.iter().find(|damaged| damaged.id == id) {
            return Ok(Verdict::Damaged {
                reason: damaged.reason.clone(),
            });
        }
        let model = shelf.find(id)?;
        // What loading it would say, whatever its bytes are.
        if let Err(error) = imported::open(&model.path) {
            return Ok(Verdict::Damaged {
                reason: error.to_string().trim_end_matches('.').into(),
            });
        }
        let (sha256, _) = sha256(&model.path, report)?;
        Ok(match &model.sha256 {
            None => Verdict::Unrecorded { sha256 },
            Some(expected) if *expected == sha256 => Verdict::Intact { sha256 },
            Some(expected) => Verdict::Damaged {
                reason: format!("its SHA-256 is {sha256} instead of {expected}"),
            },
        })
    }

    /// The file that a model needs where its own ones hold no tower of CLAP's, or one of two.
    fn text_tower(&self, model: &Offer) -> Vec<&Source> {
        let tower = model.text_tower.as_deref();
        tower
            .and_then(|id| self.inner.catalogue.source(id))
            .into_iter()
            .collect()
    }

    /// Fetches files, where there is room for them and for so many bytes more.
    fn fetch_all(
        &self,
        sources: &[&Source],
        more: u64,
        report: Report<'_>,
    ) -> Result<Vec<Fetched>, LibraryError> {
        let Inner { folders, network, .. } = &*self.inner;
        let folder = folders.downloads();
        make(&folder)?;
        let known: Vec<_> = sources
            .iter()
            .map(|source| known::recall(folders, &source.url))
            .collect::<Result<_, _>>()?;
        let size = |i: usize| sources[i].bytes.or(known[i].as_ref().map(|known| known.bytes));
        let missing = |i: usize| match size(i) {
            _ if folder.join(&sources[i].name).exists() => 0,
            Some(bytes) => bytes.saturating_sub(download::begun(&folder, sources[i])),
            None => 0,
        };
        let missing: u64 = (0..sources.len()).map(missing).sum();
        download::require_space(&folder, missing + more, network)?;
        let mut fetched: Vec<Fetched> = Vec::new();
        for (i, source) in sources.iter().enumerate() {
            let before: u64 = fetched.iter().map(|fetched| fetched.known.bytes).sum();
            let after: Option<u64> = (i + 1..sources.len()).map(size).sum();
            // Downloads count through all files, checks file by file.
            let mut through = |progress: Progress| match progress.stage {
                Stage::Checking => report(progress),
                _ => report(Progress {
                    done: before + progress.done,
                    total: progress
                        .total
                        .and_then(|total| after.map(|after| before + total + after)),
                    ..progress
                }),
            };
            fetched.push(download::fetch(
                source,
                known[i].as_ref(),
                &folder,
                network,
                &mut through,
            )?);
        }
        Ok(fetched)
    }

    /// Records the checksums of files that came without one.
    fn trust(&self, sources: &[&Source], fetched: &[Fetched]) -> Result<(), LibraryError> {
        for (source, fetched) in sources.iter().zip(fetched) {
            if source.sha256.is_none() {
                known::record(&self.inner.folders, &source.url, fetched.known.clone())?;
            }
        }
        Ok(())
    }

    fn import_files(
        &self,
        files: &[PathBuf],
        options: ImportOptions,
        report: Report<'_>,
    ) -> Result<Installed, LibraryError> {
        let folders = &self.inner.folders;
        make(&folders.models())?;
        let mut through = |progress: import::Progress| {
            report(Progress {
                stage: Stage::Importing,
                done: progress.done,
                total: Some(progress.total),
            })
        };
        let imported = import::import(files, &folders.models(), options, &mut through);
        let imported = imported.map_err(|error| match error {
            ImportError::Cancelled => LibraryError::Cancelled,
            error => error.into(),
        })?;
        let record = Record {
            sha256: imported.sha256,
            bytes: imported.bytes,
        };
        json::write(&folders.record(&imported.id), &record)?;
        let shelf = self.refresh()?;
        shelf.find(&imported.id).cloned()
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library")
            .field("folders", &self.inner.folders)
            .finish_non_exhaustive()
    }
}

/// Whether files would be a whole model with the towers of its encoder beside them.
fn lacks_only_towers(missing: &[&'static Part]) -> bool {
    let is_tower = |part: &Part| {
        ENCODERS.iter().any(|encoder| {
            encoder.tower() == Some(part)
                || encoder.audio.is_some_and(|tower| tower.part == part)
                || encoder.image.is_some_and(|tower| tower.part == part)
        })
    };
    matches!(missing, [part] if is_tower(part))
}

fn paths(fetched: &[Fetched]) -> Vec<PathBuf> {
    fetched.iter().map(|fetched| fetched.path.clone()).collect()
}

fn make(folder: &Path) -> Result<(), LibraryError> {
    std::fs::create_dir_all(folder).map_err(|error| LibraryError::unwritable(folder, error))
}

fn forget(record: &Path) -> Result<(), LibraryError> {
    match std::fs::remove_file(record) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LibraryError::unwritable(record, error))
        }
        _ => Ok(()),
    }
}
