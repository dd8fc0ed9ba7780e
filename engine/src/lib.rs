//! When Earmark computes it: the real-time engine between a host's audio callback and a separator.
//!
//! An [`Engine`] is the audio thread's half. It copies, counts and mixes, and hands blocks of input to a worker thread,
//! which resamples, transforms, masks and hands back the *target* that lies under the mixture. Everything that is heard
//! leaves the engine [`Latency`] samples after it came in, whatever the host's block size. An [`EngineHandle`] is the half of
//! everybody else: it brings the separator and the queries and reads status and meters.
//!
//! ```text
//! audio thread   host's samples ─► delay line ───────────────────────────► mix ─► host's samples
//!                      │                                                    ▲
//!                      └─► block ─► (ring) ─► worker thread ─► (ring) ─► player: when it is due, or not at all
//! worker thread  offset ─► resample ─► STFT ─► voices: masks, shaping ─► inverse STFT ─► resample
//! ```
//!
//! What belongs here is *when*: blocks, latency, lookahead, late blocks, rests, crossfades from one query or separator to another,
//! and how long a thread may wait. What is computed belongs to `earmark-models`, what is asked for in words to
//! `earmark-queries`; no plug-in format, no file, no text and no picture ever enters, and nothing in here asks the system for
//! the time: a [`Clock`] is handed in.
//!
//! Where nobody listens yet, [`Offline`] computes a whole signal: no audio thread, no latency, as many worker threads as there are.
//!
//! The audio thread never allocates, locks, logs or computes a transform, and it waits only as [`WaitPolicy`] says.

mod audition;
mod block;
mod change;
mod change_queue;
mod clock;
mod column_queue;
mod config;
mod delay_line;
mod engine;
mod error;
mod fields;
mod geometry;
mod handle;
mod heard;
mod io;
mod latency;
mod loudness;
mod memory;
mod meters;
mod mix;
mod offline;
mod pace;
mod patience;
mod player;
mod query;
mod ramp;
mod relay;
mod resample;
mod sample;
mod shaping;
mod shared;
mod signal;
mod status;
mod sync;
mod wishes;
mod worker;

pub use audition::excerpt::{Excerpt, Parts};
pub use audition::state::HISTORY_SECONDS;
pub use change::{Change, ChangeKind};
pub use clock::{Clock, Waits, waiting};
pub use config::{EngineConfig, Trim, WaitPolicy};
pub use earmark_controls::{
    Audition, Automation, BANDS, ChannelMode, Column, Loudness, Meters, Mode, Moment, SLOTS, Span,
};
pub use engine::Engine;
pub use error::EngineError;
pub use fields::Fields;
pub use handle::EngineHandle;
pub use heard::Heard;
pub use latency::Latency;
pub use mix::{FADER_BOTTOM_DB, Gains, Mix, MixSettings};
pub use offline::Offline;
pub use query::Query;
pub use relay::{Relay, RelayHandle};
pub use shaping::{NO_FLOOR_DB, Shaping};
pub use status::{Phase, Status};
