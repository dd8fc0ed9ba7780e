//! Work in the background, for an editor that draws sixty times a second and must never wait.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use crate::error::LibraryError;
use crate::import::ImportOptions;
use crate::library::{DownloadOptions, Library, Verdict};
use crate::progress::{Progress, Stage};
use crate::shelf::Installed;

/// What a job is to do; see the methods of [`Library`] of the same names.
#[derive(Debug, Clone)]
pub enum Work {
    /// Downloads and imports a model of the catalogue.
    Download {
        /// The model's name.
        id: String,
        /// What is made of its files.
        options: DownloadOptions,
    },
    /// Imports files that are on this machine.
    Import {
        /// The files.
        files: Vec<PathBuf>,
        /// What is made of them.
        options: ImportOptions,
    },
    /// Removes an installed model.
    Remove {
        /// The model's name.
        id: String,
    },
    /// Compares an installed model with its record.
    Verify {
        /// The model's name.
        id: String,
    },
    /// Reads the folder of models again.
    Refresh,
}

/// What a job came to.
#[derive(Debug)]
pub enum Done {
    /// A model is installed.
    Installed(Box<Installed>),
    /// A model is gone, and this many bytes are free.
    Removed(u64),
    /// A model was compared with its record.
    Verified(Verdict),
    /// The folder was read.
    Refreshed,
}

/// Work on a thread of its own. Its methods never wait. Dropping it stops the work and waits for that: a tenth of a second
/// while downloading, one step of the importer while importing.
#[derive(Debug)]
pub struct LibraryJob {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    stage: AtomicU8,
    done: AtomicU64,
    /// `u64::MAX` where it is not known.
    total: AtomicU64,
    cancelled: AtomicBool,
    finished: AtomicBool,
    result: Mutex<Option<Result<Done, LibraryError>>>,
}

const UNKNOWN: u64 = u64::MAX;

impl Library {
    /// Starts work in the background.
    pub fn start(&self, work: Work) -> LibraryJob {
        let state = Arc::new(State {
            stage: AtomicU8::new(0),
            done: AtomicU64::new(0),
            total: AtomicU64::new(UNKNOWN),
            cancelled: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            result: Mutex::new(None),
        });
        let (library, its_state) = (self.clone(), state.clone());
        let thread = std::thread::Builder::new()
            .name("earmark-library".into())
            .spawn(move || {
                let _finish = Finish(&its_state);
                let result = library.run(work, &its_state);
                *its_state.result.lock() = Some(result);
            });
        let thread = thread.map_err(|error| {
            let reason = format!("no thread can be started: {error}");
            *state.result.lock() = Some(Err(LibraryError::Crashed { reason }));
            state.finished.store(true, Ordering::Release);
        });
        LibraryJob {
            state,
            thread: thread.ok(),
        }
    }

    fn run(&self, work: Work, state: &State) -> Result<Done, LibraryError> {
        let mut report = |progress| state.report(progress);
        Ok(match work {
            Work::Download { id, options } => {
                Done::Installed(Box::new(self.download(&id, options, &mut report)?))
            }
            Work::Import { files, options } => {
                Done::Installed(Box::new(self.import(&files, options, &mut report)?))
            }
            Work::Remove { id } => Done::Removed(self.remove(&id)?),
            Work::Verify { id } => Done::Verified(self.verify(&id, &mut report)?),
            Work::Refresh => self.refresh().map(|_| Done::Refreshed)?,
        })
    }
}

impl LibraryJob {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        let total = self.state.total.load(Ordering::Relaxed);
        Progress {
            stage: STAGES
                .get(usize::from(self.state.stage.load(Ordering::Relaxed)))
                .copied()
                .unwrap_or_default(),
            done: self.state.done.load(Ordering::Relaxed),
            total: (total != UNKNOWN).then_some(total),
        }
    }

    /// Asks it to stop; it then ends with [`LibraryError::Cancelled`], unless it was done before.
    pub fn cancel(&self) {
        self.state.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it has ended, well or not.
    pub fn is_finished(&self) -> bool {
        self.state.finished.load(Ordering::Acquire)
    }

    /// What it came to: once, when it has ended, and `None` before and after.
    pub fn take_result(&self) -> Option<Result<Done, LibraryError>> {
        if !self.is_finished() {
            return None;
        }
        // Nobody else holds this lock once the job has ended.
        self.state.result.lock().take()
    }
}

impl Drop for LibraryJob {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so in its result.
            let _ = thread.join();
        }
    }
}

/// In the order of [`STAGES`]' places.
const STAGES: [Stage; 6] = [
    Stage::Starting,
    Stage::Connecting,
    Stage::Downloading,
    Stage::Waiting,
    Stage::Checking,
    Stage::Importing,
];

impl State {
    fn report(&self, progress: Progress) -> ControlFlow<()> {
        let place = STAGES.iter().position(|stage| *stage == progress.stage);
        self.stage.store(place.unwrap_or(0) as u8, Ordering::Relaxed);
        self.done.store(progress.done, Ordering::Relaxed);
        self.total
            .store(progress.total.unwrap_or(UNKNOWN), Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Says that the job has ended, also when it panicked.
struct Finish<'a>(&'a State);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.result.lock() = Some(Err(LibraryError::Crashed {
                reason: "a panic in the background".into(),
            }));
        }
        self.0.finished.store(true, Ordering::Release);
    }
}
