//! The choice of model, of quality with what it costs, and of the level at which the model hears.

use std::num::NonZeroUsize;

use egui::{Align, ComboBox, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::theme;
use crate::view::{Command, Quality, View};
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

fn small(text: &str) -> RichText {
    RichText::new(text).font(theme::small())
}

/// Draws the menus into `rect`, from its left. The quality is offered where the model has the choice. Says whether the page
/// of models is wanted.
pub(crate) fn show(ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) -> bool {
    let mut ui = ui.new_child(
        UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center)),
    );
    ui.spacing_mut().interact_size.y = rect.height();
    ui.spacing_mut().button_padding = vec2(8.0, 2.0);
    let wanted = view.coming.as_ref().unwrap_or(&view.model.name);
    let shown = if view.coming.is_some() {
        format!("{wanted} (waiting)")
    } else {
        wanted.clone()
    };
    let menu = ComboBox::from_id_salt("model")
        .selected_text(small(&shown))
        .width(150.0)
        .show_ui(&mut ui, |ui| {
            for model in &view.models {
                let entry = ui.selectable_label(model.name == *wanted, small(&model.name));
                if entry.on_hover_text(words::model(model)).clicked() && model.name != *wanted {
                    commands.push(Command::ChooseModel(model.name.clone()));
                }
            }
        });
    menu.response
        .on_hover_text(format!("the model that is heard: {}", words::model(&view.model)));
    if let Some(present) = view.quality {
        qualities(&mut ui, present, view, commands);
    }
    let menu = ComboBox::from_id_salt("trim")
        .selected_text(small(&words::trim(view.trim)))
        .width(120.0)
        .show_ui(&mut ui, |ui| {
            for trim in TRIMS {
                let entry = ui.selectable_label(trim == view.trim, small(&words::trim(trim)));
                if entry.clicked() && trim != view.trim {
                    commands.push(Command::SetTrim(trim));
                }
            }
        });
    menu.response.on_hover_text(
        "how loud the model hears the input; what comes out keeps its level. Turn it up where a quiet sound is missed",
    );
    // Only a model with the choice of quality is large enough to be shared out.
    if view.quality.is_some() {
        threads(&mut ui, view, commands);
    }
    ui.button(small("models\u{2026}"))
        .on_hover_text("download, import and remove models")
        .clicked()
}

fn threads(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let choices = std::iter::once(None).chain((1..=8).map(NonZeroUsize::new));
    let menu = ComboBox::from_id_salt("threads")
        .selected_text(small(&words::threads(view.threads, view.usual_threads)))
        .width(120.0)
        .show_ui(ui, |ui| {
            for choice in choices {
                let text = words::threads(choice, view.usual_threads);
                let entry = ui.selectable_label(choice == view.threads, small(&text));
                if entry.clicked() && choice != view.threads {
                    commands.push(Command::SetThreads(choice));
                }
            }
        });
    menu.response
        .on_hover_text("how many processors compute the models of all instances, in every project");
}

fn qualities(ui: &mut Ui, present: Quality, view: &View, commands: &mut Vec<Command>) {
    let menu = ComboBox::from_id_salt("quality")
        .selected_text(small(words::quality(present)))
        .width(96.0)
        .show_ui(ui, |ui| {
            for (quality, seconds) in Quality::ALL.into_iter().zip(view.quality_latency) {
                let text = format!("{}: {seconds:.2} s of latency", words::quality(quality));
                if ui.selectable_label(quality == present, small(&text)).clicked() && quality != present {
                    commands.push(Command::ChooseQuality(quality));
                }
            }
        });
    menu.response
        .on_hover_text("how far ahead the model hears: more is better, and later");
}
