//! How much: the one large control. In *Isolate* it is how loud the sound is heard, in *Remove* by how much it goes down, and in
//! *Custom* there are two of it, one for each part of the balance.

use egui::{Align2, Color32, Id, Key, Rect, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, pos2, vec2};

use crate::button::text;
use crate::fader::{Caption, Faders, HANDLING, Hand, set_at_once};
use crate::first_sounds;
use crate::hints::Hint;
use crate::theme;
use crate::view::{Command, Control, Mode, View};

/// Height of the line with name and value, in points.
const HEAD: f32 = 32.0;
/// Height of the scale, in points.
const SCALE: f32 = 16.0;
/// Room for the value, in points.
const VALUE: f32 = 132.0;
/// Width and height of the knob, in points.
const KNOB: egui::Vec2 = vec2(20.0, 30.0);
/// Height of the groove that it runs in, in points.
const GROOVE: f32 = 16.0;
/// How much of its colour the way to the knob has, beside what is changed.
const WAY: f32 = 0.6;
/// Between two marks of the scale, in dB.
const MARKS: f32 = 12.0;

/// A value that is being typed.
#[derive(Debug)]
struct Typed {
    control: Control,
    text: String,
    /// Whether the field has got the keyboard.
    begun: bool,
}

/// The large control's own state.
#[derive(Debug, Default)]
pub(crate) struct Amount {
    typed: Option<Typed>,
}

impl Amount {
    /// Draws it into `rect`: one, or two side by side. `colour` is the active slot's.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        colour: Color32,
        faders: &mut Faders,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        let unused = if view.parts_apart {
            Some("the host's")
        } else {
            // There is no sound yet that it could be of.
            first_sounds::are_shown(view).then_some("")
        };
        let caption = |control, colour| Caption {
            control,
            unused,
            colour,
        };
        let mode = view.mix().mode;
        let shown = |control| match control {
            Control::TargetGain => mode != Mode::Remove,
            Control::AttenuationLimit => mode == Mode::Remove,
            _ => mode == Mode::Custom,
        };
        // The host may change the mode while a value is typed.
        self.typed.take_if(|typed| !shown(typed.control));
        let sound = caption(Control::TargetGain, colour);
        match mode {
            Mode::Isolate => {
                let meaning = "you hear it alone, this loud";
                self.one(ui, rect, (&sound, meaning), faders, view, commands);
            }
            Mode::Remove => {
                let down = caption(Control::AttenuationLimit, colour);
                let meaning = "the sound goes down by this much, the rest stays";
                self.one(ui, rect, (&down, meaning), faders, view, commands);
            }
            Mode::Custom => {
                let (left, right) = rect.split_left_right_at_fraction(0.5);
                let (left, right) = (
                    left.with_max_x(left.right() - 12.0),
                    right.with_min_x(right.left() + 12.0),
                );
                self.one(ui, left, (&sound, ""), faders, view, commands);
                let rest = caption(Control::RestGain, theme::of(ui.ctx()).rest);
                self.one(ui, right, (&rest, ""), faders, view, commands);
            }
        }
    }

    fn one(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        (caption, meaning): (&Caption, &str),
        faders: &mut Faders,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        let head = rect.with_max_y(rect.top() + HEAD);
        let value_place = head.with_min_x(head.right() - VALUE);
        let body = rect
            .with_min_y(head.bottom())
            .with_max_y(rect.bottom() - SCALE)
            .shrink2(vec2(0.5 * KNOB.x, 0.0));
        let typed = self
            .typed
            .as_ref()
            .is_some_and(|typed| typed.control == caption.control);
        let hand = Hand {
            // A field that is typed in lies beside it, not on it.
            whole: if typed {
                rect.with_min_y(head.bottom())
            } else {
                rect
            },
            track: body,
            apart: value_place,
        };
        let (value, response) = faders.operate(ui, hand, caption, view, commands);
        paint_head(ui, head, caption, meaning, (!typed).then_some(value));
        paint_track(
            ui,
            body,
            caption,
            value,
            response.has_focus() || response.dragged(),
        );
        paint_scale(ui, rect.with_min_y(rect.bottom() - SCALE), body, caption.control);
        if typed {
            self.field(ui, value_place, caption.control, commands);
            return;
        }
        let pointed = response.interact_pointer_pos();
        let at_value = pointed.is_some_and(|at| value_place.contains(at));
        let by_key = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if response.clicked() && (at_value || by_key) {
            let words = caption.control.number().in_words(value);
            let number: String = words
                .chars()
                .filter(|c| c.is_ascii_digit() || "+\u{2212}.".contains(*c))
                .collect();
            self.typed = Some(Typed {
                control: caption.control,
                text: if number.is_empty() { words } else { number },
                begun: false,
            });
        }
        // Over the words and the value there is nothing that a tooltip could add.
        if ui.rect_contains_pointer(body) {
            let help = caption.control.help();
            response.hint(format!("{help}\n{HANDLING}, click the value to type it"));
        }
    }

    /// The value as it is typed: Enter and a click beside it take it, Esc does not.
    fn field(&mut self, ui: &mut Ui, rect: Rect, control: Control, commands: &mut Vec<Command>) {
        let Some(typed) = &mut self.typed else { return };
        let id = Id::unique(("typed value", control));
        let edit = TextEdit::singleline(&mut typed.text)
            .id(id)
            .char_limit(24)
            .font(theme::query())
            .margin(theme::FIELD_MARGIN)
            .desired_width(rect.width() - 12.0)
            .align(Align2::RIGHT_CENTER);
        let mut inner = ui.new_child(UiBuilder::new().max_rect(rect));
        let response = inner.add(edit);
        response.widget_info(|| {
            let title = control.parameter().title;
            let mut info =
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, format!("value of {title}"));
            info.current_text_value = Some(typed.text.clone());
            info
        });
        if !typed.begun {
            typed.begun = true;
            response.request_focus();
            let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let end = egui::text::CCursor::new(typed.text.chars().count());
            let all = egui::text::CCursorRange::two(egui::text::CCursor::new(0), end);
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), id);
        } else if !response.has_focus() {
            let given_up = ui.input(|input| input.key_pressed(Key::Escape));
            let value = control.number().read(&typed.text).filter(|_| !given_up);
            self.typed = None;
            if let Some(value) = value {
                set_at_once(control, value, commands);
            }
        }
    }
}

/// Name, what it does in this mode where there is room for it, and the value.
fn paint_head(ui: &Ui, rect: Rect, caption: &Caption, meaning: &str, value: Option<f32>) {
    let look = theme::of(ui.ctx());
    let enabled = caption.unused.is_none();
    let ink = if enabled { look.text } else { look.muted };
    let title = caption.control.parameter().title;
    let name = rect.with_max_x(rect.right() - VALUE - 8.0);
    let width = text(ui, name, Align2::LEFT_CENTER, title, theme::body(), ink);
    let beside = name.with_min_x(name.left() + width + 12.0);
    let words = meaning.to_owned();
    let galley = ui.painter().layout_no_wrap(words, theme::small(), look.muted);
    if enabled && galley.size().x <= beside.width() {
        let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), beside);
        ui.painter().galley(at.min, galley, look.muted);
    }
    if let Some(value) = value {
        let words = caption
            .unused
            .map_or_else(|| caption.control.number().in_words(value), str::to_owned);
        let place = rect.with_min_x(rect.right() - VALUE);
        if enabled {
            // It looks as what it becomes when it is clicked: a field.
            let painter = ui.painter();
            painter.rect_filled(place, theme::ROUND, look.sunken);
            let edge = Stroke::new(1.0, look.hairline);
            painter.rect_stroke(place, theme::ROUND, edge, StrokeKind::Inside);
        }
        let inside = place.shrink2(vec2(8.0, 0.0));
        text(ui, inside, Align2::RIGHT_CENTER, &words, theme::query(), ink);
    }
}

/// A groove with the scale in it, the way from silence to the knob in the sound's colour, and in full colour what is changed: the way
/// from 0 dB.
fn paint_track(ui: &Ui, body: Rect, caption: &Caption, value: f32, ringed: bool) {
    let look = theme::of(ui.ctx());
    let painter = ui.painter();
    let number = caption.control.number();
    let groove = Rect::from_center_size(body.center(), vec2(body.width() + KNOB.x, GROOVE));
    let round = 0.5 * GROOVE;
    painter.rect_filled(groove, round, look.sunken);
    let edge = Stroke::new(1.0, look.outline);
    if caption.unused.is_some() {
        painter.rect_stroke(groove, round, edge, StrokeKind::Inside);
        return;
    }
    let at = |value: f32| body.left() + number.place(value) * body.width();
    let (x, zero) = (at(value), at(0.0));
    let way = groove.with_max_x(x);
    painter.rect_filled(way, round, caption.colour.lerp_to_gamma(look.sunken, 1.0 - WAY));
    let changed = Rect::from_x_y_ranges(x.min(zero)..=x.max(zero), groove.y_range());
    painter.rect_filled(changed, 0.0, caption.colour);
    for db in marks(number.min, number.max) {
        let mark = if db == 0.0 {
            Stroke::new(2.0, look.text)
        } else {
            Stroke::new(1.0, look.outline)
        };
        painter.vline(at(db), groove.top() + 4.0..=groove.bottom() - 4.0, mark);
    }
    painter.rect_stroke(groove, round, edge, StrokeKind::Inside);
    let knob = Rect::from_center_size(pos2(x, body.center().y), KNOB);
    painter.rect_filled(
        knob.translate(vec2(0.0, 2.0)).expand(1.0),
        6.0,
        egui::Color32::from_black_alpha(96),
    );
    painter.rect(
        knob,
        5.0,
        look.text,
        Stroke::new(1.0, look.ground),
        StrokeKind::Outside,
    );
    let line = Rect::from_center_size(knob.center(), vec2(4.0, KNOB.y - 12.0));
    painter.rect(
        line,
        2.0,
        caption.colour,
        Stroke::new(1.0, look.ground),
        StrokeKind::Outside,
    );
    if ringed {
        let ring = Stroke::new(2.0, look.text);
        painter.rect_stroke(knob.expand(3.0), 8.0, ring, StrokeKind::Outside);
    }
}

/// The places of the scale's marks, in dB.
fn marks(least: f32, most: f32) -> impl Iterator<Item = f32> {
    let count = ((most - least) / MARKS) as usize;
    (0..=count).map(move |mark| least + MARKS * mark as f32)
}

/// A mark with its number every 12 dB; the one at 0 dB is the strongest.
fn paint_scale(ui: &Ui, rect: Rect, body: Rect, control: Control) {
    let look = theme::of(ui.ctx());
    let number = control.number();
    for db in marks(number.min, number.max) {
        let x = body.left() + number.place(db) * body.width();
        let (ink, stroke) = if db == 0.0 {
            (look.text, Stroke::new(2.0, look.text))
        } else {
            (look.muted, Stroke::new(1.0, look.outline))
        };
        let below = body.center().y + 0.5 * GROOVE + 3.0..=body.bottom();
        ui.painter().vline(x, below, stroke);
        let label = match db {
            0.0 => "0 dB".to_owned(),
            db if db > 0.0 && number.min < 0.0 => format!("+{db:.0}"),
            db => format!("{db:.0}").replace('-', "\u{2212}"),
        };
        let half = 24.0;
        let place = Rect::from_x_y_ranges(x - half..=x + half, rect.y_range());
        // The outermost numbers stay in the control's own room.
        let (place, align) = if place.left() < rect.left() {
            (place.with_min_x(rect.left()), Align2::LEFT_CENTER)
        } else if place.right() > rect.right() {
            (place.with_max_x(rect.right()), Align2::RIGHT_CENTER)
        } else {
            (place, Align2::CENTER_CENTER)
        };
        text(ui, place, align, &label, theme::tiny(), ink);
    }
}
