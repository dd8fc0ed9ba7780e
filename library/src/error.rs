//! What can go wrong between a catalogue and an installed model.

use std::io;
use std::path::{Path, PathBuf};

use crate::import::ImportError;
use crate::size::Size;

/// Errors of this crate. Each is one sentence that says what was given, what is allowed and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// A system without a folder for data.
    #[error(
        "This system names no folder for programs' data; set EARMARK_DATA to a folder that Earmark may write to."
    )]
    NoFolder,
    /// A file or folder that cannot be read.
    #[error("\"{}\" cannot be read: {reason}.", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A file or folder that cannot be written.
    #[error("\"{}\" cannot be written: {reason}.", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A file of ours that holds something else.
    #[error("\"{}\" is damaged ({reason}); remove it, and it is written anew.", path.display())]
    Damaged {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A catalogue that cannot be used.
    #[error("The catalogue \"{}\" cannot be used: {reason}.", path.display())]
    Catalogue {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A model that the catalogue does not have.
    #[error("There is no model called \"{given}\" to download; there are: {known}.")]
    UnknownModel {
        /// The name asked for.
        given: String,
        /// The names there are, joined by commas.
        known: String,
    },
    /// A model that is not installed.
    #[error("No model called \"{given}\" is installed; installed are: {installed}.")]
    NotInstalled {
        /// The name asked for.
        given: String,
        /// The names there are, joined by commas, or "none".
        installed: String,
    },
    /// A server that cannot be reached.
    #[error(
        "{host} cannot be reached ({reason}); get {url} on a machine that reaches it and copy it to \"{}\", then give the same command here, or hand the file to `earmark models import`.",
        path.display()
    )]
    Unreachable {
        /// The server.
        host: String,
        /// Why not.
        reason: String,
        /// The address of the file.
        url: String,
        /// Where the file is to lie.
        path: PathBuf,
    },
    /// A proxy that does not lead on.
    #[error(
        "The proxy in between did not lead to {host} ({reason}); check HTTPS_PROXY, ALL_PROXY and NO_PROXY."
    )]
    Proxy {
        /// The server behind it.
        host: String,
        /// What it said.
        reason: String,
    },
    /// A server that cannot prove who it is.
    #[error(
        "The connection to {host} is not secure ({reason}), so nothing was taken from it; check this machine's clock and certificates, and whether a proxy is in between."
    )]
    Insecure {
        /// The server.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// A server that leads on and on, or to an insecure place.
    #[error(
        "{host} leads in circles or away from secure connections ({reason}); get {url} with a browser and hand it to `earmark models import`."
    )]
    Redirected {
        /// The server.
        host: String,
        /// What happened.
        reason: String,
        /// The address of the file.
        url: String,
    },
    /// A server that says no.
    #[error("{host} answered {status} ({meaning}) to {url}; {advice}.")]
    Answered {
        /// The server.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The status in words.
        meaning: String,
        /// The address of the file.
        url: String,
        /// What to do.
        advice: &'static str,
    },
    /// A page instead of a file.
    #[error(
        "{host} sent a web page instead of {name}; if this network asks for a log-in, do that in a browser first."
    )]
    WebPage {
        /// The server.
        host: String,
        /// The file's name.
        name: String,
    },
    /// A download that keeps breaking off.
    #[error(
        "The download of {name} from {host} kept breaking off ({reason}); {} of it are kept, and the same command goes on from there.",
        Size(*kept)
    )]
    Broken {
        /// The file's name.
        name: String,
        /// The server.
        host: String,
        /// What happened last.
        reason: String,
        /// Bytes on disk.
        kept: u64,
    },
    /// A file of another size than it must have.
    #[error(
        "{host} offers {name} with {given} bytes instead of {expected}; it is not the file that the catalogue means, and nothing was kept."
    )]
    OfferedSize {
        /// The server.
        host: String,
        /// The file's name.
        name: String,
        /// Its size there.
        given: u64,
        /// Its size in the catalogue.
        expected: u64,
    },
    /// A file that is longer than it can be.
    #[error(
        "{host} sends more than {} as {name}, which is more than it can have; nothing was kept, try again later.",
        Size(*most)
    )]
    TooLong {
        /// The server.
        host: String,
        /// The file's name.
        name: String,
        /// The most bytes that it can have.
        most: u64,
    },
    /// A received file that is not the right one.
    #[error(
        "What {host} sent as {name} is not the right file ({reason}), and nothing of it was kept; try again later, or from another network."
    )]
    Wrong {
        /// The server.
        host: String,
        /// The file's name.
        name: String,
        /// What differs.
        reason: String,
    },
    /// A file in the folder of downloads that is not the right one.
    #[error("\"{}\" is not the file that is needed ({reason}); remove it and give the same command again.", path.display())]
    WrongCopy {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// A disk without enough space.
    #[error(
        "\"{}\" has {} of free space, but {} are needed; make room, or set EARMARK_DATA to a folder on another disk.",
        path.display(), Size(*free), Size(*needed)
    )]
    NoSpace {
        /// The folder.
        path: PathBuf,
        /// Bytes that are free.
        free: u64,
        /// Bytes that are needed.
        needed: u64,
    },
    /// A file that somebody else is downloading.
    #[error(
        "{name} is being downloaded already, here or by another program; wait for that, or stop it first."
    )]
    Locked {
        /// The file's name.
        name: String,
    },
    /// Stopped by whoever asked for it.
    #[error("Stopped; what was downloaded is kept, and the same command goes on from there.")]
    Cancelled,
    /// A background job that ended without a result.
    #[error("The work ended in an error of Earmark's own ({reason}); please report it.")]
    Crashed {
        /// What the thread said.
        reason: String,
    },
    /// Files that could not be turned into a model.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl LibraryError {
    pub(crate) fn unreadable(path: &Path, error: io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            reason: words(&error),
        }
    }

    pub(crate) fn unwritable(path: &Path, error: io::Error) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            reason: words(&error),
        }
    }
}

/// The system's words without its error number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}
