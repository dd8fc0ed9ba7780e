//! How much of what is to come a separator hears before it decides, where its architecture leaves a choice.

use serde::{Deserialize, Serialize};

/// How far ahead is heard: `docs/performance.md` tells what that costs and gains. Stored by [`Quality::name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// At most a second of latency in all.
    Fast,
    /// At most two seconds.
    #[default]
    Balanced,
    /// All that the masks depend on, in single precision: equal to the network on the whole signal.
    Best,
}

impl Quality {
    /// All three, the quickest first.
    pub const ALL: [Quality; 3] = [Quality::Fast, Quality::Balanced, Quality::Best];

    /// Its name, everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Quality::Fast => "fast",
            Quality::Balanced => "balanced",
            Quality::Best => "best",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Quality> {
        Quality::ALL.into_iter().find(|quality| quality.name() == name)
    }

    /// What it is, in half a sentence.
    pub const fn help(self) -> &'static str {
        match self {
            Quality::Fast => "at most a second of latency",
            Quality::Balanced => "at most two seconds",
            Quality::Best => "equal to the whole signal",
        }
    }
}

impl std::fmt::Display for Quality {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
