//! What one mixture scores.

use earmark_models::metrics;

/// What one estimate scores, in dB.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    /// SDR improvement over the mixture.
    pub sdri: f64,
    /// SI-SDR.
    pub si_sdr: f64,
    /// SI-SDR improvement over the mixture.
    pub si_sdri: f64,
}

impl Score {
    /// Measures an estimate; all three signals are equally long.
    pub fn of(source: &[f32], estimate: &[f32], mixture: &[f32]) -> Self {
        Self {
            sdri: metrics::sdr_improvement(source, estimate, mixture),
            si_sdr: metrics::si_sdr(source, estimate),
            si_sdri: metrics::si_sdr_improvement(source, estimate, mixture),
        }
    }

    /// The mean of some scores; `None` of none.
    pub fn mean(scores: &[Score]) -> Option<Self> {
        let count = scores.len() as f64;
        let mean = |value: fn(&Score) -> f64| scores.iter().map(value).sum::<f64>() / count;
        (!scores.is_empty()).then(|| Score {
            sdri: mean(|score| score.sdri),
            si_sdr: mean(|score| score.si_sdr),
            si_sdri: mean(|score| score.si_sdri),
        })
    }
}

/// The whole signal at once, beside the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offline {
    /// What it scores.
    pub score: Score,
    /// How near the engine's output is to it: its SDR with the offline output for a reference, in dB.
    pub agreement: f64,
}

/// What one mixture scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// With its caption as the query.
    pub right: Score,
    /// With half the mixture for an estimate: what a model must beat.
    pub half_gain: Score,
    /// With a query that names something else. `None` where there is none.
    pub wrong: Option<Score>,
    /// With a clip of something else as the query. `None` where there is none.
    pub wrong_clip: Option<Score>,
    /// By how many dB the query of a sound that is not there makes the mixture quieter. `None` where there is none.
    pub absent: Option<f64>,
    /// With the paraphrases of its group as queries, their mean. `None` where none were asked.
    pub paraphrases: Option<Score>,
    /// `None` where it was not asked for.
    pub offline: Option<Offline>,
}

/// A figure of a mixture that is summed up over mixtures.
pub struct Measure {
    /// Its name in JSON; all are in dB.
    pub key: &'static str,
    /// Its name in words.
    pub name: &'static str,
    /// The figure; `None` where the mixture has none.
    pub of: fn(&Scores) -> Option<f64>,
}

/// All figures, in the order in which they are shown.
pub const MEASURES: &[Measure] = &[
    Measure {
        key: "sdri_db",
        name: "SDR improvement",
        of: |scores| Some(scores.right.sdri),
    },
    Measure {
        key: "si_sdri_db",
        name: "SI-SDR improvement",
        of: |scores| Some(scores.right.si_sdri),
    },
    Measure {
        key: "si_sdr_db",
        name: "SI-SDR",
        of: |scores| Some(scores.right.si_sdr),
    },
    Measure {
        key: "half_gain_sdri_db",
        name: "half gain, no model: SDR improvement",
        of: |scores| Some(scores.half_gain.sdri),
    },
    Measure {
        key: "wrong_query_si_sdri_db",
        name: "wrong query: SI-SDR improvement",
        of: |scores| scores.wrong.map(|wrong| wrong.si_sdri),
    },
    Measure {
        key: "above_wrong_query_db",
        name: "  the right one above it",
        of: |scores| scores.wrong.map(|wrong| scores.right.si_sdri - wrong.si_sdri),
    },
    Measure {
        key: "wrong_clip_si_sdri_db",
        name: "wrong clip: SI-SDR improvement",
        of: |scores| scores.wrong_clip.map(|wrong| wrong.si_sdri),
    },
    Measure {
        key: "above_wrong_clip_db",
        name: "  the right one above it",
        of: |scores| {
            scores
                .wrong_clip
                .map(|wrong| scores.right.si_sdri - wrong.si_sdri)
        },
    },
    Measure {
        key: "absent_suppression_db",
        name: "absent sound: suppression",
        of: |scores| scores.absent,
    },
    Measure {
        key: "paraphrases_sdri_db",
        name: "paraphrases: SDR improvement",
        of: |scores| scores.paraphrases.map(|score| score.sdri),
    },
    Measure {
        key: "paraphrases_less_captions_sdri_db",
        name: "  less that of the captions",
        of: |scores| scores.paraphrases.map(|score| score.sdri - scores.right.sdri),
    },
    Measure {
        key: "paraphrases_si_sdri_db",
        name: "paraphrases: SI-SDR improvement",
        of: |scores| scores.paraphrases.map(|score| score.si_sdri),
    },
    Measure {
        key: "paraphrases_less_captions_si_sdri_db",
        name: "  less that of the captions",
        of: |scores| {
            scores
                .paraphrases
                .map(|score| score.si_sdri - scores.right.si_sdri)
        },
    },
    Measure {
        key: "offline_sdri_db",
        name: "offline: SDR improvement",
        of: |scores| scores.offline.map(|offline| offline.score.sdri),
    },
    Measure {
        key: "offline_si_sdri_db",
        name: "offline: SI-SDR improvement",
        of: |scores| scores.offline.map(|offline| offline.score.si_sdri),
    },
    Measure {
        key: "streaming_less_offline_si_sdri_db",
        name: "  streaming less that",
        of: |scores| {
            scores
                .offline
                .map(|offline| scores.right.si_sdri - offline.score.si_sdri)
        },
    },
    Measure {
        key: "streaming_to_offline_sdr_db",
        name: "  SDR of streaming against offline",
        of: |scores| scores.offline.map(|offline| offline.agreement),
    },
];

/// One mixture and what it scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The line of its pair in the list.
    pub row: usize,
    /// The class of its source.
    pub class: String,
    /// Power of the source over that of the noise, in dB.
    pub snr_db: f64,
    /// What it scores.
    pub scores: Scores,
}
