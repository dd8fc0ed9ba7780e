//! Which models a user has, and how they come to him.
//!
//! [`Catalogue`] names what can be had and from where. [`Library`] brings it here: [`Library::download`] fetches files,
//! checks them and hands them to [`import`], which turns the files that models are published as into the one file that
//! Earmark reads. What is installed lies in [`Folders::models`]. [`LibraryJob`] does all this in the background. Nothing here
//! computes with weights, and nothing is downloaded without being asked for.

mod catalogue;
mod digest;
mod download;
mod error;
mod folders;
mod id;
pub mod import;
mod job;
mod json;
mod known;
mod library;
mod lock;
mod network;
mod progress;
mod recent;
mod settings;
mod shelf;
mod size;
mod timings;

pub use catalogue::{CATALOGUE_VARIABLE, Catalogue, Offer, Source};
pub use error::LibraryError;
pub use folders::{DATA_VARIABLE, Folders};
pub use id::is_id;
pub use job::{Done, LibraryJob, Work};
pub use library::{DownloadOptions, Library, Verdict};
pub use network::{HUB_VARIABLE, Network};
pub use progress::{Progress, Report, Stage};
pub use recent::Recent;
pub use settings::Settings;
pub use shelf::{Damaged, Installed, Shelf};
pub use size::Size;
pub use timings::Timings;
