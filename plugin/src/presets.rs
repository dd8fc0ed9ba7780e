//! Presets: where the user's files lie.
//!
//! What a file holds: [`earmark_state::preset`]. Presets of one's own lie in `presets/NAME.json` of the user's folder
//! ([`earmark_library::Folders`]).

mod error;
mod shelf;

pub use earmark_state::preset::{Preset, Values};
pub use error::{FileError, PresetError};
pub(crate) use shelf::Shelf;
