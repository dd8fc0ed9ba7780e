//! What can be set and what is shown, as plain types that engine, state, plug-in, editor and command line share.
//!
//! One type each for what a person chooses ([`Mode`], [`Automation`], [`ChannelMode`] …) and for what an editor draws ([`Column`],
//! [`Loudness`] …), and one table of parameters ([`PARAMETERS`]): names, ranges, defaults, units and help stand there and nowhere
//! else. Host parameters, presets, the editor's faders, the engine's limits and the table in `docs/parameters.md` are read from it.
//!
//! Nothing here computes sound, knows a host or draws anything, and nothing depends on more than `serde`.

mod audition;
mod control;
mod mix;
mod number;
mod numbers;
mod parameter;
mod sound;
mod table;
mod timing;

pub use audition::Audition;
pub use control::Control;
pub use mix::{Mode, OwnMix};
pub use number::{Number, Unit};
pub use numbers::Numbers;
pub use parameter::{Kind, Parameter};
pub use sound::{BANDS, ChannelMode, Column, Loudness};
pub use table::{COLOURS, NAME_LIMIT, PARAMETERS, QUERY_LIMIT, SLOTS, markdown, parameter};
pub use timing::Automation;
