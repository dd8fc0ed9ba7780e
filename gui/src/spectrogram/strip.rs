//! The strip above the picture: what is under the pointer, and what can be done with what is kept.
//!
//! Its controls come when the picture is used: a page that is only looked at has none of them.

use egui::{Align2, Popup, Pos2, Rect, RichText, Role, Ui, WidgetInfo, pos2, vec2};

use super::ink::{decibels, level_of, named};
use super::reel::Reel;
use super::scales::{frequency, moment};
use super::section::Axes;
use crate::button::{Button, text};
use crate::hints::Hint;
use crate::theme;
use crate::view::{BANDS, Command, Layer, Mark, Span, View};
use crate::words::sentence;

/// Widths of the menu and of the buttons, in points.
const MENU: f32 = 92.0;
const BUTTON: f32 = 58.0;
const GAP: f32 = 6.0;
/// What can be done, while nothing is under the pointer: as much of it as there is room for.
const HINTS: [&str; 3] = [
    "Drag: hear a part \u{b7} wheel: closer \u{b7} double click: all",
    "Drag: hear a part \u{b7} wheel: closer",
    "Drag: hear a part",
];

/// What the strip is drawn from.
pub(super) struct Strip<'a> {
    pub(super) view: &'a View,
    /// The slot whose query is edited.
    pub(super) slot: usize,
    /// About the place under the pointer, or the span.
    pub(super) words: Option<String>,
    /// The span that is chosen.
    pub(super) span: Option<Span>,
    /// When the queried sound was there; asked for where it is saved.
    pub(super) marks: &'a dyn Fn() -> Vec<Mark>,
    /// Whether the picture is being used.
    pub(super) used: bool,
}

/// What the controls are told apart by.
const CONTROLS: [&str; 3] = ["layer", "hold", "save"];

/// Whether one of the strip's controls has the keyboard, or its menu is open.
pub(super) fn is_used(ui: &Ui) -> bool {
    let focused = ui.memory(|memory| memory.focused());
    let control = |name| focused == Some(ui.scope_id().with(name));
    CONTROLS.into_iter().any(control) || Popup::is_any_open(ui.ctx())
}

impl Strip<'_> {
    /// Draws it into `rect`: words at the left, what is drawn, *hold* and *save* at the right. Words that find no room beside
    /// them stand in the picture, at its top.
    pub(super) fn show(
        &self,
        ui: &Ui,
        rect: Rect,
        picture: Rect,
        layer: &mut Layer,
        commands: &mut Vec<Command>,
    ) {
        let mut right = rect.right();
        let mut place = |width: f32| {
            let place = Rect::from_min_max(pos2(right - width, rect.top()), pos2(right, rect.bottom()));
            right -= width + GAP;
            place
        };
        let (save, hold, menu) = (place(BUTTON), place(BUTTON), place(MENU));
        if self.used {
            choose(ui, menu, layer);
            self.hold(ui, hold, commands);
            self.save(ui, save, *layer, commands);
        }
        let look = theme::of(ui.ctx());
        let left = if self.used {
            rect.with_max_x(menu.left() - 8.0)
        } else {
            rect
        };
        let fits = |words: &str| width(ui, words) <= left.width();
        match &self.words {
            Some(words) if fits(words) => {
                text(ui, left, Align2::LEFT_CENTER, words, theme::tiny(), look.text);
            }
            Some(words) => self.within(ui, picture, words),
            None => {
                if let Some(hint) = HINTS.into_iter().find(|hint| fits(hint)) {
                    text(ui, left, Align2::LEFT_CENTER, hint, theme::tiny(), look.muted);
                }
            }
        }
    }

    /// Words in the picture, at the side that the pointer is not at.
    fn within(&self, ui: &Ui, picture: Rect, words: &str) {
        let size = vec2((width(ui, words) + 12.0).min(picture.width()), 20.0);
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let align = match pointer {
            Some(at) if at.x < picture.center().x => Align2::RIGHT_TOP,
            _ => Align2::LEFT_TOP,
        };
        let place = align.align_size_within_rect(size, picture);
        ui.painter()
            .rect_filled(place, 0.0, theme::SUNKEN.gamma_multiply(0.85));
        let inside = place.shrink2(vec2(6.0, 0.0));
        text(ui, inside, Align2::LEFT_CENTER, words, theme::tiny(), theme::TEXT);
    }

    fn hold(&self, ui: &Ui, rect: Rect, commands: &mut Vec<Command>) {
        let held = self.view.held;
        let button = Button::new("Hold")
            .named("hold the picture")
            .choice(Role::Switch, held)
            .enabled(held || self.view.history_seconds > 0.0);
        let tip = "keep these seconds to look at and listen to, whatever comes in meanwhile";
        if button.show(ui, rect, CONTROLS[1]).hint(tip).clicked() {
            commands.push(Command::Hold(!held));
        }
    }

    fn save(&self, ui: &Ui, rect: Rect, layer: Layer, commands: &mut Vec<Command>) {
        let (view, slot, span) = (self.view, self.slot, self.span);
        let possible = view.history_seconds > 0.0 && (layer == Layer::Mixture || view.asks(slot));
        let tip = format!(
            "write the {} of {} as a sound file, or the marks in them as labels",
            layer.name(),
            match span {
                Some(_) => "the chosen span".to_owned(),
                None => format!("the last {:.0} s", view.history_seconds),
            }
        );
        let button = Button::new("Save\u{2026}")
            .named("save what is kept")
            .enabled(possible);
        if button.show(ui, rect, CONTROLS[2]).hint(tip).clicked() {
            let marks = (self.marks)();
            commands.push(Command::Save {
                slot,
                layer,
                span,
                marks,
            });
        }
    }
}

/// How wide words of the strip are, in points.
fn width(ui: &Ui, words: &str) -> f32 {
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), theme::tiny(), theme::TEXT);
    galley.size().x
}

/// A menu of what is drawn.
fn choose(ui: &Ui, rect: Rect, layer: &mut Layer) {
    let name = format!("shows: {}", layer.name());
    let response = Button::new(&sentence(layer.name()))
        .menu()
        .named(&name)
        .show(ui, rect, CONTROLS[0])
        .hint("what of the sound is drawn here, and saved");
    Popup::menu(&response).gap(4.0).show(|ui| {
        for choice in Layer::ALL {
            let words = RichText::new(sentence(choice.name())).font(theme::small());
            let entry = egui::Button::selectable(choice == *layer, words).min_size(vec2(MENU, 24.0));
            let entry = ui.add(entry);
            let chosen = choice == *layer;
            entry.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, choice.name()));
            if entry.hint(named(choice)).clicked() {
                *layer = choice;
            }
        }
    });
}

/// Time, frequency and level of a place in the picture.
pub(super) fn readout(reel: &Reel, axes: &Axes, layer: Layer, at: Pos2) -> String {
    let seconds = axes.seconds_at(at.x).min(0.0);
    let place = format!(
        "{} \u{b7} {}",
        moment(seconds, 0.01),
        frequency(axes.hertz_at(at.y))
    );
    let Some(column) = reel.at(seconds) else {
        return place;
    };
    let band = ((axes.height_at(at.y) * BANDS as f32) as usize).min(BANDS - 1);
    let (mixture, target) = (column.mixture[band], column.target[band]);
    let found = match layer {
        Layer::Mixture if target > 0 => format!(", target {}", level(target)),
        _ => String::new(),
    };
    format!(
        "{place} \u{b7} {}{found}",
        level(level_of(layer, mixture, target))
    )
}

/// A level in words.
fn level(byte: u8) -> String {
    if byte == 0 {
        "below \u{2212}90 dB".into()
    } else {
        format!("\u{2212}{:.0} dB", -decibels(byte))
    }
}
