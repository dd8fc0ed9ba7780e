//! Earmark as a VST3 and CLAP plug-in: the host's contract, thinly laid over `earmark-engine` and `earmark-gui`.
//!
//! - [`params`]: what a host can automate, and what it means for the engine.
//! - [`state`]: what is stored in a project and in presets (`earmark-state`).
//! - [`presets`]: where presets lie.
//! - [`session`]: what the audio thread, the editor and the state share: queries, model, engine.
//! - [`processor`]: the life of an instance. `player`: what the audio thread does, and all that it can reach.
//! - [`EarmarkSplit`]: the same with target and rest on outputs of their own, CLAP only.
//! - [`editor`]: the window, and which keys it keeps from the host.
//!
//! Exported by `earmark-formats`, which adds to nice-plug's wrappers how present the sound is, as a parameter that hosts read.

mod clock;
mod controls;
pub mod editor;
pub mod params;
mod parts;
mod player;
mod preset_values;
pub mod presets;
pub mod processor;
pub mod session;
mod split;
mod tail;
mod view;

pub use earmark_state as state;
pub use processor::Earmark;
pub use split::EarmarkSplit;

earmark_formats::export_clap!(Earmark, EarmarkSplit);
earmark_formats::export_vst3!(Earmark);
