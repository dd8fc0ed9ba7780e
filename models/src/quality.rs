//! How much of what is to come a separator hears before it decides, where its architecture leaves a choice.

/// How far ahead is heard: `docs/performance.md` tells what that costs and gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, serde::Serialize, serde::Deserialize)]
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
}

impl std::fmt::Display for Quality {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Quality::Fast => "fast",
            Quality::Balanced => "balanced",
            Quality::Best => "best",
        })
    }
}
