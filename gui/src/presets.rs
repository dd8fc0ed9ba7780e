//! The menu of presets: choose, keep, open a file, remove.

use earmark_controls::NAME_LIMIT;
use egui::{Key, Popup, PopupCloseBehavior, Rect, Response, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::button::Button;
use crate::hints::Hint;
use crate::path_line::{self, BUTTON, Path};
use crate::theme;
use crate::view::{Command, PresetView, View};

/// Width of the menu, in points.
const WIDTH: f32 = 260.0;

/// What is typed in the menu.
#[derive(Debug, Default)]
pub(crate) struct Presets {
    name: String,
    file: String,
}

impl Presets {
    /// Draws the button that opens the menu, and the menu where it is open.
    pub(crate) fn show(&mut self, ui: &Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
        let shown = view.preset.as_deref().unwrap_or("Presets");
        let response = Button::new(shown)
            .menu()
            .named(&format!("preset: {shown}"))
            .show(ui, rect, "presets")
            .hint("sounds to begin with, and your own");
        let shown = Popup::menu(&response)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .gap(4.0)
            .width(WIDTH)
            .show(|ui| self.menu(ui, view, commands));
        if shown.is_some_and(|shown| shown.inner) {
            Popup::close_id(&response.ctx, Popup::default_response_id(&response));
        }
    }

    /// Says whether it has done its duty.
    fn menu(&mut self, ui: &mut Ui, view: &View, commands: &mut Vec<Command>) -> bool {
        ui.set_width(WIDTH - 8.0);
        let mut done = ui.input(|input| input.key_pressed(Key::Escape));
        let room = (ui.ctx().content_rect().height() - 190.0).max(80.0);
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            for (factory, heading) in [(true, "From Earmark"), (false, "Your own")] {
                let mut of_kind = view
                    .presets
                    .iter()
                    .filter(|preset| preset.factory == factory)
                    .peekable();
                if of_kind.peek().is_none() {
                    continue;
                }
                ui.label(theme::quiet(ui, heading));
                for preset in of_kind {
                    done |= entry(ui, preset, view, commands);
                }
            }
        });
        ui.separator();
        // A menu's own buttons have no ground; these stand beside fields.
        ui.visuals_mut().widgets.inactive.weak_bg_fill = theme::of(ui.ctx()).hovered;
        if let Some(name) = line(ui, &mut self.name, "name", "Save", NAME_LIMIT) {
            commands.push(Command::SavePreset(name));
            done = true;
        }
        if let Some(path) = path_line::show(ui, &mut self.file, "path of a preset's file", "Open") {
            commands.push(match path {
                Path::Typed(file) => Command::LoadPreset(file.trim_matches('"').into()),
                Path::Browse => Command::BrowsePreset,
            });
            done = true;
        }
        done
    }
}

fn entry(ui: &mut Ui, preset: &PresetView, view: &View, commands: &mut Vec<Command>) -> bool {
    let present = view.preset.as_ref() == Some(&preset.name);
    let small = RichText::new(&preset.name).font(theme::small());
    let button = |width: f32| {
        egui::Button::selectable(present, small)
            .min_size(vec2(width, 24.0))
            .truncate()
    };
    if preset.factory {
        let chosen = ui.add(button(ui.available_width())).clicked();
        if chosen {
            commands.push(Command::ChoosePreset(preset.name.clone()));
        }
        return chosen;
    }
    ui.horizontal(|ui| {
        let width = ui.available_width() - 76.0;
        let chosen = ui.add_sized(vec2(width, 24.0), button(width)).clicked();
        if chosen {
            commands.push(Command::ChoosePreset(preset.name.clone()));
        }
        if ui.button(RichText::new("Remove").font(theme::small())).clicked() {
            commands.push(Command::RemovePreset(preset.name.clone()));
        }
        chosen
    })
    .inner
}

/// A text with a button; gives the text when either is done with.
fn line(ui: &mut Ui, text: &mut String, hint: &str, button: &str, limit: usize) -> Option<String> {
    let look = theme::of(ui.ctx());
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(text)
            .char_limit(limit)
            .font(theme::small())
            .hint_text(RichText::new(hint).font(theme::small()).color(look.muted))
            .margin(theme::FIELD_MARGIN)
            .desired_width(ui.available_width() - BUTTON - ui.spacing().item_spacing.x);
        let field: Response = ui.add(edit);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let possible = !text.trim().is_empty();
        let button =
            egui::Button::new(RichText::new(button).font(theme::small())).min_size(vec2(BUTTON, 0.0));
        let pressed = ui.add_enabled(possible, button).clicked();
        (possible && (entered || pressed)).then(|| std::mem::take(text).trim().to_owned())
    })
    .inner
}
