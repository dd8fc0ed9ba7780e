//! The choice of model and of quality, each with what it costs.

use egui::{Align, ComboBox, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::theme;
use crate::view::{Command, Quality, View};
use crate::words;

/// Draws both menus into `rect`, from its left. The quality is offered where the model has the choice.
pub(crate) fn show(ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
    let mut ui = ui.new_child(
        UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center)),
    );
    ui.spacing_mut().interact_size.y = rect.height();
    ui.spacing_mut().button_padding = vec2(8.0, 2.0);
    let small = |text: &str| RichText::new(text).font(theme::small());
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
    let Some(present) = view.quality else { return };
    let menu = ComboBox::from_id_salt("quality")
        .selected_text(small(words::quality(present)))
        .width(96.0)
        .show_ui(&mut ui, |ui| {
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
