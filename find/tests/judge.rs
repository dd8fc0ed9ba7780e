//! The measures are those of `sed_eval`: `training/make_find_fixture.py` wrote what it counts.

use earmark_find::judge::{Collar, Counts, Interval};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    truth: Vec<(f64, f64)>,
    found: Vec<(f64, f64)>,
    events: [f64; 3],
    event_f1: f64,
    segments: [f64; 3],
    segment_f1: f64,
}

fn intervals(times: &[(f64, f64)]) -> Vec<Interval> {
    let interval = |&(onset, offset): &(f64, f64)| Interval { onset, offset };
    times.iter().map(interval).collect()
}

#[test]
fn the_counts_are_those_of_sed_eval() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("fixtures/sed_eval.json")).expect("the fixture is JSON");
    assert_eq!(cases.len(), 40);
    let mut matched = 0;
    for (n, case) in cases.iter().enumerate() {
        let (truth, found) = (intervals(&case.truth), intervals(&case.found));
        let events = Counts::of_events(&truth, &found, Collar::USUAL);
        let segments = Counts::of_segments(&truth, &found, 1.0);
        for (counts, golden, f1) in [
            (events, case.events, case.event_f1),
            (segments, case.segments, case.segment_f1),
        ] {
            let ours = [counts.truth, counts.found, counts.both].map(|count| count as f64);
            assert_eq!(ours, golden, "case {n}");
            assert!(
                (counts.f1() - f1).abs() < 1e-9 || (f1.is_nan() && counts.f1() == 0.0),
                "case {n}"
            );
        }
        matched += events.both;
    }
    assert!(matched > 40, "the cases have something to match");
}

#[test]
fn nothing_at_all_is_no_success() {
    let nothing = Counts::default();
    assert_eq!(
        (nothing.f1(), nothing.precision(), nothing.recall()),
        (0.0, 0.0, 0.0)
    );
}
