//! The large text box: what is typed, what is in force, and when the one becomes the other.

use egui::{
    Align2, Frame, Id, Key, Margin, Rect, RichText, Role, Sense, Stroke, TextEdit, Ui, UiBuilder, WidgetInfo,
};

use crate::theme;
use crate::view::{Command, View};

/// Longest query, in characters. Longer texts add nothing that the encoders read.
pub const QUERY_LIMIT: usize = 300;
/// Longest name of a slot or preset, in characters.
pub const NAME_LIMIT: usize = 40;

/// The text being typed, and what it was started from.
#[derive(Debug, Default)]
pub(crate) struct QueryBox {
    draft: String,
    /// The text in force when the draft was last equal to it.
    origin: String,
    /// The slot that the box edits: the active one, or the last active one while none is.
    slot: usize,
}

impl QueryBox {
    /// The slot that the box edits.
    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// Draws the box and its button into `rect`.
    pub(crate) fn show(&mut self, ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
        self.follow(view);
        let id = Id::unique("query");
        let had_focus = ui.memory(|memory| memory.has_focus(id));
        let button = Rect::from_min_max(egui::pos2(rect.right() - 104.0, rect.top()), rect.max);
        let field = Rect::from_min_max(rect.min, egui::pos2(button.left() - 10.0, rect.bottom()));

        let outline = if had_focus {
            Stroke::new(2.0, theme::ACCENT)
        } else {
            Stroke::new(1.0, theme::OUTLINE)
        };
        let edit = TextEdit::singleline(&mut self.draft)
            .id(id)
            .font(theme::query())
            .text_color(theme::TEXT)
            .hint_text(
                RichText::new("a dog barking, rain, typing, a man speaking\u{2026}").color(theme::MUTED),
            )
            .char_limit(QUERY_LIMIT)
            .desired_width(field.width())
            .min_size(field.size())
            .align(Align2::LEFT_CENTER)
            .frame(
                Frame::new()
                    .fill(theme::SUNKEN)
                    .stroke(outline)
                    .corner_radius(theme::ROUND)
                    .inner_margin(Margin::symmetric(14, 8)),
            );
        let response = ui
            .scope_builder(UiBuilder::new().max_rect(field), |ui| ui.add(edit))
            .inner;

        let pressed = |key| ui.input(|input| input.key_pressed(key));
        let mut apply = response.lost_focus() && pressed(Key::Enter);
        if response.lost_focus() && pressed(Key::Escape) {
            self.draft.clone_from(&self.origin);
        }
        let changed = self.draft.trim() != self.origin;
        let (label, ink, fill) = if changed {
            ("Apply", theme::ON_ACCENT, theme::ACCENT)
        } else if self.origin.is_empty() {
            ("Apply", theme::MUTED, theme::RAISED)
        } else {
            ("Applied", theme::MUTED, theme::RAISED)
        };
        let sense = if changed { Sense::click() } else { Sense::hover() };
        let apply_button = ui.interact(button, id.with("apply"), sense);
        apply_button.widget_info(|| WidgetInfo::labeled(Role::Button, changed, label));
        let lit = changed && (apply_button.hovered() || apply_button.has_focus());
        ui.painter()
            .rect_filled(button, theme::ROUND, if lit { theme::ACCENT_LIT } else { fill });
        ui.painter()
            .text(button.center(), Align2::CENTER_CENTER, label, theme::body(), ink);
        let hint = "Enter applies the text, Esc brings the old one back";
        apply |= apply_button.on_hover_text(hint).clicked();
        if apply {
            self.apply(view, commands);
        }
    }

    /// Takes over what changed outside: another slot, or another text in it that is not being edited here.
    fn follow(&mut self, view: &View) {
        let slot = view.active.unwrap_or(self.slot);
        let text = &view.slots[slot.min(view.slots.len() - 1)].text;
        let untouched = self.draft.trim() == self.origin;
        if slot != self.slot || (untouched && *text != self.origin) {
            self.draft.clone_from(text);
        }
        self.slot = slot;
        self.origin.clone_from(text);
    }

    /// Puts the draft into force. A query typed while every slot is off switches its slot on: it was typed to be heard.
    fn apply(&mut self, view: &View, commands: &mut Vec<Command>) {
        let text = self.draft.trim().to_owned();
        self.draft.clone_from(&text);
        if text != self.origin {
            self.origin.clone_from(&text);
            commands.push(Command::SetQuery {
                slot: self.slot,
                text: text.clone(),
            });
        }
        if view.active.is_none() && !text.is_empty() {
            commands.push(Command::SelectSlot(Some(self.slot)));
        }
    }
}
