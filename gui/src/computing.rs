//! Where models are computed, to be chosen where there is a choice, and whether the host waits for them.

use egui::{Align, Layout, RichText, Sense, Stroke, Ui, Widget, vec2};

use crate::hints::Hint;
use crate::menu::{Entry, menu};
use crate::status;
use crate::theme;
use crate::view::{Command, ComputingView, DeviceChoice};
use crate::words;

/// Width and height of the menu, in points.
const MENU: egui::Vec2 = vec2(190.0, 24.0);

/// Draws a row for the device, below it what went wrong, and a row for the wait.
pub(crate) fn show(ui: &mut Ui, computing: &ComputingView, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.set_min_height(MENU.y);
        ui.label(theme::quiet(ui, "Computed on"));
        if computing.has_choice() {
            let (_, rect) = ui.allocate_space(MENU);
            let shown = computing.chosen.title();
            let tip = computing.chosen.help();
            menu(
                ui,
                rect,
                ("computed on", shown),
                tip,
                entries(computing),
                commands,
            );
            ui.label(theme::quiet(ui, &words::computed_on(computing)));
        } else {
            let words = RichText::new(DeviceChoice::Cpu.title()).font(theme::small());
            ui.label(words.color(theme::of(ui.ctx()).text))
                .hint(words::processor_alone(computing));
        }
    });
    if let Some(fault) = &computing.fault {
        failed(ui, fault, computing, commands);
    }
    let mut waits = computing.waits;
    let wait = ui.scope(|ui| {
        // A box is its edge.
        let edge = Stroke::new(1.0, theme::of(ui.ctx()).outline);
        ui.visuals_mut().widgets.inactive.bg_stroke = edge;
        let words = theme::quiet(ui, "Wait for every block");
        ui.checkbox(&mut waits, words)
    });
    let wait = wait.inner;
    if wait.hint(words::WAIT_FOR_EVERY_BLOCK).changed() {
        commands.push(Command::WaitForEveryBlock(waits));
    }
}

fn entries(computing: &ComputingView) -> impl Iterator<Item = Entry> {
    let free = [DeviceChoice::Auto, DeviceChoice::Cpu].map(|device| (device, None));
    let cards = computing
        .cards
        .iter()
        .map(|card| (card.device, card.refused.as_deref()));
    free.into_iter().chain(cards).map(|(device, refused)| Entry {
        text: device.title().into(),
        tip: refused.unwrap_or(device.help()).into(),
        chosen: device == computing.chosen,
        command: refused.is_none().then_some(Command::ChooseDevice(device)),
    })
}

/// Why the processor stands in, beside the sign that warns elsewhere too, and a way to try again.
fn failed(ui: &mut Ui, fault: &str, computing: &ComputingView, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let again = ui.button("Try again");
            if again.hint("load the model for this device anew").clicked() {
                commands.push(Command::ChooseDevice(computing.chosen));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(16.0, 14.0), Sense::hover());
                status::alarm(ui.painter(), rect.center());
                let fault = format!("{fault} The processor computes in its place.");
                let ink = theme::of(ui.ctx()).text;
                let words = RichText::new(&fault).font(theme::small()).color(ink);
                egui::Label::new(words).truncate().ui(ui);
            });
        });
    });
}
