//! The menus of the model: model, quality with what it costs, level, threads; the way to the page of models; and that of automation.

use std::num::NonZeroUsize;

use egui::{Rect, Ui};

use crate::button::Button;
use crate::hints::Hint;
use crate::menu::{Entry, menu};
use crate::rows::{Rows, columns, shares};
use crate::view::{Automation, Command, Quality, View};
use crate::words;

/// The levels to choose from, in dB.
const TRIMS: [Option<f32>; 7] = [
    None,
    Some(0.0),
    Some(-10.0),
    Some(10.0),
    Some(20.0),
    Some(30.0),
    Some(40.0),
];

/// Widths of model, the button of the page, and quality, in points.
const FIRST_ROW: [f32; 3] = [118.0, 78.0, 92.0];

/// Draws the model's menus into rows of this height. Says whether the page of models is wanted.
pub(crate) fn show(ui: &Ui, rows: &mut Rows, height: f32, view: &View, commands: &mut Vec<Command>) -> bool {
    let (first, second) = (rows.next(height), rows.next(height));
    let [first, its_page, its_quality] = shares(first, FIRST_ROW);
    let wanted = view.coming.as_ref().unwrap_or(&view.model.name);
    let shown = if view.coming.is_some() {
        format!("{wanted} (waiting)")
    } else {
        wanted.clone()
    };
    let mut tip = format!("the model that is heard: {}", words::model(&view.model));
    if let Some(now) = &view.computing.now {
        tip += &format!("; computed on {now}");
    }
    let models = view.models.iter().map(|model| Entry {
        text: model.name.clone(),
        tip: words::model(model),
        chosen: model.name == *wanted,
        command: Some(Command::ChooseModel(model.name.clone())),
    });
    menu(ui, first, ("model", &shown), &tip, models, commands);
    if let Some(present) = view.quality {
        let tip = "how far ahead the model hears";
        let qualities = Quality::ALL
            .into_iter()
            .zip(view.quality_latency)
            .map(|(quality, seconds)| Entry {
                text: words::quality_with_cost(quality, seconds),
                tip: String::new(),
                chosen: quality == present,
                command: Some(Command::ChooseQuality(quality)),
            });
        let shown = present.name();
        menu(ui, its_quality, ("quality", shown), tip, qualities, commands);
    }
    let tip = "how loud the model hears the input; what comes out keeps its level. Turn it up where a quiet sound is missed";
    let trims = TRIMS.into_iter().map(|trim| Entry {
        text: words::trim(trim),
        tip: String::new(),
        chosen: trim == view.trim,
        command: Some(Command::SetTrim(trim)),
    });
    menu(
        ui,
        columns(second, 2)(0),
        ("", &words::trim(view.trim)),
        tip,
        trims,
        commands,
    );
    // Only a model with the choice of quality is large enough to be shared out.
    if view.quality.is_some() {
        let tip = "how many processors compute the models of all instances, in every project";
        let choices = std::iter::once(None).chain((1..=8).map(NonZeroUsize::new));
        let threads = choices.map(|threads| Entry {
            text: words::threads(threads, view.usual_threads),
            tip: String::new(),
            chosen: threads == view.threads,
            command: Some(Command::SetThreads(threads)),
        });
        let shown = words::threads(view.threads, view.usual_threads);
        menu(ui, columns(second, 2)(1), ("", &shown), tip, threads, commands);
    }
    page(ui, its_page, view)
}

/// The menu of automation in a row.
pub(crate) fn automation(ui: &Ui, row: Rect, view: &View, commands: &mut Vec<Command>) {
    let tip = "do changes that you drew come late by the latency? Choose at the output: this host shifts them itself, as Ardour does, and \
               Reaper for CLAP. Do they come early? Choose in time, which suits most hosts";
    let timings = [Automation::InTime, Automation::AtOutput]
        .into_iter()
        .map(|timing| Entry {
            text: words::timing(timing).to_owned(),
            tip: String::new(),
            chosen: timing == view.timing,
            command: Some(Command::SetAutomation(timing)),
        });
    menu(ui, row, ("", words::timing(view.timing)), tip, timings, commands);
}

/// The button that leads to the page of models; says how far a download is.
fn page(ui: &Ui, rect: Rect, view: &View) -> bool {
    let work = view.offers.work.as_ref();
    let text = match work.map(|work| work.share) {
        None => "Models\u{2026}".to_owned(),
        Some(None) => "Busy".to_owned(),
        Some(Some(share)) => format!("{:.0} %", share * 100.0),
    };
    let tip = work.map_or("download, import and remove models", |work| &work.text);
    Button::new(&text)
        .named("models, download and import")
        .show(ui, rect, "models")
        .hint(tip)
        .clicked()
}
