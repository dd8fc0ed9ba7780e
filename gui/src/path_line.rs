//! A line for the path of a file: typed, or looked for in the system's dialog where nothing is typed.

use egui::{Key, RichText, TextEdit, Ui, vec2};

use crate::theme;

/// What the button says while nothing is typed.
const BROWSE: &str = "Browse\u{2026}";
/// The button's width, in points, wide enough for either word.
pub(crate) const BUTTON: f32 = 84.0;
/// No system has longer paths.
const LONGEST: usize = 4096;

/// What is wanted of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Path {
    /// This one, without spaces at its ends.
    Typed(String),
    /// To choose one in a dialog.
    Browse,
}

/// Draws the line over the whole width; `verb` is what is done with a path that is typed.
pub(crate) fn show(ui: &mut Ui, text: &mut String, hint: &str, verb: &str) -> Option<Path> {
    let look = theme::of(ui.ctx());
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(text)
            .char_limit(LONGEST)
            .font(theme::small())
            .hint_text(RichText::new(hint).font(theme::small()).color(look.muted))
            .margin(theme::FIELD_MARGIN)
            .desired_width(ui.available_width() - BUTTON - ui.spacing().item_spacing.x);
        let field = ui.add(edit);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let typed = !text.trim().is_empty();
        let label = RichText::new(if typed { verb } else { BROWSE }).font(theme::small());
        let pressed = ui
            .add(egui::Button::new(label).min_size(vec2(BUTTON, 0.0)))
            .clicked();
        match (typed, pressed || entered) {
            (true, true) => Some(Path::Typed(std::mem::take(text).trim().to_owned())),
            (false, true) if pressed => Some(Path::Browse),
            _ => None,
        }
    })
    .inner
}
