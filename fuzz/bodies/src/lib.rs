//! What each fuzz target does with its bytes.
//!
//! A target is one function that takes any bytes and panics where Earmark does not hold what it promises about them. libFuzzer
//! calls it (`fuzz/fuzz_targets`), and so do the tests that replay the corpus. Functions of another crate than libFuzzer's, because
//! that one needs a compiler's unstable options, and the workspace does not.

mod audio;
mod catalogue;
mod models;
mod pairs;
mod presets;
mod queries;
mod scratch;
mod sentence;
mod state;

pub use audio::audio;
pub use catalogue::catalogue;
pub use models::models;
pub use pairs::pairs;
pub use presets::presets;
pub use queries::queries;
pub use state::state;

/// A target by its name, which is also that of its folder in `fuzz/corpus`.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Panics where the bytes are not handled as promised.
    pub check: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "state",
        check: state,
    },
    Target {
        name: "presets",
        check: presets,
    },
    Target {
        name: "models",
        check: models,
    },
    Target {
        name: "audio",
        check: audio,
    },
    Target {
        name: "queries",
        check: queries,
    },
    Target {
        name: "catalogue",
        check: catalogue,
    },
    Target {
        name: "pairs",
        check: pairs,
    },
];
