//! How the search depends on its threshold, as a picture: what is found above, and false alarms below.

use super::tally::Figures;
use crate::chart::{Area, Chart, Colour, Drawn, FAINT, FIRST, HPos, INK, SECOND, dot, square, stroke, text};
use crate::error::CliError;

const WIDTH: u32 = 900;
const HEIGHT: u32 = 640;
/// Pixels of a panel between its heading and its scale.
const TOP: i32 = 44;
const BOTTOM: i32 = 280;
/// Where the scale of thresholds begins and ends.
const LEFT: i32 = 70;
const RIGHT: i32 = 700;
/// What false alarms an hour reach from and to: powers of ten.
const ALARMS: (f64, f64) = (0.0, 3.0);

/// A curve with its name.
struct Curve<'a> {
    name: &'a str,
    colour: Colour,
    mark: fn(&Area, (i32, i32), Colour) -> Drawn,
    /// 0 to 1, of each threshold.
    heights: Vec<Option<f64>>,
}

/// Draws and writes it; `own` is the threshold that was asked for.
///
/// # Errors
/// As [`Chart::draw`].
pub(super) fn draw(chart: Chart, model: &str, figures: &[Figures], own: f32) -> Result<(), CliError> {
    let thresholds: Vec<f32> = figures.iter().map(|one| one.threshold).collect();
    let of = |figure: fn(&Figures) -> f64| figures.iter().map(|one| Some(figure(one))).collect();
    let found = [
        Curve {
            name: "precision",
            colour: INK,
            mark: dot,
            heights: of(|one| one.precision),
        },
        Curve {
            name: "recall",
            colour: INK,
            mark: square,
            heights: of(|one| one.recall),
        },
        Curve {
            name: "F1, within 200 ms",
            colour: FIRST,
            mark: dot,
            heights: of(|one| one.f1),
        },
        Curve {
            name: "F1 of 1 s",
            colour: SECOND,
            mark: square,
            heights: of(|one| one.segment_f1),
        },
    ];
    let height = |one: &Figures| Some(alarms_height(one.false_alarms_an_hour?));
    let alarms = [Curve {
        name: "false alarms",
        colour: SECOND,
        mark: square,
        heights: figures.iter().map(height).collect(),
    }];
    let shares = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|share| (share, format!("{share:.1}")));
    let powers = [1.0, 10.0, 100.0, 1_000.0].map(|alarms| (alarms_height(alarms), format!("{alarms}")));
    chart.draw((WIDTH, HEIGHT), |area| {
        let (top, bottom) = area.split_vertically(HEIGHT as i32 / 2);
        let title = format!("{model}: what is found of what is there, by threshold");
        panel(&top, &title, (&thresholds, own), &shares, &found)?;
        let title = "False alarms for an hour and a sound that is not there";
        panel(&bottom, title, (&thresholds, own), &powers, &alarms)
    })
}

fn alarms_height(alarms: f64) -> f64 {
    let (low, high) = ALARMS;
    ((alarms.max(1e-9).log10() - low) / (high - low)).clamp(0.0, 1.0)
}

/// A heading, a scale on the left and one of thresholds below, and the curves with their names on the right. Later curves lie above
/// earlier ones.
fn panel(
    area: &Area,
    title: &str,
    (thresholds, own): (&[f32], f32),
    scale: &[(f64, String)],
    curves: &[Curve],
) -> Drawn {
    let x = |threshold: f32| LEFT + (threshold * (RIGHT - LEFT) as f32).round() as i32;
    let y = |height: f64| BOTTOM - (height * f64::from(BOTTOM - TOP)).round() as i32;
    text(area, title, (12, 18), 17, HPos::Left)?;
    for (height, words) in scale {
        stroke(area, (LEFT, y(*height)), (RIGHT, y(*height)), FAINT)?;
        text(area, words, (LEFT - 10, y(*height)), 13, HPos::Right)?;
    }
    for tenths in (0..=10_u8).step_by(2) {
        let threshold = f32::from(tenths) / 10.0;
        text(
            area,
            &format!("{threshold:.1}"),
            (x(threshold), BOTTOM + 16),
            13,
            HPos::Center,
        )?;
    }
    stroke(area, (x(own), TOP), (x(own), BOTTOM), INK)?;
    for (curve, row) in curves.iter().zip((TOP + 10..).step_by(22)) {
        let places = thresholds.iter().zip(&curve.heights);
        let places: Vec<(i32, i32)> = places
            .filter_map(|(threshold, height)| Some((x(*threshold), y((*height)?))))
            .collect();
        for pair in places.windows(2) {
            stroke(area, pair[0], pair[1], curve.colour)?;
        }
        for place in places {
            (curve.mark)(area, place, curve.colour)?;
        }
        (curve.mark)(area, (RIGHT + 30, row), curve.colour)?;
        text(area, curve.name, (RIGHT + 42, row), 14, HPos::Left)?;
    }
    Ok(())
}
