//! What each quality is to a ResUNet.

use earmark_controls::Quality;

use super::precision::Precision;
use super::schedule::Halo;
use super::separator::StreamSettings;
use crate::resunet::config::ResUNetConfig;

impl Precision {
    /// What a network multiplies in. The exact quality is exact in that, too: it equals the published code within 1e-5, which
    /// bfloat16 does not.
    pub fn of(quality: Quality) -> Precision {
        match quality {
            Quality::Fast | Quality::Balanced => Precision::Auto,
            Quality::Best => Precision::Fp32,
        }
    }
}

impl StreamSettings {
    /// The settings for a network of this shape, in its frames.
    pub fn of(quality: Quality, config: &ResUNetConfig) -> StreamSettings {
        // The published shape has 100 frames a second and cells of 32 frames.
        let cell = config.time_pooling();
        let (lookahead, context, halo) = match quality {
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
