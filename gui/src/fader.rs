//! A horizontal fader with its name, its value in words, and solo and mute where it is one of two parts.

use egui::{
    Align2, Color32, Key, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::button::{Button, text};
use crate::hints::Hint;
use crate::theme;
use crate::view::{Command, Control, Part, View};

/// What a fader says about itself.
pub(crate) struct Caption {
    /// What it moves.
    pub(crate) control: Control,
    /// Shown instead of the value where the fader has no effect.
    pub(crate) unused: Option<&'static str>,
    /// Colour of its filled part.
    pub(crate) colour: Color32,
}

/// How every fader is handled, for its tooltip.
pub(crate) const HANDLING: &str = "double click for the default, Shift for small steps";

/// Where a hand takes hold of a fader.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hand {
    /// All that belongs to it.
    pub(crate) whole: Rect,
    /// From its least value at the left to its greatest at the right.
    pub(crate) track: Rect,
    /// The part of `whole` where a press moves nothing.
    pub(crate) apart: Rect,
}

/// Where the parts of a fader's row stand, in points from its ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Widths {
    /// Room for the name.
    pub(crate) name: f32,
    /// Room for solo and mute, 0 for none.
    pub(crate) buttons: f32,
    /// Room for the value.
    pub(crate) value: f32,
}

/// The fader being dragged. The host may be slow to report a new value, so the fader follows the hand instead.
#[derive(Debug, Default)]
pub(crate) struct Faders {
    held: Option<(Control, f32)>,
    /// Whether the held fader has been drawn in this frame.
    seen: bool,
}

impl Faders {
    /// Draws a fader into `rect`.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        widths: Widths,
        caption: &Caption,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        // The knob's half and its ring stay within the track's own room.
        let track = Rect::from_min_max(
            pos2(rect.left() + widths.name + widths.buttons + 12.0, rect.top()),
            pos2(rect.right() - widths.value - 12.0, rect.bottom()),
        );
        let hand = Hand {
            whole: track,
            track,
            apart: Rect::NOTHING,
        };
        let (value, response) = self.operate(ui, hand, caption, view, commands);
        let ringed = response.has_focus() || response.dragged();
        paint(ui, rect, widths, track, caption, value, ringed);
        response.hint(format!("{}\n{HANDLING}", caption.control.help()));
    }

    /// What a hand and the keyboard do with a fader, and the value that it shows. A press moves it to the pointer, with Shift at a
    /// tenth of the speed; a double click brings the default back; the arrow keys move it by a hundredth of its range.
    pub(crate) fn operate(
        &mut self,
        ui: &mut Ui,
        Hand { whole, track, apart }: Hand,
        caption: &Caption,
        view: &View,
        commands: &mut Vec<Command>,
    ) -> (f32, Response) {
        let control = caption.control;
        let enabled = caption.unused.is_none();
        let sense = if enabled {
            Sense::click_and_drag()
        } else {
            Sense::hover()
        };
        let response = ui.interact(whole, ui.scope_id().with(("fader", control)), sense);
        let mut value = view.shown(control);

        let elsewhere = ui.input(|input| input.pointer.press_origin().is_some_and(|at| apart.contains(at)));
        let down = enabled && response.is_pointer_button_down_on() && !elsewhere;
        if down && self.held.is_none() {
            self.held = Some((control, control.number().place(value)));
            commands.push(Command::Begin(control));
        }
        if let Some((held, place)) = &mut self.held
            && *held == control
        {
            self.seen = true;
            if down {
                let fine = ui.input(|input| input.modifiers.shift);
                if fine {
                    *place += response.drag_delta().x * 0.1 / track.width();
                } else if let Some(pointer) = response.interact_pointer_pos() {
                    *place = (pointer.x - track.left()) / track.width();
                }
                *place = place.clamp(0.0, 1.0);
                if control.number().at(*place) != value {
                    commands.push(Command::Set(control, control.number().at(*place)));
                }
            }
            value = control.number().at(*place);
            if !down {
                self.held = None;
                commands.push(Command::End(control));
            }
        }
        if enabled && self.held.is_none() {
            let step = ui.input(|input| {
                f32::from(
                    i8::from(input.key_pressed(Key::ArrowRight))
                        - i8::from(input.key_pressed(Key::ArrowLeft)),
                )
            });
            let keyed = (response.has_focus() && step != 0.0).then(|| moved(control, value, step));
            let at_value = response
                .interact_pointer_pos()
                .is_some_and(|at| apart.contains(at));
            let reset = (response.double_clicked() && !at_value).then(|| control.number().default);
            if let Some(new) = reset.or(keyed) {
                set_at_once(control, new, commands);
                value = new;
            }
            if response.has_focus() {
                let arrows = egui::EventFilter {
                    horizontal_arrows: true,
                    ..Default::default()
                };
                ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
            }
        }
        response.widget_info(|| WidgetInfo::slider(enabled, f64::from(value), control.parameter().title));
        (value, response)
    }
}

/// One whole gesture.
pub(crate) fn set_at_once(control: Control, value: f32, commands: &mut Vec<Command>) {
    commands.extend([
        Command::Begin(control),
        Command::Set(control, value),
        Command::End(control),
    ]);
}

/// One step of the arrow keys: a hundredth of the way, and at least the least that can be shown.
fn moved(control: Control, value: f32, step: f32) -> f32 {
    let new = control.number().at(control.number().place(value) + step / 100.0);
    if new == value {
        control.number().snap(value + step * control.number().step)
    } else {
        new
    }
}

/// Solo and mute of a part. Solo is the other part's mute, so that a host sees and automates both.
pub(crate) fn solo_and_mute(
    ui: &Ui,
    rect: Rect,
    part: Part,
    usable: (bool, bool),
    view: &View,
    commands: &mut Vec<Command>,
) {
    let muted = |part| match part {
        Part::Target => view.target_muted,
        Part::Rest => view.rest_muted,
    };
    let (other, name) = match part {
        Part::Target => (Part::Rest, "this sound"),
        Part::Rest => (Part::Target, "the rest"),
    };
    let (solo, mute) = usable;
    let alone = muted(other) && !muted(part);
    let left = Rect::from_center_size(pos2(rect.left() + 12.0, rect.center().y), vec2(24.0, 24.0));
    let tip = format!("solo: hear {name} alone");
    let response = Button::new("S")
        .named(&tip)
        .choice(Role::Switch, alone && solo)
        .enabled(solo)
        .show(ui, left, ("solo", part))
        .hint(&tip);
    if response.clicked() {
        commands.push(Command::SetMuted(other, !alone));
        if muted(part) {
            commands.push(Command::SetMuted(part, false));
        }
    }
    let tip = format!("mute {name}");
    let response = Button::new("M")
        .named(&tip)
        .choice(Role::Switch, muted(part) && mute)
        .enabled(mute)
        .show(ui, left.translate(vec2(28.0, 0.0)), ("mute", part))
        .hint(&tip);
    if response.clicked() {
        commands.push(Command::SetMuted(part, !muted(part)));
    }
}

impl Faders {
    /// Lets go of a fader that is no longer on the page, because the host has changed the mode under the hand: a
    /// gesture that never ends would keep the host's automation waiting.
    pub(crate) fn end_frame(&mut self, commands: &mut Vec<Command>) {
        if let Some((control, _)) = self.held
            && !std::mem::take(&mut self.seen)
        {
            self.held = None;
            commands.push(Command::End(control));
        }
    }
}

fn paint(ui: &Ui, rect: Rect, widths: Widths, track: Rect, caption: &Caption, value: f32, ringed: bool) {
    let control = caption.control;
    let enabled = caption.unused.is_none();
    let look = theme::of(ui.ctx());
    let painter = ui.painter();
    let ink = if enabled { look.text } else { look.muted };
    let y = rect.center().y;
    let name = rect.with_max_x(rect.left() + widths.name);
    text(
        ui,
        name,
        Align2::LEFT_CENTER,
        control.parameter().title,
        theme::body(),
        ink,
    );
    let words = caption
        .unused
        .map_or_else(|| control.number().in_words(value), str::to_owned);
    let place = rect.with_min_x(rect.right() - widths.value);
    text(ui, place, Align2::RIGHT_CENTER, &words, theme::body(), ink);

    let groove = Rect::from_center_size(track.center(), vec2(track.width(), 6.0));
    painter.rect_filled(groove, 3.0, look.sunken);
    painter.rect_stroke(groove, 3.0, Stroke::new(1.0, look.hairline), StrokeKind::Inside);
    if !enabled {
        return;
    }
    let at = |value: f32| track.left() + control.number().place(value) * track.width();
    // From where it does nothing: what is filled is what it does.
    let (x, from) = (at(value), at(control.number().filled_from()));
    painter.rect_filled(
        Rect::from_x_y_ranges(x.min(from)..=x.max(from), groove.y_range()),
        3.0,
        caption.colour.gamma_multiply(0.75),
    );
    painter.vline(
        at(control.number().default),
        groove.bottom() + 3.0..=groove.bottom() + 6.0,
        Stroke::new(1.0, look.outline),
    );
    painter.circle_filled(pos2(x, y), 8.0, look.text);
    painter.circle_filled(pos2(x, y), 4.5, caption.colour);
    if ringed {
        painter.circle_stroke(pos2(x, y), 10.5, Stroke::new(2.0, look.text));
    }
}
