//! *Listen to this*: a sound as the query.
//!
//! While the button is held down, what is heard is taken; where a part of the picture is marked, a click takes that. By the keyboard one press
//! begins and another one ends.

use egui::{Key, Popup, Rect, Ui};

use crate::button::Button;
use crate::hints::Hint;
use crate::view::{Command, Listened, Moment, Span, View};

/// A shorter press is a click, in seconds.
const CLICK: f64 = 0.25;
/// How long the words about it stay, in seconds.
const HELP: f64 = 4.0;
/// Width of the menu, in points.
const MENU: f32 = 260.0;
/// What it says before it has been used.
const LABEL: &str = "Listen to this";

/// What is being listened to.
#[derive(Debug, Default)]
pub(crate) struct Listen {
    held: Option<Held>,
    /// Whether the pointer or the keyboard is on the button.
    near: bool,
    /// Until when it says how it is used.
    help: f64,
}

/// A press that has not ended.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// What was heard when it began.
    from: Moment,
    /// When it began, in seconds.
    since: f64,
    /// Whether a key began it, and another press ends it.
    by_key: bool,
}

impl Listen {
    /// Whether something is being listened to.
    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Whether an example may come soon.
    pub(crate) fn expects(&self) -> bool {
        self.near || self.is_held()
    }

    /// Draws the button into `rect`. `now` is what is heard at this moment, `marked` the part of the picture that is chosen.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        rect: Rect,
        slot: usize,
        view: &View,
        (now, marked): (Option<Moment>, Option<Span>),
        commands: &mut Vec<Command>,
    ) {
        let time = ui.input(|input| input.time);
        let text;
        let label = match self.held {
            Some(held) => {
                text = format!("{:.1} s\u{2026}", time - held.since);
                &text
            }
            None if view.listening => "Listening\u{2026}",
            None if time < self.help => "Hold it down",
            None => LABEL,
        };
        let possible = now.is_some() && view.history_seconds > 0.0;
        let response = Button::new(label)
            .named(LABEL)
            .choice(egui::Role::Button, self.is_held())
            .enabled(possible || self.is_held())
            .show(ui, rect, "listen")
            .hint(match marked {
                Some(_) => "find sounds like the part that is marked. Right click: a file or a picture",
                None => "hold it down while the sound alone is heard, and sounds like it are found. Right click: a file or a picture",
            })
            .hint_where_disabled("play the track: while the sound alone is heard, hold this down");
        let down = response.is_pointer_button_down_on();
        self.near = response.hovered() || response.has_focus();
        let to = |to| Command::Listen {
            slot,
            wanted: true,
            to,
        };
        match self.held {
            None if down => {
                if let Some(from) = now {
                    let by_key = false;
                    let since = time;
                    self.held = Some(Held { from, since, by_key });
                }
            }
            None if response.clicked() => match (marked, now) {
                (Some(span), _) => commands.push(to(Listened::Span(span))),
                (None, Some(from)) => {
                    let by_key = true;
                    let since = time;
                    self.held = Some(Held { from, since, by_key });
                }
                (None, None) => {}
            },
            Some(held) if if held.by_key { response.clicked() } else { !down } => {
                self.held = None;
                let long = held.by_key || time - held.since >= CLICK;
                match (long, marked, now) {
                    (true, _, Some(to_now)) => {
                        let span = Span {
                            from: held.from,
                            to: to_now,
                        };
                        commands.push(to(Listened::Span(span)));
                    }
                    (false, Some(span), _) => commands.push(to(Listened::Span(span))),
                    _ => self.help = time + HELP,
                }
            }
            _ => {}
        }
        if self.is_held() || time < self.help {
            ui.ctx().request_repaint();
        }
        let open = response.secondary_clicked()
            || (response.has_focus()
                && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::ArrowDown)));
        Popup::menu(&response)
            .open_memory(open.then_some(egui::SetOpenCommand::Bool(true)))
            .gap(4.0)
            .width(MENU + 8.0)
            .show(|ui| {
                ui.set_width(MENU);
                for (words, wanted) in [
                    ("Find the sound of a file or a picture\u{2026}", true),
                    ("Leave out the sound of a file or a picture\u{2026}", false),
                ] {
                    if ui.button(words).clicked() {
                        commands.push(Command::Listen {
                            slot,
                            wanted,
                            to: Listened::File,
                        });
                    }
                }
                if let Some(span) = marked
                    && ui.button("Leave out sounds like the marked part").clicked()
                {
                    commands.push(Command::Listen {
                        slot,
                        wanted: false,
                        to: Listened::Span(span),
                    });
                }
            });
    }
}
