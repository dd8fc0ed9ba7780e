//! What can be set and what is shown, as plain types that engine, state, plug-in, editor and command line share.
//!
//! One type each for what a person chooses ([`Mode`], [`Quality`], [`DeviceChoice`], [`ChannelMode`] …) and for what an editor draws ([`Column`],
//! [`Meters`] …), and one table of parameters ([`PARAMETERS`]): names, ranges, defaults, units and help stand there and nowhere
//! else. Host parameters, presets, the editor's faders, the engine's limits and the table in `docs/parameters.md` are read from it.
//!
//! Nothing here computes sound, knows a host or draws anything, and nothing depends on more than `serde`.

mod audition;
mod device;
mod look;
mod lookup;
mod mix;
mod moment;
mod number;
mod numbers;
mod quality;
mod scale;
mod side;
mod sound;
mod table;
mod timing;

pub use audition::Audition;
pub use device::{CardName, DeviceChoice};
pub use look::Look;
pub use lookup::{markdown, parameter};
pub use mix::{Mode, OwnMix};
pub use moment::{Moment, Span};
pub use number::{Number, Unit};
pub use numbers::Numbers;
pub use quality::Quality;
pub use scale::Scale;
pub use side::Side;
pub use sound::{BANDS, ChannelMode, Column, Loudness, MAX_CHANNELS, Meters};
pub use table::{COLOURS, Control, Kind, NAME_LIMIT, PARAMETERS, Parameter, QUERY_LIMIT, SLOTS};
pub use timing::Automation;
