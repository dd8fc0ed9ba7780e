//! A panic while the page is drawn: it ends the page, and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What is shown in the page's place.
const WORDS: &str = "The editor ran into an error of its own and stopped drawing. The sound goes on. Close this window and open it again.";

/// Draws until the first panic.
#[derive(Debug, Default)]
pub(super) struct Fallen(bool);

impl Fallen {
    /// Draws with `draw`; after a panic in it, in this frame or an earlier one, one sentence instead. Says whether `draw` came to its end.
    pub(super) fn guard(&mut self, ui: &mut egui::Ui, draw: impl FnOnce(&mut egui::Ui)) -> bool {
        if !self.0 {
            // What the page had half changed is not looked at again.
            self.0 = catch_unwind(AssertUnwindSafe(|| draw(ui))).is_err();
            if !self.0 {
                return true;
            }
            tracing::error!("the editor panicked: {WORDS}");
            // The next frame is drawn at once.
            ui.ctx().request_repaint();
        }
        // Neither layout nor input: it cannot be what panicked.
        let (rect, visuals) = (ui.ctx().content_rect(), ui.visuals());
        let (ground, ink) = (visuals.panel_fill, visuals.text_color());
        let painter = ui.painter().with_clip_rect(rect);
        painter.rect_filled(rect, 0.0, ground);
        let font = egui::TextStyle::Body.resolve(ui.style());
        let words = painter.layout(WORDS.into(), font, ink, rect.width() * 0.8);
        painter.galley(rect.center() - words.size() / 2.0, words, ink);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of one frame.
    fn frame(
        context: &egui::Context,
        fallen: &mut Fallen,
        draw: impl Fn(&mut egui::Ui),
    ) -> (bool, Vec<String>) {
        let mut came_to_its_end = false;
        let mut output = context.run_ui(egui::RawInput::default(), |ui| {
            came_to_its_end = fallen.guard(ui, &draw);
        });
        output.textures_delta.clear();
        let texts = output.shapes.iter().filter_map(|shape| match &shape.shape {
            egui::Shape::Text(text) => Some(text.galley.text().to_owned()),
            _ => None,
        });
        (came_to_its_end, texts.collect())
    }

    #[test]
    fn a_panic_while_drawing_ends_in_a_sentence_and_is_not_repeated() {
        let context = egui::Context::default();
        let mut fallen = Fallen::default();
        let page = |ui: &mut egui::Ui| {
            ui.label("the page");
        };
        assert_eq!(
            frame(&context, &mut fallen, page),
            (true, vec!["the page".into()])
        );
        let broken = |ui: &mut egui::Ui| {
            ui.horizontal(|ui| {
                ui.label("half");
                ui.ctx().data_mut(|_| panic!("as it should"));
            });
        };
        let (ended, texts) = frame(&context, &mut fallen, broken);
        assert!(!ended && texts.contains(&WORDS.to_owned()), "{texts:?}");
        let again = frame(&context, &mut fallen, |_| panic!("it is not drawn again"));
        assert_eq!(again, (false, vec![WORDS.to_owned()]));
        assert_eq!(
            frame(&context, &mut Fallen::default(), page),
            (true, vec!["the page".into()]),
            "another window draws"
        );
    }
}
