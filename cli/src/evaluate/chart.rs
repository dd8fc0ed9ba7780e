//! The summary as a picture: what each level and each class gained.

use super::statistics::Statistic;
use super::summary::{Figures, Summary};
use crate::chart::{Area, Chart, Drawn, FAINT, FIRST, HPos, INK, SECOND, dot, square, stroke, text};
use crate::error::CliError;

const WIDTH: u32 = 1000;
/// Pixels of a line and of a heading.
const LINE: u32 = 20;
const HEADING: u32 = 44;
const AXIS: u32 = 28;
/// Where names end and the scale begins.
const NAMES: u32 = 250;
/// Room on the right, for figures.
const MARGIN: u32 = 170;

/// One line of a chart.
struct Line<'a> {
    name: String,
    right: Option<&'a Statistic>,
    wrong: Option<&'a Statistic>,
}

/// Draws and writes it.
///
/// # Errors
/// As [`Chart::draw`].
pub(super) fn draw(chart: Chart, summary: &Summary) -> Result<(), CliError> {
    let levels = summary
        .levels
        .iter()
        .map(|level| line(format!("{} dB", level.snr_db), &level.figures))
        .chain([line("all".into(), &summary.all)]);
    let levels: Vec<Line> = levels.collect();
    let mut classes: Vec<Line> = summary
        .classes
        .iter()
        .map(|(class, figures)| line(class.clone(), figures))
        .collect();
    let gain = |line: &Line| line.right.map_or(0.0, |statistic| statistic.mean);
    classes.sort_by(|a, b| gain(b).total_cmp(&gain(a)));

    let (first, second) = (panel_height(&levels), panel_height(&classes));
    let height = first + second;
    chart.draw((WIDTH, height), |area| {
        let scale = scale(levels.iter().chain(&classes));
        let (top, bottom) = area.split_vertically(first as i32);
        let title = format!(
            "{}: SI-SDR improvement in dB by SNR of the mixture",
            summary.model
        );
        panel(&top, &title, &levels, scale)?;
        panel(&bottom, "By class", &classes, scale)
    })
}

fn line(name: String, figures: &Figures) -> Line<'_> {
    Line {
        name,
        right: figures.get("si_sdri_db"),
        wrong: figures.get("wrong_query_si_sdri_db"),
    }
}

fn panel_height(lines: &[Line]) -> u32 {
    HEADING + LINE * lines.len() as u32 + AXIS
}

/// The lowest and the highest level of the picture in dB, whole steps of ten that hold 0 and every mean.
fn scale<'a>(lines: impl Iterator<Item = &'a Line<'a>>) -> (f64, f64) {
    let means = lines.flat_map(|line| [line.right, line.wrong]).flatten();
    let (low, high) = means.fold((0.0f64, 10.0f64), |(low, high), statistic| {
        (low.min(statistic.mean), high.max(statistic.mean))
    });
    ((low / 10.0).floor() * 10.0, (high / 10.0).ceil() * 10.0)
}

/// A heading, a line for each entry with its means and the interval of the first, and the scale below.
fn panel(area: &Area, title: &str, lines: &[Line], (low, high): (f64, f64)) -> Drawn {
    let x = |db: f64| {
        let share = (db.clamp(low, high) - low) / (high - low);
        (f64::from(NAMES) + share * f64::from(WIDTH - NAMES - MARGIN)) as i32
    };
    let bottom = (HEADING + LINE * lines.len() as u32) as i32;
    text(area, title, (12, 18), 17, HPos::Left)?;
    let key = x(high) + 20;
    dot(area, (key, 14), FIRST)?;
    text(area, "the right query", (key + 10, 14), 13, HPos::Left)?;
    if lines.iter().any(|line| line.wrong.is_some()) {
        square(area, (key, 30), SECOND)?;
        text(area, "the wrong query", (key + 10, 30), 13, HPos::Left)?;
    }

    let steps = ((high - low) / 10.0).round() as i32;
    for db in (0..=steps).map(|step| low + 10.0 * f64::from(step)) {
        let colour = if db == 0.0 { INK } else { FAINT };
        stroke(area, (x(db), HEADING as i32 - 4), (x(db), bottom), colour)?;
        text(area, &format!("{db:.0}"), (x(db), bottom + 10), 13, HPos::Center)?;
    }
    for (line, y) in lines
        .iter()
        .zip((HEADING as i32 + LINE as i32 / 2..).step_by(LINE as usize))
    {
        text(area, &line.name, (NAMES as i32 - 14, y), 14, HPos::Right)?;
        if let Some(wrong) = line.wrong {
            square(area, (x(wrong.mean), y), SECOND)?;
        }
        if let Some(right) = line.right {
            if let Some([from, to]) = right.mean_interval {
                stroke(area, (x(from), y), (x(to), y), FIRST)?;
            }
            dot(area, (x(right.mean), y), FIRST)?;
            let figures = format!("{:.1}  ({})", right.mean, right.mixtures);
            text(area, &figures, (x(high) + 20, y), 13, HPos::Left)?;
        }
    }
    Ok(())
}
