//! Three ways to run a network live, from the quickest to the exact one.

use super::precision::Precision;
use super::schedule::Halo;
use super::separator::StreamSettings;
use crate::resunet::config::ResUNetConfig;

/// How much of what is to come is heard before a mask is decided: `docs/performance.md` tells what that costs and gains.
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

impl std::fmt::Display for Quality {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Quality::Fast => "fast",
            Quality::Balanced => "balanced",
            Quality::Best => "best",
        })
    }
}

impl Quality {
    /// All three, the quickest first.
    pub const ALL: [Quality; 3] = [Quality::Fast, Quality::Balanced, Quality::Best];

    /// What a network multiplies in. The exact quality is exact in that, too: it equals the published code within 1e-5, which
    /// bfloat16 does not.
    pub fn precision(self) -> Precision {
        match self {
            Quality::Fast | Quality::Balanced => Precision::Auto,
            Quality::Best => Precision::Fp32,
        }
    }

    /// The settings for a network of this shape, in its frames.
    pub fn settings(self, config: &ResUNetConfig) -> StreamSettings {
        // The published shape has 100 frames a second and cells of 32 frames.
        let cell = config.time_pooling();
        let (lookahead, context, halo) = match self {
            Quality::Fast => (5 * cell / 8, cell, Halo::Ahead),
            Quality::Balanced => (5 * cell / 2, cell, Halo::Ahead),
            // Nothing is left to be recomputed.
            Quality::Best => (11 * cell, 11 * cell, Halo::Once),
        };
        StreamSettings {
            hop: cell,
            lookahead,
            context,
            halo,
        }
    }
}
