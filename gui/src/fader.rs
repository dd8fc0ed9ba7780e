//! A horizontal fader with its name and its value in words.

use egui::{Align2, Key, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::theme;
use crate::view::{Command, Control, View};
use crate::words;

/// What a fader says about itself.
pub(crate) struct Caption {
    /// Its name.
    pub(crate) name: &'static str,
    /// Shown instead of the value where the fader has no effect.
    pub(crate) unused: Option<&'static str>,
}

/// The fader being dragged. The host may be slow to report a new value, so the fader follows the hand instead.
#[derive(Debug, Default)]
pub(crate) struct Faders {
    held: Option<(Control, f32)>,
    /// Whether the held fader has been drawn in this frame.
    seen: bool,
}

impl Faders {
    /// Draws a fader into `rect`. A press moves it to the pointer, with Shift at a tenth of the speed; a double
    /// click brings the default back; the arrow keys move it by a hundredth of its range.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        control: Control,
        caption: &Caption,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        let (low, high) = (*control.range().start(), *control.range().end());
        let enabled = caption.unused.is_none();
        let track = Rect::from_min_max(
            pos2(rect.left() + 132.0, rect.top()),
            pos2(rect.right() - 96.0, rect.bottom()),
        );
        let sense = if enabled {
            Sense::click_and_drag()
        } else {
            Sense::hover()
        };
        let response = ui.interact(track, ui.scope_id().with(("fader", control)), sense);
        let mut value = view.value(control);

        let down = enabled && response.is_pointer_button_down_on();
        if down && self.held.is_none() {
            self.held = Some((control, value));
            commands.push(Command::Begin(control));
        }
        if let Some((held, current)) = &mut self.held
            && *held == control
        {
            self.seen = true;
            if down {
                let fine = ui.input(|input| input.modifiers.shift);
                if fine {
                    *current += response.drag_delta().x * 0.1 * (high - low) / track.width();
                } else if let Some(pointer) = response.interact_pointer_pos() {
                    *current = egui::remap(pointer.x, track.x_range(), low..=high);
                }
                *current = control.snap(*current);
                if *current != value {
                    commands.push(Command::Set(control, *current));
                }
            }
            value = *current;
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
            let keyed = (response.has_focus() && step != 0.0)
                .then(|| control.snap(value + step * (high - low) / 100.0));
            let reset = response.double_clicked().then(|| control.default_value());
            if let Some(new) = reset.or(keyed) {
                commands.extend([
                    Command::Begin(control),
                    Command::Set(control, new),
                    Command::End(control),
                ]);
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
        response.widget_info(|| WidgetInfo::slider(enabled, f64::from(value), caption.name));
        paint(
            ui,
            rect,
            track,
            control,
            caption,
            value,
            response.has_focus() || response.dragged(),
        );
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

fn paint(ui: &Ui, rect: Rect, track: Rect, control: Control, caption: &Caption, value: f32, held: bool) {
    let (low, high) = (*control.range().start(), *control.range().end());
    let enabled = caption.unused.is_none();
    let painter = ui.painter();
    let ink = if enabled { theme::TEXT } else { theme::MUTED };
    let y = rect.center().y;
    painter.text(
        pos2(rect.left(), y),
        Align2::LEFT_CENTER,
        caption.name,
        theme::body(),
        ink,
    );
    let words = caption
        .unused
        .map_or_else(|| words::value(control, value), str::to_owned);
    painter.text(
        pos2(rect.right(), y),
        Align2::RIGHT_CENTER,
        words,
        theme::body(),
        ink,
    );

    let groove = Rect::from_center_size(track.center(), vec2(track.width(), 8.0));
    painter.rect_filled(groove, 4.0, theme::SUNKEN);
    painter.rect_stroke(groove, 4.0, Stroke::new(1.0, theme::HAIRLINE), StrokeKind::Inside);
    if !enabled {
        return;
    }
    let x = egui::remap(value.clamp(low, high), low..=high, track.x_range());
    let colour = match control {
        Control::TargetGain | Control::AttenuationLimit => theme::ACCENT,
        Control::RestGain => theme::REST,
        _ => theme::OUTPUT,
    };
    painter.rect_filled(
        Rect::from_min_max(groove.min, pos2(x, groove.bottom())),
        4.0,
        colour.gamma_multiply(0.75),
    );
    let default = egui::remap(control.default_value(), low..=high, track.x_range());
    painter.vline(
        default,
        groove.bottom() + 3.0..=groove.bottom() + 7.0,
        Stroke::new(1.0, theme::OUTLINE),
    );
    painter.circle_filled(pos2(x, y), 9.0, theme::TEXT);
    painter.circle_filled(pos2(x, y), 5.0, colour);
    if held {
        painter.circle_stroke(pos2(x, y), 12.0, Stroke::new(2.0, theme::ACCENT));
    }
}
