//! One of the other models: what it is, what it costs, what can be done with it, and what became of that.

use egui::{Align, Button, Layout, ProgressBar, RichText, Sense, Stroke, Ui, vec2};

use crate::status;
use crate::theme;
use crate::view::{Command, EndView, ModelState, OfferView, View, WorkView};
use crate::words::sentence;

/// Room for the buttons, in points.
const BUTTONS: f32 = 192.0;

/// Draws its row over the whole width.
pub(super) fn show(ui: &mut Ui, offer: &OfferView, view: &View, commands: &mut Vec<Command>) {
    let is_about = |model: &Option<String>| model.as_ref() == Some(&offer.name);
    let work = view.offers.work.as_ref().filter(|work| is_about(&work.model));
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() - BUTTONS);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(RichText::new(&offer.name).font(theme::body()).strong());
            if offer.state == ModelState::Damaged {
                warned(ui, &offer.title);
            } else {
                ui.label(RichText::new(&offer.title).font(theme::small()));
            }
            ui.label(theme::quiet(ui, &offer.facts));
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if work.is_none() {
                buttons(ui, offer, view, commands);
            }
        });
    });
    if let Some(work) = work {
        progress(ui, work, commands);
    }
    if let Some(end) = view.offers.message.as_ref().filter(|end| is_about(&end.model)) {
        self::end(ui, end);
    }
    ui.add_space(4.0);
    let line = ui.cursor().top();
    let ink = Stroke::new(1.0, theme::of(ui.ctx()).hairline);
    ui.painter().hline(ui.max_rect().x_range(), line, ink);
    ui.add_space(4.0);
}

/// What can be done with it, the likeliest at the right end.
fn buttons(ui: &mut Ui, offer: &OfferView, view: &View, commands: &mut Vec<Command>) {
    let busy = view.offers.work.is_some();
    if offer.state == ModelState::Downloadable {
        if ui.add_enabled(!busy, Button::new("Download")).clicked() {
            commands.push(Command::Download(offer.name.clone()));
        }
        return;
    }
    let coming = view.coming.as_ref() == Some(&offer.name);
    let usable = view.models.iter().any(|model| model.name == offer.name);
    if coming {
        ui.label(theme::quiet(ui, "waiting for the host"));
    } else if usable && ui.button("Use").clicked() {
        commands.push(Command::ChooseModel(offer.name.clone()));
    }
    if offer.state != ModelState::Bundled {
        remove(ui, offer, view, commands);
    }
}

/// The button that takes it away.
pub(super) fn remove(ui: &mut Ui, offer: &OfferView, view: &View, commands: &mut Vec<Command>) {
    let idle = view.offers.work.is_none();
    if ui.add_enabled(idle, Button::new("Remove")).clicked() {
        commands.push(Command::Remove(offer.name.clone()));
    }
}

/// What is being done, and how to stop it.
pub(super) fn progress(ui: &mut Ui, work: &WorkView, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 96.0;
        match work.share {
            Some(share) => {
                let words = RichText::new(sentence(&work.text)).font(theme::small());
                ui.add(ProgressBar::new(share).desired_width(width).text(words))
            }
            None => ui.add_sized(
                vec2(width, 20.0),
                egui::Label::new(theme::quiet(ui, &sentence(&work.text))),
            ),
        };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Cancel").clicked() {
                commands.push(Command::CancelWork);
            }
        });
    });
}

/// How it ended.
pub(super) fn end(ui: &mut Ui, end: &EndView) {
    if end.failed {
        warned(ui, &end.text);
    } else {
        ui.label(RichText::new(&end.text).font(theme::small()));
    }
}

/// A sentence beside the sign for what is wrong.
fn warned(ui: &mut Ui, sentence: &str) {
    ui.horizontal_top(|ui| {
        let (sign, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
        status::alarm(ui.painter(), sign.center());
        ui.add(egui::Label::new(RichText::new(sentence).font(theme::small())).wrap());
    });
}
