//! Scores, their means and how they are shown.

use std::collections::BTreeMap;

use earmark_models::metrics;
use serde::Serialize;

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

    fn mean<'a>(scores: impl Iterator<Item = &'a Score>) -> Option<Self> {
        let mut sum = Score::default();
        let mut count = 0.0;
        for score in scores {
            sum.sdri += score.sdri;
            sum.si_sdr += score.si_sdr;
            sum.si_sdri += score.si_sdri;
            count += 1.0;
        }
        (count > 0.0).then(|| Score {
            sdri: sum.sdri / count,
            si_sdr: sum.si_sdr / count,
            si_sdri: sum.si_sdri / count,
        })
    }
}

/// What one pair scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// With its caption as the query.
    pub right: Score,
    /// With half the mixture for an estimate: what a model must beat.
    pub half_gain: Score,
    /// With a query that names something else. `None` where there is none.
    pub wrong: Option<Score>,
}

impl Scores {
    /// Means over pairs.
    fn mean<'a>(scores: impl Iterator<Item = &'a Scores> + Clone) -> Option<Self> {
        Some(Self {
            right: Score::mean(scores.clone().map(|scores| &scores.right))?,
            half_gain: Score::mean(scores.clone().map(|scores| &scores.half_gain))?,
            wrong: Score::mean(scores.filter_map(|scores| scores.wrong.as_ref())),
        })
    }

    fn figures(&self) -> Figures {
        Figures {
            sdri_db: self.right.sdri,
            si_sdr_db: self.right.si_sdr,
            si_sdri_db: self.right.si_sdri,
            half_gain_sdri_db: self.half_gain.sdri,
            wrong_query_si_sdri_db: self.wrong.map(|wrong| wrong.si_sdri),
        }
    }
}

/// What `--json` prints of scores.
#[derive(Debug, Serialize)]
struct Figures {
    sdri_db: f64,
    si_sdr_db: f64,
    si_sdri_db: f64,
    half_gain_sdri_db: f64,
    /// `null` where no pair has a wrong query.
    wrong_query_si_sdri_db: Option<f64>,
}

#[derive(Debug, Serialize)]
struct CaptionFigures {
    #[serde(flatten)]
    figures: Figures,
    count: usize,
}

#[derive(Debug, Serialize)]
struct Printed<'a> {
    mean: Figures,
    captions: BTreeMap<&'a str, CaptionFigures>,
}

/// Means over all pairs and over those of each caption.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    mean: Scores,
    captions: BTreeMap<String, (Scores, usize)>,
    count: usize,
}

impl Summary {
    /// Sums up; `None` without any pair.
    pub fn of(scored: &[(String, Scores)]) -> Option<Self> {
        let mut groups: BTreeMap<&str, Vec<&Scores>> = BTreeMap::new();
        for (caption, scores) in scored {
            groups.entry(caption).or_default().push(scores);
        }
        let captions = groups.into_iter().filter_map(|(caption, scores)| {
            Some((
                caption.to_owned(),
                (Scores::mean(scores.iter().copied())?, scores.len()),
            ))
        });
        Some(Self {
            mean: Scores::mean(scored.iter().map(|(_, scores)| scores))?,
            captions: captions.collect(),
            count: scored.len(),
        })
    }

    /// `{"mean": {…}, "captions": {caption: {…, "count"}}}`.
    pub fn json(&self) -> impl Serialize {
        let captions = self.captions.iter().map(|(caption, (scores, count))| {
            (
                caption.as_str(),
                CaptionFigures {
                    figures: scores.figures(),
                    count: *count,
                },
            )
        });
        Printed {
            mean: self.mean.figures(),
            captions: captions.collect(),
        }
    }

    /// A line per caption, then the means, and beside them the two that keep them honest.
    pub fn table(&self) -> String {
        let width = self
            .captions
            .keys()
            .map(|caption| caption.chars().count())
            .max()
            .unwrap_or(0)
            .max("wrong query".len());
        let line = |name: &str, count: usize, score: &Score| {
            format!(
                "{name:width$}  {count:>5}  {:>8.2}  {:>8.2}  {:>8.2}\n",
                score.sdri, score.si_sdr, score.si_sdri
            )
        };
        let mut table = format!(
            "{:width$}  {:>5}  {:>8}  {:>8}  {:>8}\n",
            "caption", "pairs", "SDRi", "SI-SDR", "SI-SDRi"
        );
        for (caption, (scores, count)) in &self.captions {
            table += &line(caption, *count, &scores.right);
        }
        table += &format!("\n{}", line("mean, dB", self.count, &self.mean.right));
        table += &line("half gain", self.count, &self.mean.half_gain);
        if let Some(wrong) = &self.mean.wrong {
            table += &line("wrong query", self.count, wrong);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scores(si_sdri: f64, wrong: Option<f64>) -> Scores {
        let score = |si_sdri| Score {
            sdri: si_sdri + 1.0,
            si_sdr: si_sdri + 2.0,
            si_sdri,
        };
        Scores {
            right: score(si_sdri),
            half_gain: score(0.0),
            wrong: wrong.map(score),
        }
    }

    #[test]
    fn means_are_over_pairs_not_over_captions() {
        let scored = [
            ("dog".to_owned(), scores(6.0, Some(-3.0))),
            ("dog".to_owned(), scores(3.0, Some(-6.0))),
            ("rain".to_owned(), scores(0.0, None)),
        ];
        let summary = Summary::of(&scored).expect("there are pairs");
        let json = serde_json::to_value(summary.json()).expect("plain values");
        let mean = json!({"sdri_db": 4.0, "si_sdr_db": 5.0, "si_sdri_db": 3.0, "half_gain_sdri_db": 1.0,
            "wrong_query_si_sdri_db": -4.5});
        let dog = json!({"sdri_db": 5.5, "si_sdr_db": 6.5, "si_sdri_db": 4.5, "half_gain_sdri_db": 1.0,
            "wrong_query_si_sdri_db": -4.5, "count": 2});
        let rain = json!({"sdri_db": 1.0, "si_sdr_db": 2.0, "si_sdri_db": 0.0, "half_gain_sdri_db": 1.0,
            "wrong_query_si_sdri_db": null, "count": 1});
        assert_eq!(
            json,
            json!({"mean": mean, "captions": {"dog": dog, "rain": rain}})
        );
    }

    #[test]
    fn the_table_shows_the_honest_rows() {
        let summary = Summary::of(&[("dog".to_owned(), scores(6.0, Some(-3.0)))]).expect("there are pairs");
        let table = summary.table();
        let row = |name: &str| {
            table.lines().find(|line| line.starts_with(name)).map(|line| {
                line.split_whitespace()
                    .rev()
                    .take(4)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            row("dog"),
            Some(vec!["6.00".into(), "8.00".into(), "7.00".into(), "1".into()])
        );
        assert_eq!(row("mean"), row("dog"));
        assert_eq!(
            row("half gain"),
            Some(vec!["0.00".into(), "2.00".into(), "1.00".into(), "1".into()])
        );
        assert_eq!(
            row("wrong query"),
            Some(vec!["-3.00".into(), "-1.00".into(), "-2.00".into(), "1".into()])
        );
    }

    #[test]
    fn nothing_has_no_mean() {
        assert_eq!(Summary::of(&[]), None);
    }
}
