//! The page on which models come and go.

use egui::{
    Align, Button, Key, Layout, ProgressBar, Rect, RichText, ScrollArea, Stroke, Ui, UiBuilder, vec2,
};

use crate::computing;
use crate::path_line::{self, Path};
use crate::theme;
use crate::view::{Command, ModelState, OfferView, View, WorkView};

/// The page's own state.
#[derive(Debug, Default)]
pub(crate) struct Manager {
    open: bool,
    /// What is typed as the files to import.
    files: String,
}

impl Manager {
    /// Whether it is shown in place of the editor's page.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn open(&mut self) {
        self.open = true;
    }

    /// Draws the page into `rect`.
    pub(crate) fn show(&mut self, ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
        let mut ui = ui.new_child(
            UiBuilder::new()
                .max_rect(rect)
                .layout(Layout::top_down(Align::Min)),
        );
        let ui = &mut ui;
        ui.spacing_mut().item_spacing = vec2(8.0, 10.0);
        ui.spacing_mut().button_padding = vec2(12.0, 5.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Models").font(theme::title()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let close = ui.button("Back to the sound");
                if close.clicked() || ui.input(|input| input.key_pressed(Key::Escape)) {
                    self.open = false;
                }
            });
        });
        computing::show(ui, &view.computing, commands);
        ui.add_space(2.0);
        let offers = &view.offers;
        let below = 84.0 + if offers.message.is_some() { 44.0 } else { 0.0 };
        ScrollArea::vertical()
            .max_height((ui.available_height() - below).max(60.0))
            .auto_shrink(false)
            .show(ui, |ui| {
                for offer in &offers.models {
                    row(ui, offer, offers.work.is_some(), commands);
                }
            });
        if let Some(message) = &offers.message {
            ui.label(RichText::new(message).font(theme::small()));
        }
        match &offers.work {
            Some(work) => progress(ui, work, commands),
            None => self.import(ui, commands),
        }
        ui.label(theme::quiet(
            ui,
            &format!("Installed models lie in {}", offers.folder),
        ));
    }

    fn import(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let hint = "paths of the files to import, several apart by semicolons";
        match path_line::show(ui, &mut self.files, hint, "Import") {
            Some(Path::Typed(typed)) => {
                let files: Vec<String> = typed
                    .split(';')
                    .map(|file| file.trim().trim_matches('"').to_owned())
                    .filter(|file| !file.is_empty())
                    .collect();
                if !files.is_empty() {
                    commands.push(Command::Import(files));
                }
            }
            Some(Path::Browse) => commands.push(Command::BrowseModels),
            None => {}
        }
    }
}

fn row(ui: &mut Ui, offer: &OfferView, busy: bool, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() - 112.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(RichText::new(&offer.name).font(theme::body()));
            ui.label(theme::quiet(ui, &offer.title));
            ui.label(theme::quiet(ui, &offer.facts));
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let command = match offer.state {
                ModelState::Bundled => {
                    ui.label(theme::quiet(ui, "part of Earmark"));
                    return;
                }
                ModelState::Downloadable => ("Download", Command::Download(offer.name.clone())),
                ModelState::Installed | ModelState::Damaged => {
                    ("Remove", Command::Remove(offer.name.clone()))
                }
            };
            if ui.add_enabled(!busy, Button::new(command.0)).clicked() {
                commands.push(command.1);
            }
        });
    });
    let line = ui.cursor().top();
    let ink = Stroke::new(1.0, theme::of(ui.ctx()).hairline);
    ui.painter().hline(ui.max_rect().x_range(), line, ink);
    ui.add_space(2.0);
}

fn progress(ui: &mut Ui, work: &WorkView, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 96.0;
        match work.share {
            Some(share) => ui.add(ProgressBar::new(share).desired_width(width).text(&work.text)),
            None => ui.add_sized(vec2(width, 20.0), egui::Label::new(theme::quiet(ui, &work.text))),
        };
        if ui.button("Cancel").clicked() {
            commands.push(Command::CancelWork);
        }
    });
}
