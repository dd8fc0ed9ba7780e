//! The model in force, what it knows and what it costs.

use egui::{Align, Frame, Layout, Margin, RichText, Stroke, Ui};

use super::entry;
use crate::computing;
use crate::theme;
use crate::view::{Command, ModelState, OfferView, View};
use crate::words;

/// Width of the bar at its left edge, in points.
const BAR: f32 = 4.0;

/// Draws the card over the whole width. `offer` is what the page says of this model besides.
pub(super) fn show(ui: &mut Ui, offer: Option<&OfferView>, view: &View, commands: &mut Vec<Command>) {
    let look = theme::of(ui.ctx());
    let card = Frame::new()
        .stroke(Stroke::new(1.0, look.outline))
        .corner_radius(theme::ROUND)
        .inner_margin(Margin {
            left: 20,
            right: 16,
            top: 10,
            bottom: 12,
        })
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.horizontal(|ui| {
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width() - 112.0);
                    let name = match &view.coming {
                        None => "In use".to_owned(),
                        Some(coming) => format!("In use until the host lets {coming} take over"),
                    };
                    ui.label(theme::quiet(ui, &name));
                    ui.label(RichText::new(&view.model.name).font(theme::query()));
                    let title = offer.map_or(&view.model.title, |offer| &offer.title);
                    ui.label(RichText::new(title).font(theme::body()));
                    ui.label(theme::quiet(ui, &words::cost(view)));
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let offer = offer.filter(|offer| offer.state == ModelState::Installed);
                    if let Some(offer) = offer {
                        entry::remove(ui, offer, view, commands);
                    }
                });
            });
            ui.add_space(4.0);
            computing::show(ui, &view.computing, commands);
        });
    let rect = card.response.rect.shrink(8.0);
    let slot = view.active.map_or(0, |slot| view.slots[slot].colour);
    let bar = rect.with_max_x(rect.left() + BAR);
    ui.painter().rect_filled(bar, 2.0, look.accent(slot).fill);
}
