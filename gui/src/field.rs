//! A text of a slot that is being typed, beside the one in force.

use earmark_controls::QUERY_LIMIT;
use egui::{
    Align2, Color32, FontId, Frame, Id, Margin, Rect, Response, RichText, Stroke, TextEdit, Ui, UiBuilder,
    vec2,
};

use crate::theme;

/// What is typed, and what it was started from.
#[derive(Debug, Default)]
pub(crate) struct Field {
    pub(crate) draft: String,
    /// The text in force when the draft was last equal to it.
    pub(crate) origin: String,
}

/// What a field holds beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Around<'a> {
    /// Stands before the text, whatever that is.
    pub(crate) before: &'a str,
    /// Stands in the place of a text that is empty.
    pub(crate) hint: &'a str,
    /// Points at the right side that are left for something else.
    pub(crate) after: f32,
}

impl Field {
    /// Whether what is typed is not what is in force.
    pub(crate) fn changed(&self) -> bool {
        self.draft.trim() != self.origin
    }

    /// Takes over what changed outside: all of it where another slot is edited, else only while nothing is being typed here.
    pub(crate) fn follow(&mut self, text: &str, another_slot: bool) {
        if another_slot || (!self.changed() && text != self.origin) {
            text.clone_into(&mut self.draft);
        }
        text.clone_into(&mut self.origin);
    }

    /// Brings the text in force back.
    pub(crate) fn revert(&mut self) {
        self.draft.clone_from(&self.origin);
    }

    /// What is to be put into force, where that is something new.
    pub(crate) fn take(&mut self) -> Option<String> {
        let text = self.draft.trim().to_owned();
        self.draft.clone_from(&text);
        (text != self.origin).then(|| {
            self.origin.clone_from(&text);
            text
        })
    }

    /// Draws the field into `rect`.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        id: Id,
        font: FontId,
        Around { before, hint, after }: Around,
        outline: Color32,
    ) -> Response {
        let look = theme::of(ui.ctx());
        let prefix = ui
            .painter()
            .layout_no_wrap(before.to_owned(), font.clone(), look.muted);
        let left = 12.0
            + if before.is_empty() {
                0.0
            } else {
                prefix.size().x + 6.0
            };
        let focus = ui.memory(|memory| memory.has_focus(id));
        let outline = if focus {
            Stroke::new(2.0, outline)
        } else {
            Stroke::new(1.0, look.outline)
        };
        let edit = TextEdit::singleline(&mut self.draft)
            .id(id)
            .font(font)
            .text_color(look.text)
            .hint_text(RichText::new(hint).color(look.muted))
            .char_limit(QUERY_LIMIT)
            .desired_width(rect.width())
            .min_size(rect.size())
            .align(Align2::LEFT_CENTER)
            .frame(
                Frame::new()
                    .fill(look.sunken)
                    .stroke(outline)
                    .corner_radius(theme::ROUND)
                    .inner_margin(Margin {
                        left: left as i8,
                        right: (12.0 + after).min(f32::from(i8::MAX)) as i8,
                        top: 6,
                        bottom: 6,
                    }),
            );
        let response = ui
            .scope_builder(UiBuilder::new().max_rect(rect), |ui| ui.add(edit))
            .inner;
        let at = rect.left_center() + vec2(12.0, -0.5 * prefix.size().y);
        ui.painter().galley(at, prefix, look.muted);
        response
    }
}
