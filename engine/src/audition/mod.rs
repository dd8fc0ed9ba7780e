//! The last seconds of input, heard again with another query.
//!
//! The worker keeps what came in ([`history`]). Of that, all or a span is taken ([`excerpt`]), and a thread of its own separates it with
//! the query of a slot, or of two together, as fast as it can ([`separate`]). It hands the result to the audio thread, which plays it
//! over and over in place of the output ([`replay`]) until it is told to stop. What comes in meanwhile is kept and separated as ever,
//! and the latency stays what it is. An excerpt can also be separated for a file.
//!
//! What came in is kept for as long as it takes to be heard, and [`HISTORY_SECONDS`](state::HISTORY_SECONDS) longer. Nothing is kept while
//! it is held, so that a person can look at it and listen to it in peace, nor the silence of a transport that rests.
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

pub(crate) mod excerpt;
pub(crate) mod history;
pub(crate) mod replay;
pub(crate) mod separate;
pub(crate) mod state;
pub(crate) mod ticket;
