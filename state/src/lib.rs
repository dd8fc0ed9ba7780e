//! What is stored in a project, and how to write it without a host or an editor.
//!
//! # Where it is
//! The state is one JSON object. A CLAP stream holds its length as 8 bytes, little-endian, and then the object. The VST3
//! component's stream holds the object alone; the edit controller's is empty. A `.vstpreset` file holds it as its `Comp`
//! chunk. JUCE hosts (`raw_state` of pedalboard, `save_state` of DawDreamer) wrap the component's stream once more
//! in a form of their own; use a preset file there.
//!
//! # What it is
//! ```json
//! {
//!   "version": "0.1.0",
//!   "params": {
//!     "bypass": {"bool": false}, "mode": {"string": "isolate"}, "slot": {"i32": 1},
//!     "target": {"f32": 0.0}, "rest": {"f32": 0.0}, "limit": {"f32": 60.0}, "wet": {"f32": 1.0},
//!     "mute_target": {"bool": false}, "mute_rest": {"bool": false},
//!     "sensitivity": {"f32": 1.0}, "floor": {"f32": -60.0}, "smoothing": {"f32": 0.0}, "gate": {"f32": 0.0},
//!     "also": {"i32": 0}
//!   },
//!   "fields": {"queries": "…", "window": "…"}
//! }
//! ```
//! Each field is JSON again, as a string. A parameter or a field that is missing keeps its value; what is not known is
//! left out. `window` is `[width, height]` in points. `queries` is
//! ```json
//! {
//!   "version": 2,
//!   "model": {"id": "earmark-small", "sha256": "…"},
//!   "quality": "balanced",
//!   "trim": 12.0,
//!   "stereo": "linked",
//!   "timing": "in-time",
//!   "slots": [
//!     {"text": "a dog barking", "negative": "speech", "name": "Rex", "colour": 3,
//!      "own": {"mode": "remove", "target_db": 0.0, "rest_db": -3.0, "attenuation_limit_db": 24.0},
//!      "conditions": [
//!        {"text": "a dog barking", "encoder": "minilm", "model": {"id": "…", "sha256": "…"}, "values": [0.01, …]},
//!        {"text": "speech", …}
//!      ]},
//!     …
//!   ]
//! }
//! ```
//! `quality` is `fast`, `balanced` or `best`, for models that have the choice. `trim` is by how many dB the model hears the
//! input louder; without it, that is found automatically. `stereo` is `linked`, `mid` (their mean) or `each` (channel by itself), `timing` `in-time` or
//! `at-output` (for hosts that shift automation themselves); without it, it is what the host needs, where that is known. There are at most eight slots; those that are missing are empty.
//! `text` and `negative` are read as [`earmark_queries::Phrases`] says. A slot with a mix of its `own` is heard with that instead of
//! the parameters'. A sound without an entry in `conditions` is encoded from its text in the background, so a state may be written
//! by hand: `{"slots": [{"text": "rain"}]}` is a whole `queries`.
//!
//! # Sounds that are no words
//! A slot may name some beside its text, in a list `sounds` of at most eight. A clip is
//! ```json
//! {"clip": "4f1c…", "name": "my door", "encoder": "clap", "values": [0.01, …], "unwanted": true}
//! ```
//! `clip` tells it from others: 1 to 64 letters and digits. `values` is its embedding in the space of `encoder`, at most 2,048 numbers of unit
//! norm, so that the sound that it was taken from need not be there. Without `unwanted` it is to be heard. A clip whose encoder the
//! model does not have, and a sound of a kind that is not known, are kept and written again, and the editor says that they are not heard.
//!
//! # Versions
//! 3 is written where a slot has `sounds`, and 2 where none has: then whatever reads 2 reads all of it. Version 1 had one `condition` for
//! the whole text of a slot, and no more than the text beside it; it is read as before.
//!
//! # Presets
//! Files of sounds to come back to: see [`preset`].
//!
//! Only forms are in here: no parameter of a host, no folder of a user, and nothing that is computed. So the plug-in and the command line write
//! and read the same.

mod bounded;
mod condition;
mod host;
pub mod preset;
mod project;
mod slot;
mod sound;
mod text;

pub use earmark_controls::{Automation, COLOURS, ChannelMode, Mode, NAME_LIMIT, OwnMix, QUERY_LIMIT, SLOTS};

pub use condition::{ModelRef, StoredCondition, StoredSound};
pub use host::{HostState, VST3_CLASS};
pub use project::{StoredQueries, TEXTS, VERSION};
pub use slot::StoredSlot;
pub use sound::{Named, NamedSound};
pub use text::{one_line, query_line};

#[cfg(test)]
mod tests;
