//! What a hand does in the picture: look closer, and choose a span.

use egui::{EventFilter, Key, Modifiers, PointerButton, Rect, Response, Ui, remap};

use super::marks::Marks;
use super::reel::Reel;
use super::section::{Axes, Section};
use super::selection::Selection;

/// Points of the wheel after which it is twice as close.
const DOUBLE: f32 = 150.0;
/// What one press of an arrow moves by, as a share of what is in view.
const STEP: f32 = 0.1;
/// What one press of an arrow brings it closer by.
const CLOSER: f32 = 1.25;
/// By what share of what is in view one press of an arrow moves the end of a span.
const FINE: f32 = 0.02;

/// What was done with the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// It is complete: it is to be heard.
    Chosen,
    /// It was let go.
    LetGo,
}

/// What hands can change.
pub(super) struct Held<'a> {
    pub(super) section: &'a mut Section,
    pub(super) selection: &'a mut Option<Selection>,
    pub(super) marks: &'a Marks,
    /// Where the marks are drawn.
    pub(super) lane: Rect,
}

impl Held<'_> {
    /// Changes both as pointer, wheel and keys ask. Says what became of the span.
    pub(super) fn follow(mut self, ui: &Ui, response: &Response, axes: &Axes, reel: &Reel) -> Option<Done> {
        self.look_closer(ui, response, axes);
        let drawn = self.choose(ui, response, axes, reel);
        let typed = response
            .has_focus()
            .then(|| self.keys(ui, response, axes, reel))
            .flatten();
        drawn.or(typed)
    }

    /// With the wheel, by dragging with the other button, with a double click.
    fn look_closer(&mut self, ui: &Ui, response: &Response, axes: &Axes) {
        let section = &mut *self.section;
        if response.double_clicked() {
            *section = Section::default();
        }
        if response.dragged_by(PointerButton::Secondary) {
            let by = response.drag_delta();
            section.pan(-by.x / axes.rect.width(), by.y / axes.rect.height());
        }
        let Some(at) = response.hover_pos() else { return };
        let across = remap(at.x, axes.rect.x_range(), 0.0..=1.0).clamp(0.0, 1.0);
        let up = remap(at.y, axes.rect.bottom()..=axes.rect.top(), 0.0..=1.0).clamp(0.0, 1.0);
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
        if pinch != 1.0 {
            section.zoom_height(up, pinch);
        } else {
            section.zoom_time(across, 2f32.powf(wheel.y / DOUBLE));
            section.pan(-wheel.x / axes.rect.width(), 0.0);
        }
    }

    /// By dragging, or by a click on a mark. Any other click lets go of it; Enter, which is one elsewhere, is not.
    fn choose(&mut self, ui: &Ui, response: &Response, axes: &Axes, reel: &Reel) -> Option<Done> {
        let selection = &mut *self.selection;
        let place = |x: f32| reel.place_of(axes.seconds_at(x.clamp(axes.rect.left(), axes.rect.right())));
        if response.drag_started_by(PointerButton::Primary)
            && let Some(from) = ui.input(|input| input.pointer.press_origin())
        {
            *selection = Some(Selection::at(place(from.x)));
        }
        if let (true, Some(at), Some(chosen)) = (
            response.dragged_by(PointerButton::Primary),
            response.interact_pointer_pos(),
            selection.as_mut(),
        ) {
            chosen.head = place(at.x);
        }
        if response.drag_stopped_by(PointerButton::Primary) {
            return selection
                .and_then(|chosen| chosen.span(reel))
                .map(|_| Done::Chosen);
        }
        let clicked = response.clicked_by(PointerButton::Primary);
        if let Some(at) = response.interact_pointer_pos().filter(|_| clicked)
            && self.lane.contains(at)
            && let Some(mark) = self.marks.at(at.x, reel, axes)
        {
            *selection = Some(mark);
            return Some(Done::Chosen);
        }
        (clicked && selection.take().is_some()).then_some(Done::LetGo)
    }

    /// Arrows look closer (up, down) and go back and forth (left, right). With Alt, up and down go higher and lower. With Shift, up and
    /// down look closer at the pitch, and left and right lead the end of a span, which Enter lets hear. Page Down and Page Up go from
    /// mark to mark. Escape lets go of the span, or shows all.
    fn keys(&mut self, ui: &Ui, response: &Response, axes: &Axes, reel: &Reel) -> Option<Done> {
        let ours = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, ours));
        let pressed = |modifiers: Modifiers, key| {
            ui.input_mut(|input| input.count_and_consume_key(modifiers, key)) as i32
        };
        let both = |modifiers, more, less| pressed(modifiers, more) - pressed(modifiers, less);
        // Those with a key held first: without one, any are meant.
        let pitch = both(Modifiers::SHIFT, Key::ArrowUp, Key::ArrowDown);
        let head = both(Modifiers::SHIFT, Key::ArrowRight, Key::ArrowLeft);
        let higher = both(Modifiers::ALT, Key::ArrowUp, Key::ArrowDown);
        let closer = both(Modifiers::NONE, Key::ArrowUp, Key::ArrowDown);
        let later = both(Modifiers::NONE, Key::ArrowRight, Key::ArrowLeft);
        self.section.zoom_height(0.5, CLOSER.powi(pitch));
        self.section.zoom_time(1.0, CLOSER.powi(closer));
        self.section.pan(STEP * later as f32, STEP * higher as f32);
        let middle = reel.place_of(axes.seconds_at(axes.rect.center().x));
        if head != 0 {
            let width = axes.rect.width() * FINE * head as f32;
            let by = axes.seconds_at(axes.rect.left() + width) - axes.seconds_at(axes.rect.left());
            let chosen = self.selection.get_or_insert(Selection::at(middle));
            chosen.head += f64::from(by / reel.pitch());
        }
        let marks = both(Modifiers::NONE, Key::PageDown, Key::PageUp);
        if marks != 0 {
            let later = marks > 0;
            let (first, last) = (f64::NEG_INFINITY, f64::INFINITY);
            let outside = if later { first } else { last };
            let begin = self
                .selection
                .map_or(outside, |chosen| chosen.anchor.min(chosen.head));
            if let Some(mark) = self.marks.next(begin, later) {
                *self.selection = Some(mark);
                return Some(Done::Chosen);
            }
        }
        if pressed(Modifiers::NONE, Key::Escape) > 0 {
            if self.selection.take().is_some() {
                return Some(Done::LetGo);
            }
            *self.section = Section::default();
        }
        let span = self.selection.and_then(|chosen| chosen.span(reel));
        (span.is_some() && pressed(Modifiers::NONE, Key::Enter) > 0).then_some(Done::Chosen)
    }
}
