//! The last seconds of input, heard again with another query.
//!
//! The worker keeps what came in ([`history`]). A thread of its own separates that with the query of a slot, or of two together,
//! as fast as it can ([`separate`]), and hands the result to the audio thread, which plays it over and over in place of the
//! output ([`replay`]) until it is told to stop. What comes in meanwhile is kept and separated as ever, and the latency stays what
//! it is.
//!
//! It is for ears at a desk, and so it is live or not at all: a reset, an offline render, a bounce that nobody announced and the
//! host's bypass end it.
//!
//! ```text
//!          begin             handed over
//! Off ─────────────► Working ────────────► Playing
//!  ▲                    │                     │
//!  └────────────────────┴─────────────────────┘
//!     stop, failure, reset, render, bypass; or begin, which is Working anew
//! ```

pub(crate) mod history;
pub(crate) mod replay;
pub(crate) mod separate;
pub(crate) mod state;
pub(crate) mod ticket;
