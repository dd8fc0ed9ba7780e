//! What a person sees of Earmark: an [`egui`] editor, built from plain data and answering with plain commands.
//!
//! [`Editor::show`] draws one frame of a [`View`] and returns the [`Command`]s that the person gave meanwhile. It knows
//! no plug-in format, no host and no engine: whoever owns those fills the view and carries the commands out. What the
//! editor keeps for itself is only what nobody else needs: the text being typed, a fader being dragged, the fall of
//! the meters.

mod amount;
mod button;
mod clipboard;
mod computing;
mod editor;
mod examples;
mod fader;
mod field;
mod first_sounds;
mod header;
mod hints;
mod layout;
mod listen;
mod listening;
mod look;
mod manager;
mod menu;
mod meter;
mod models;
mod modes;
mod more;
mod near;
mod notice;
mod path_line;
mod presets;
mod query_box;
mod ring;
mod rows;
mod shaping;
mod slots;
mod sounds;
mod spectrogram;
mod status;
mod suggestions;
pub mod theme;
mod undo;
mod view;
pub mod words;

pub use earmark_controls::{NAME_LIMIT, QUERY_LIMIT};
pub use editor::{DEFAULT_SIZE, Editor, MINIMUM_SIZE};
pub use first_sounds::FIRST_SOUNDS;
pub use listening::Lately;
pub use sounds::{RARE_SOUNDS, SOUNDS};
pub use view::{
    Audition, Automation, BANDS, COLOURS, CardView, ChannelMode, Column, Command, ComputingView, Control,
    DeviceChoice, EndView, LatencyView, Layer, Listened, Look, Loudness, MAX_CHANNELS, Mark, Meters, Mode,
    ModelState, ModelView, Moment, Numbers, OfferView, OffersView, OwnMix, Part, PresetView, Quality, SLOTS,
    Scale, Side, SlotView, SoundView, Span, Status, View, WorkView,
};
