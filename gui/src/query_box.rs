//! The large text box and its smaller one, "but not …": what is typed, what might be meant, and when it comes into force.

use egui::{Align2, Id, Key, Modifiers, Rect, Stroke, Ui, pos2, vec2};

use crate::button::{Button, text};
use crate::examples::{self, Examples};
use crate::field::{Around, Field};
use crate::hints::Hint;
use crate::suggestions::{Suggestion, suggestions};
use crate::theme;
use crate::undo::Undo;
use crate::view::{Command, SLOTS, View};

/// Earlier queries kept.
const HISTORY: usize = 50;
/// Height of a suggestion, in points.
const ROW: f32 = 28.0;

/// Both texts of a slot while they are edited.
#[derive(Debug, Default)]
pub(crate) struct QueryBox {
    query: Field,
    negative: Field,
    /// The slot that the box edits: the active one, or the last active one while none is.
    slot: usize,
    /// What was asked for, the newest last.
    history: Vec<String>,
    /// Where in the history the arrow keys stand, counted from the newest, and what was typed before.
    recalled: Option<(usize, String)>,
    /// Whether suggestions are shown, and which of them is chosen.
    open: bool,
    /// Whether what a project came with can be called back.
    knows_project: bool,
    chosen: Option<usize>,
    examples: Examples,
}

impl QueryBox {
    /// A box that offers these again, the newest last.
    pub(crate) fn with_history(queries: Vec<String>) -> QueryBox {
        QueryBox {
            history: queries,
            ..QueryBox::default()
        }
    }

    /// The slot that the box edits.
    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// Draws the large box into `rect`, with a button beside it while something is typed.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        view: &View,
        undo: &mut Undo,
        commands: &mut Vec<Command>,
    ) {
        let changed = self.query.changed() || self.negative.changed();
        let button = rect.with_min_x(rect.right() - 84.0);
        let field = if changed {
            rect.with_max_x(button.left() - 8.0)
        } else {
            rect
        };
        let colour = theme::of(ui.ctx()).slot(view.slots[self.slot].colour);
        let accepted = self.query(ui, field, colour, undo, view, commands);
        self.examples.show(ui, field, self.slot, view, commands);
        let clicked = changed
            && Button::new("Apply")
                .large()
                .show(ui, button, "apply")
                .hint("Enter applies the text, Esc brings the old one back")
                .clicked();
        if accepted || clicked {
            self.apply(view, commands);
        }
    }

    /// Draws the smaller box into `rect`: what the text does not mean.
    pub(crate) fn without(&mut self, ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
        let colour = theme::of(ui.ctx()).slot(view.slots[self.slot].colour);
        let id = Id::unique("negative");
        let around = Around {
            before: "but not",
            ..Around::default()
        };
        let response = self
            .negative
            .show(ui, rect, id, theme::body(), around, colour)
            .hint("what the text does not mean: typing, but not speech");
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, "but not");
            info.current_text_value = Some(self.negative.draft.clone());
            info
        });
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            self.negative.revert();
        }
        if entered {
            self.apply(view, commands);
        }
    }

    /// The large box with what is suggested below it. Says whether its text is to come into force.
    fn query(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        colour: egui::Color32,
        undo: &mut Undo,
        view: &View,
        commands: &mut Vec<Command>,
    ) -> bool {
        let id = Id::unique("query");
        let had_focus = ui.memory(|memory| memory.has_focus(id));
        let offered = if self.open {
            suggestions(&self.query.draft, &self.history, view.knows_rare_sounds())
        } else {
            Vec::new()
        };
        if had_focus {
            self.keys(ui, &offered, undo, view, commands);
        }
        let after = examples::width(&view.slots[self.slot], rect.width());
        let hint = if after > 0.0 {
            "and in words\u{2026}"
        } else {
            "a dog barking, rain, typing, a man speaking\u{2026}"
        };
        let around = Around {
            before: "",
            hint,
            after,
        };
        let response = self.query.show(ui, rect, id, theme::query(), around, colour);
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, "sound to look for");
            info.current_text_value = Some(self.query.draft.clone());
            info
        });
        if response.gained_focus() && self.query.draft.is_empty() && !self.history.is_empty() {
            // What was asked for before is a click away.
            self.open = true;
        }
        if response.changed() {
            self.open = true;
            self.chosen = None;
            self.recalled = None;
        }
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        let mut apply = response.lost_focus() && pressed(Key::Enter);
        if apply && let Some(suggestion) = self.chosen.and_then(|row| offered.get(row)) {
            self.query.draft.clone_from(&suggestion.text);
        }
        if response.lost_focus() && pressed(Key::Escape) {
            self.query.revert();
        }
        // Drawn in the frame too in which a click has just taken the focus away: it may have been a click on one of them.
        if had_focus && self.open && !offered.is_empty() && !apply {
            let clicked = self.list(ui, rect, &offered);
            if let Some(suggestion) = clicked {
                self.query.draft.clone_from(&suggestion.text);
                ui.memory_mut(|memory| memory.surrender_focus(id));
                apply = true;
            }
        }
        if !response.has_focus() {
            self.open = false;
            self.chosen = None;
            self.recalled = None;
        }
        apply
    }

    /// What the box does with keys that its text has no use for. Down and Up move through what is suggested; from the text,
    /// Up brings earlier queries back.
    fn keys(
        &mut self,
        ui: &Ui,
        offered: &[Suggestion],
        undo: &mut Undo,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::ArrowDown) {
            if let Some((back, _)) = self.recalled {
                self.recall(back.checked_sub(1));
            } else if !self.open {
                self.open = true;
            } else if !offered.is_empty() {
                let next = self.chosen.map_or(0, |row| (row + 1).min(offered.len() - 1));
                self.chosen = Some(next);
            }
        }
        if pressed(Modifiers::NONE, Key::ArrowUp) {
            match self.chosen {
                Some(row) => self.chosen = row.checked_sub(1),
                None => self.recall(Some(self.recalled.as_ref().map_or(0, |(back, _)| back + 1))),
            }
        }
        if !self.query.changed() {
            // While something is typed these keys take back typing; afterwards, what was applied.
            let redo =
                pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || pressed(Modifiers::COMMAND, Key::Y);
            if redo {
                commands.extend(undo.redo(view));
            } else if pressed(Modifiers::COMMAND, Key::Z) {
                commands.extend(undo.undo(view));
            }
        }
    }

    /// Puts an earlier query into the box, counted from the newest, or what was typed before.
    fn recall(&mut self, back: Option<usize>) {
        self.open = false;
        let typed = self
            .recalled
            .take()
            .map_or_else(|| self.query.draft.clone(), |(_, typed)| typed);
        match back.map(|back| (back, self.history.iter().rev().nth(back))) {
            Some((back, Some(text))) => {
                self.query.draft.clone_from(text);
                self.recalled = Some((back, typed));
            }
            // The oldest stays.
            Some((back, None)) if back > 0 => self.recalled = Some((back - 1, typed)),
            _ => self.query.draft = typed,
        }
    }

    /// Draws what is suggested; says which was clicked.
    fn list<'a>(&self, ui: &Ui, field: Rect, offered: &'a [Suggestion]) -> Option<&'a Suggestion> {
        let look = theme::of(ui.ctx());
        let size = vec2(field.width(), offered.len() as f32 * ROW + 8.0);
        let mut clicked = None;
        egui::Area::new(Id::unique("suggestions"))
            .order(egui::Order::Foreground)
            .fixed_pos(field.left_bottom() + vec2(0.0, 4.0))
            .fade_in(false)
            .constrain(false)
            .show(ui.ctx(), |ui| {
                let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                let painter = ui.painter();
                painter.rect(
                    rect,
                    theme::ROUND,
                    look.raised,
                    Stroke::new(1.0, look.outline),
                    egui::StrokeKind::Inside,
                );
                for (i, suggestion) in offered.iter().enumerate() {
                    let top = rect.top() + 4.0 + i as f32 * ROW;
                    let row =
                        Rect::from_min_size(pos2(rect.left() + 4.0, top), vec2(rect.width() - 8.0, ROW));
                    // Not focusable: the keyboard stays in the text.
                    let response =
                        ui.interact(row, ui.scope_id().with(("suggestion", i)), egui::Sense::CLICK);
                    response.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::ListItem, true, &suggestion.text)
                    });
                    let fill = if self.chosen == Some(i) {
                        Some(look.selection)
                    } else if response.hovered() {
                        Some(look.hovered)
                    } else {
                        None
                    };
                    if let Some(fill) = fill {
                        ui.painter().rect_filled(row, theme::ROUND, fill);
                    }
                    let inside = row.shrink2(vec2(10.0, 0.0));
                    let (words, note) = inside.split_left_right_at_x(inside.right() - 64.0);
                    text(
                        ui,
                        words,
                        Align2::LEFT_CENTER,
                        &suggestion.text,
                        theme::body(),
                        look.text,
                    );
                    if suggestion.recent {
                        text(
                            ui,
                            note,
                            Align2::RIGHT_CENTER,
                            "recent",
                            theme::small(),
                            look.muted,
                        );
                    }
                    if response.clicked() {
                        clicked = Some(suggestion);
                    }
                }
            });
        clicked
    }

    /// Takes over what changed outside; to be called at the beginning of a frame.
    pub(crate) fn follow(&mut self, view: &View) {
        let slot = view.active.unwrap_or(self.slot).min(SLOTS - 1);
        let another = slot != self.slot;
        self.slot = slot;
        self.query.follow(&view.slots[slot].text, another);
        self.negative.follow(&view.slots[slot].negative, another);
        if !self.knows_project {
            for slot in view.slots.iter().rev().filter(|slot| !slot.text.is_empty()) {
                self.knows_project = true;
                if !self.history.contains(&slot.text) {
                    self.history.push(slot.text.clone());
                }
            }
        }
    }

    /// Puts both texts into force. A query typed while every slot is off switches its slot on: it was typed to be heard.
    fn apply(&mut self, view: &View, commands: &mut Vec<Command>) {
        let slot = self.slot;
        if let Some(text) = self.query.take() {
            if !text.is_empty() {
                self.history.retain(|other| *other != text);
                self.history.push(text.clone());
                let surplus = self.history.len().saturating_sub(HISTORY);
                self.history.drain(..surplus);
            }
            commands.push(Command::SetQuery { slot, text });
        }
        if let Some(text) = self.negative.take() {
            commands.push(Command::SetNegative { slot, text });
        }
        if view.active.is_none() && !self.query.origin.is_empty() {
            commands.push(Command::SelectSlot(Some(slot)));
            if view.also == Some(slot) {
                commands.push(Command::SetAlso(None));
            }
        }
    }
}
