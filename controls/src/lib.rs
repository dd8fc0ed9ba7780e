//! What can be set and what is shown, as plain types that engine, state, plug-in, editor and command line share.
//!
//! One type each for what a person chooses ([`Mode`], [`Quality`], [`DeviceChoice`], [`ChannelMode`] …) and for what an editor draws ([`Column`],
//! [`Meters`] …), and one table of parameters ([`PARAMETERS`]): names, ranges, defaults, units and help stand there and nowhere
//! else. Host parameters, presets, the editor's faders, the engine's limits and the table in `docs/parameters.md` are read from it.
//!
//! Nothing here computes sound, knows a host or draws anything, and nothing depends on more than `serde`.

mod audition;
mod control;
mod device;
mod mix;
mod number;
mod numbers;
mod parameter;
mod quality;
mod side;
mod sound;
mod table;
mod timing;

pub use audition::Audition;
pub use control::Control;
pub use device::DeviceChoice;
pub use mix::{Mode, OwnMix};
pub use number::{Number, Unit};
pub use numbers::Numbers;
pub use parameter::{Kind, Parameter};
pub use quality::Quality;
pub use side::Side;
pub use sound::{BANDS, ChannelMode, Column, Loudness, MAX_CHANNELS, Meters};
pub use table::{COLOURS, NAME_LIMIT, PARAMETERS, QUERY_LIMIT, SLOTS, markdown, parameter};
pub use timing::Automation;
