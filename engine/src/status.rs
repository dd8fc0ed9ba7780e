//! What an engine says of itself.

/// What the engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No separator yet: sound passes delayed.
    Loading,
    /// No query is heard, or the slot is off: sound passes delayed.
    Idle,
    /// The target is being computed.
    Running,
    /// The machine is too slow: sound passes delayed until the next try.
    Resting,
}

/// How the engine is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// What it is doing.
    pub phase: Phase,
    /// Blocks that were due since the engine was made.
    pub blocks: u64,
    /// Those of them that were not ready when due and were replaced: the target by silence, the rest by the input.
    /// Silence, and a slot without a query, have nothing that could be late.
    pub late_blocks: u64,
    /// Those of the late blocks that were waited for: a render has a gap there. It stays until the engine is gone, so that who looks
    /// after a render still finds it.
    pub gaps: u64,
    /// The worker's time per block against the block's length, averaged over about a second; 1 is all it can do.
    pub load: f32,
    /// Why no query is heard although one is set, or why the last audition came to nothing, in plain words.
    pub failure: Option<String>,
}
