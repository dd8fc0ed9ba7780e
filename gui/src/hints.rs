//! Tooltips wait for a pointer that has moved: a window that opens under a resting one must not begin with words over what a person
//! is about to use.

use egui::{Context, Pos2, Response};

use crate::words::sentence;

/// For so many seconds a pointer rests on a control before its tooltip comes.
const REST: f32 = 0.6;
/// As good as never: egui counts with it, so it is a number.
const NEVER: f32 = 1e6;
/// What a hand on a desk moves a pointer by without meaning it, in points.
const TREMBLING: f32 = 2.0;

/// Whether the pointer has moved since the editor was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Hints {
    /// It has not been over the window.
    #[default]
    Away,
    /// It has been here since it came, or since the window opened under it.
    Resting(Pos2),
    /// Tooltips may come.
    Moved,
}

impl Hints {
    /// To be called at the beginning of each frame.
    pub(crate) fn feed(&mut self, context: &Context) {
        let here = context.input(|input| input.pointer.latest_pos());
        *self = match (*self, here) {
            (Hints::Away, Some(here)) => Hints::Resting(here),
            (Hints::Resting(from), Some(here)) if from.distance(here) > TREMBLING => Hints::Moved,
            (now, _) => now,
        };
        let delay = if *self == Hints::Moved { REST } else { NEVER };
        if context.global_style().interaction.tooltip_delay != delay {
            context.all_styles_mut(|style| style.interaction.tooltip_delay = delay);
        }
    }
}

/// A tooltip: a sentence, so it begins with a capital.
pub(crate) trait Hint {
    /// Shown where the control can be used.
    fn hint(self, words: impl AsRef<str>) -> Self;
    /// Shown where it cannot.
    fn hint_where_disabled(self, words: impl AsRef<str>) -> Self;
}

impl Hint for Response {
    fn hint(self, words: impl AsRef<str>) -> Response {
        self.on_hover_text(sentence(words.as_ref()))
    }

    fn hint_where_disabled(self, words: impl AsRef<str>) -> Response {
        self.on_disabled_hover_text(sentence(words.as_ref()))
    }
}
