//! The page of models: the one in force first, with what it knows and costs, then the others, and where more come from.

mod entry;
mod in_force;

use egui::{Align, Key, Layout, Rect, RichText, ScrollArea, Stroke, Ui, UiBuilder, vec2};

use crate::path_line::{self, Path};
use crate::theme;
use crate::view::{Command, OfferView, View};

/// Height of the import's line and of the folder's below it, in points.
const BELOW: f32 = 64.0;

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
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
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
        let offers = &view.offers;
        let in_force = |offer: &&OfferView| offer.name == view.model.name;
        in_force::show(ui, offers.models.iter().find(in_force), view, commands);
        heading(ui, "Other models");
        // What no row is about is said below them.
        let is_listed = |name: &Option<String>| {
            let listed = |offer: &OfferView| Some(&offer.name) == name.as_ref();
            offers.models.iter().any(listed)
        };
        let work = offers.work.as_ref().filter(|work| !is_listed(&work.model));
        let end = offers.message.as_ref().filter(|end| !is_listed(&end.model));
        let extra = 28.0 * (u8::from(work.is_some()) + u8::from(end.is_some())) as f32;
        ScrollArea::vertical()
            .max_height((ui.available_height() - BELOW - extra).max(60.0))
            .auto_shrink(false)
            .show(ui, |ui| {
                for offer in offers.models.iter().filter(|offer| !in_force(offer)) {
                    entry::show(ui, offer, view, commands);
                }
            });
        if let Some(work) = work {
            entry::progress(ui, work, commands);
        }
        if let Some(end) = end {
            entry::end(ui, end);
        }
        self.import(ui, offers.work.is_none(), commands);
        ui.label(theme::quiet(
            ui,
            &format!("Installed models lie in {}", offers.folder),
        ));
    }

    fn import(&mut self, ui: &mut Ui, possible: bool, commands: &mut Vec<Command>) {
        let hint = "Paths of files to import, several apart by semicolons";
        let path = ui.add_enabled_ui(possible, |ui| {
            path_line::show(ui, &mut self.files, hint, "Import")
        });
        match path.inner {
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

/// What follows, and a line from there to the right.
fn heading(ui: &mut Ui, words: &str) {
    ui.horizontal(|ui| {
        ui.label(theme::quiet(ui, words));
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), egui::Sense::hover());
        let ink = Stroke::new(1.0, theme::of(ui.ctx()).hairline);
        ui.painter()
            .hline(row.x_range(), row.center().y.round() + 0.5, ink);
    });
}
