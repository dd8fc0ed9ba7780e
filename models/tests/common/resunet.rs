//! Networks of the fixtures.

use earmark_models::resunet::{ResUNetConfig, StageConfig};
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::{Condition, EncoderKind};

use super::Fixture;

/// The published topology with other channels.
pub(crate) fn config(channels: [usize; 5], window: usize, hop: usize) -> ResUNetConfig {
    let [a, b, c, d, e] = channels;
    let stages = [(a, 2), (b, 2), (c, 2), (d, 2), (e, 2), (e, 1)];
    ResUNetConfig {
        stft: StftConfig {
            window,
            hop,
            kind: WindowKind::Hann,
        },
        stem: a,
        stages: stages
            .map(|(channels, time)| StageConfig {
                channels,
                time,
                frequency: 2,
            })
            .into(),
        middle: e,
        ..ResUNetConfig::audiosep()
    }
}

pub(crate) fn micro() -> ResUNetConfig {
    config([4, 6, 8, 10, 12], 128, 20)
}

pub(crate) fn tiny() -> ResUNetConfig {
    config([4, 8, 16, 32, 48], 2048, 320)
}

pub(crate) fn condition(io: &Fixture) -> Condition {
    Condition {
        encoder: EncoderKind::Clap,
        values: io.floats("condition").into(),
    }
}
