//! Scores summed up over all mixtures, by class and by SNR, and how that is printed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::scores::{MEASURES, Measured, Scores};
use super::statistics::Statistic;

/// Some mixtures summed up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Pairs of clips.
    pub pairs: usize,
    /// Mixtures made of them: as many as there are pairs, times the levels.
    pub mixtures: usize,
    /// Share of the mixtures that came out worse than they went in, by SI-SDR.
    pub worse: f64,
    /// By [`super::scores::Measure::key`]; `null` where no mixture has that figure.
    #[serde(flatten)]
    pub measures: BTreeMap<&'static str, Option<Statistic>>,
}

impl Figures {
    fn of(measured: &[&Measured]) -> Self {
        let mut rows: BTreeMap<usize, Vec<&Measured>> = BTreeMap::new();
        for mixture in measured {
            rows.entry(mixture.row).or_default().push(mixture);
        }
        let worse = measured.iter().filter(|m| m.scores.right.si_sdri < 0.0).count();
        let statistic = |of: fn(&Scores) -> Option<f64>| {
            let pairs = rows.values();
            let values = pairs.map(|pair| pair.iter().filter_map(|m| of(&m.scores)).collect::<Vec<f64>>());
            Statistic::of(&values.collect::<Vec<_>>())
        };
        Self {
            pairs: rows.len(),
            mixtures: measured.len(),
            worse: worse as f64 / measured.len().max(1) as f64,
            measures: MEASURES
                .iter()
                .map(|measure| (measure.key, statistic(measure.of)))
                .collect(),
        }
    }

    /// A figure that was measured.
    pub fn get(&self, key: &str) -> Option<&Statistic> {
        self.measures.get(key)?.as_ref()
    }
}

/// Some mixtures of one level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// Power of the source over that of the noise, in dB.
    pub snr_db: f64,
    /// What they score.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The model's name.
    pub model: String,
    /// All mixtures.
    pub all: Figures,
    /// Those of each class.
    pub classes: BTreeMap<String, Figures>,
    /// Those of each SNR, the lowest first.
    pub levels: Vec<Level>,
}

impl Summary {
    /// Sums up; `None` without any mixture.
    pub fn of(model: &str, measured: &[Measured]) -> Option<Self> {
        let mut classes: BTreeMap<&str, Vec<&Measured>> = BTreeMap::new();
        let mut levels: Vec<f64> = Vec::new();
        for mixture in measured {
            classes.entry(&mixture.class).or_default().push(mixture);
            levels.push(mixture.snr_db);
        }
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let level = |snr_db: f64| {
            let of_it: Vec<&Measured> = measured.iter().filter(|m| m.snr_db == snr_db).collect();
            Level {
                snr_db,
                figures: Figures::of(&of_it),
            }
        };
        (!measured.is_empty()).then(|| Self {
            model: model.to_owned(),
            all: Figures::of(&measured.iter().collect::<Vec<_>>()),
            classes: classes
                .into_iter()
                .map(|(class, of_it)| (class.to_owned(), Figures::of(&of_it)))
                .collect(),
            levels: levels.into_iter().map(level).collect(),
        })
    }

    /// A line for each class and each level, then all measures over everything.
    pub fn table(&self) -> String {
        let mut table = lines("class", self.classes.iter().map(|(class, f)| (class.clone(), f)));
        if self.levels.len() > 1 {
            let name = |level: &Level| format!("{} dB", level.snr_db);
            let levels = self.levels.iter().map(|level| (name(level), &level.figures));
            table += &format!("\n{}", lines("SNR of the mixture", levels));
        }
        let width = MEASURES.iter().map(|measure| measure.name.len()).max();
        let width = width.unwrap_or(0);
        table += &format!(
            "\n{:width$}  {:>8}  {:>8}  {:^18}  {:>8}\n",
            "all, dB", "mixtures", "mean", "95 % interval", "median"
        );
        for measure in MEASURES {
            let Some(statistic) = self.all.get(measure.key) else {
                continue;
            };
            let interval = statistic
                .mean_interval
                .map_or("-".into(), |[low, high]| format!("{low:.2} to {high:.2}"));
            table += &format!(
                "{:width$}  {:>8}  {:>8.2}  {interval:^18}  {:>8.2}\n",
                measure.name, statistic.mixtures, statistic.mean, statistic.median
            );
        }
        let worse = 100.0 * self.all.worse;
        table + &format!("{worse:.0} % of the mixtures came out worse than they went in.\n")
    }
}

/// A block of the table: SDRi and SI-SDRi of each of some parts.
fn lines<'a>(heading: &str, parts: impl Iterator<Item = (String, &'a Figures)>) -> String {
    let parts: Vec<(String, &Figures)> = parts.collect();
    let length = |name: &str| name.chars().count();
    let width = parts.iter().map(|(name, _)| length(name)).max();
    let width = width.unwrap_or(0).max(length(heading));
    let mut text = format!(
        "{heading:width$}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}\n",
        "mixtures", "SDRi", "median", "SI-SDRi", "median"
    );
    for (name, figures) in &parts {
        let columns = ["sdri_db", "si_sdri_db"].map(|key| {
            figures.get(key).map_or(String::new(), |statistic| {
                format!("  {:>8.2}  {:>8.2}", statistic.mean, statistic.median)
            })
        });
        text += &format!(
            "{name:width$}  {:>8}{}{}\n",
            figures.mixtures, columns[0], columns[1]
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::scores::{Offline, Score, Scores};

    fn score(si_sdri: f64) -> Score {
        Score {
            sdri: si_sdri + 1.0,
            si_sdr: si_sdri + 2.0,
            si_sdri,
        }
    }

    fn mixture(row: usize, class: &str, snr_db: f64, si_sdri: f64, wrong: Option<f64>) -> Measured {
        Measured {
            row,
            class: class.into(),
            snr_db,
            scores: Scores {
                right: score(si_sdri),
                half_gain: score(0.0),
                wrong: wrong.map(score),
                wrong_clip: None,
                absent: None,
                paraphrases: None,
                offline: None,
            },
        }
    }

    fn summary() -> Summary {
        let measured = [
            mixture(2, "dog", 0.0, 6.0, Some(-3.0)),
            mixture(2, "dog", -10.0, 9.0, Some(-6.0)),
            mixture(3, "dog", 0.0, 3.0, None),
            mixture(4, "rain", -10.0, -2.0, None),
        ];
        Summary::of("small", &measured).expect("there are mixtures")
    }

    fn mean(figures: &Figures, key: &str) -> Option<f64> {
        figures.get(key).map(|statistic| statistic.mean)
    }

    #[test]
    fn means_are_over_mixtures_not_over_classes() {
        let summary = summary();
        assert_eq!((summary.all.pairs, summary.all.mixtures), (3, 4));
        assert_eq!(mean(&summary.all, "si_sdri_db"), Some(4.0));
        assert_eq!(mean(&summary.all, "sdri_db"), Some(5.0));
        assert_eq!(mean(&summary.all, "wrong_query_si_sdri_db"), Some(-4.5));
        assert_eq!(mean(&summary.all, "above_wrong_query_db"), Some(12.0));
        assert_eq!(mean(&summary.all, "absent_suppression_db"), None);
        assert_eq!(summary.all.worse, 0.25);
        assert_eq!(mean(&summary.classes["dog"], "si_sdri_db"), Some(6.0));
        assert_eq!(mean(&summary.classes["rain"], "si_sdri_db"), Some(-2.0));
        let levels: Vec<f64> = summary.levels.iter().map(|level| level.snr_db).collect();
        assert_eq!(levels, [-10.0, 0.0]);
        assert_eq!(mean(&summary.levels[0].figures, "si_sdri_db"), Some(3.5));
    }

    #[test]
    fn json_has_every_figure_under_its_name() {
        let json = serde_json::to_value(summary()).expect("plain values");
        assert_eq!(json["classes"]["dog"]["si_sdri_db"]["mean"], 6.0);
        assert_eq!(json["classes"]["dog"]["si_sdri_db"]["median"], 6.0);
        assert_eq!(json["levels"][1]["snr_db"], 0.0);
        assert_eq!(json["levels"][1]["mixtures"], 2);
        assert!(json["all"]["offline_si_sdri_db"].is_null());
        assert!(json["all"]["si_sdri_db"]["mean_interval"].is_null());
        assert!(
            MEASURES
                .iter()
                .all(|measure| json["all"].get(measure.key).is_some())
        );
    }

    #[test]
    fn the_table_shows_what_was_measured_and_nothing_else() {
        let table = summary().table();
        let row = |name: &str| -> Option<Vec<&str>> {
            let line = table.lines().find(|line| line.starts_with(name))?;
            Some(line[name.len()..].split_whitespace().collect())
        };
        assert_eq!(row("dog"), Some(vec!["3", "7.00", "7.00", "6.00", "6.00"]));
        assert_eq!(row("-10 dB"), Some(vec!["2", "4.50", "4.50", "3.50", "3.50"]));
        assert_eq!(row("SI-SDR improvement"), Some(vec!["4", "4.00", "-", "4.50"]));
        assert_eq!(row("offline"), None);
        assert!(table.contains("25 % of the mixtures came out worse"), "{table}");

        let mut offline = mixture(2, "dog", 0.0, 6.0, None);
        offline.scores.offline = Some(Offline {
            score: score(6.5),
            agreement: 30.0,
        });
        let table = Summary::of("small", &[offline]).expect("a mixture").table();
        assert!(
            table.contains("streaming less that") && table.contains("-0.50"),
            "{table}"
        );
        assert!(
            !table.contains("SNR of the mixture"),
            "one level needs no table: {table}"
        );
    }

    #[test]
    fn nothing_has_no_summary() {
        assert_eq!(Summary::of("small", &[]), None);
    }
}
