//! Means and medians of scores, and how sure they are.

use serde::Serialize;

/// How often the pairs are drawn anew for an interval.
const DRAWS: usize = 2000;
/// The same draws in every run: two runs print the same figures.
const SEED: u64 = 20;
/// Of fewer pairs than these, an interval would say more than they know.
const FEWEST: usize = 5;

/// What is known of one measure over some mixtures, in dB.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistic {
    /// Mixtures that have it.
    pub mixtures: usize,
    /// Their mean.
    pub mean: f64,
    /// Their median.
    pub median: f64,
    /// The 95 % bootstrap interval of the mean (percentiles); `None` of fewer than five pairs.
    pub mean_interval: Option<[f64; 2]>,
    /// That of the median.
    pub median_interval: Option<[f64; 2]>,
}

impl Statistic {
    /// Sums up what each pair scored: one value for each mixture of its clips. `None` without any value.
    ///
    /// The intervals draw pairs, not mixtures: what the same clips score at several levels are not several findings.
    pub fn of(pairs: &[Vec<f64>]) -> Option<Self> {
        let pairs: Vec<&[f64]> = pairs
            .iter()
            .map(Vec::as_slice)
            .filter(|values| !values.is_empty())
            .collect();
        let mut values = pairs.concat();
        if values.is_empty() {
            return None;
        }
        let (mean_interval, median_interval) = match intervals(&pairs) {
            Some((mean, median)) => (Some(mean), Some(median)),
            None => (None, None),
        };
        Some(Self {
            mixtures: values.len(),
            mean: mean(&values),
            median: median(&mut values),
            mean_interval,
            median_interval,
        })
    }
}

/// The intervals of mean and median.
fn intervals(pairs: &[&[f64]]) -> Option<([f64; 2], [f64; 2])> {
    if pairs.len() < FEWEST {
        return None;
    }
    let mut rng = fastrand::Rng::with_seed(SEED);
    let mut drawn = Vec::new();
    let (mut means, mut medians) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    for _ in 0..DRAWS {
        drawn.clear();
        for _ in 0..pairs.len() {
            drawn.extend_from_slice(pairs[rng.usize(..pairs.len())]);
        }
        means.push(mean(&drawn));
        medians.push(median(&mut drawn));
    }
    Some((middle(&mut means), middle(&mut medians)))
}

/// Where the middle 95 % of some values lie.
fn middle(values: &mut [f64]) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|share| values[(share * (values.len() - 1) as f64).round() as usize])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The value in the middle, or the mean of the two there. The order of `values` is lost.
fn median(values: &mut [f64]) -> f64 {
    let (half, odd) = (values.len() / 2, values.len() % 2 == 1);
    let (below, &mut above, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if odd {
        return above;
    }
    let below = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * (below + above)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Statistic {
        let pairs: Vec<Vec<f64>> = values.iter().map(|&value| vec![value]).collect();
        Statistic::of(&pairs).expect("there are values")
    }

    #[test]
    fn mean_and_median() {
        let odd = of(&[3.0, 1.0, 11.0]);
        assert_eq!((odd.mixtures, odd.mean, odd.median), (3, 5.0, 3.0));
        let even = of(&[4.0, 1.0, 2.0, 13.0]);
        assert_eq!((even.mean, even.median), (5.0, 3.0));
        assert_eq!(of(&[7.0]).median, 7.0);
        assert_eq!(Statistic::of(&[vec![], vec![]]), None);
    }

    #[test]
    fn the_interval_is_that_of_the_standard_error() {
        // 400 values, evenly spread over 0..10: a standard deviation of 2.887, of the mean 0.144.
        let values: Vec<f64> = (0..400).map(|n| f64::from(n) / 40.0).collect();
        let statistic = of(&values);
        let [low, high] = statistic.mean_interval.expect("there are enough");
        assert!((low - (statistic.mean - 1.96 * 0.1443)).abs() < 0.03, "{low}");
        assert!((high - (statistic.mean + 1.96 * 0.1443)).abs() < 0.03, "{high}");
        let [low, high] = statistic.median_interval.expect("there are enough");
        assert!(low < statistic.median && statistic.median < high && high - low > 0.6);
        assert_eq!(statistic, of(&values), "two runs differ");
    }

    #[test]
    fn the_same_clips_at_three_levels_make_nothing_surer() {
        let once: Vec<Vec<f64>> = (0..50).map(|n| vec![f64::from(n)]).collect();
        let thrice: Vec<Vec<f64>> = once.iter().map(|pair| pair.repeat(3)).collect();
        let (once, thrice) = (Statistic::of(&once), Statistic::of(&thrice));
        let interval = |statistic: &Option<Statistic>| statistic.as_ref().and_then(|s| s.mean_interval);
        assert_eq!(interval(&once), interval(&thrice));
        assert_eq!(thrice.map(|statistic| statistic.mixtures), Some(150));
    }

    #[test]
    fn few_pairs_have_no_interval() {
        assert_eq!(of(&[1.0, 2.0, 3.0, 4.0]).mean_interval, None);
        assert!(of(&[1.0, 2.0, 3.0, 4.0, 5.0]).mean_interval.is_some());
    }
}
