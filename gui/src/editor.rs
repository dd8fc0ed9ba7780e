//! The editor's one page, and what it keeps between frames.

use std::path::PathBuf;
use std::time::Duration;

use egui::{CentralPanel, Frame, Rect, Theme, Ui};

use crate::amount::Amount;
use crate::button::Button;
use crate::fader::Faders;
use crate::hints::Hint;
use crate::hints::Hints;
use crate::layout::Layout;
use crate::listen::Listen;
use crate::listening::Listening;
use crate::manager::Manager;
use crate::meter::MeterBank;
use crate::presets::Presets;
use crate::query_box::QueryBox;
use crate::slots::Slots;
use crate::spectrogram::{GUTTER, Spectrogram};
use crate::theme;
use crate::undo::Undo;
use crate::view::{Audition, Command, OwnMix, Status, View};
use crate::{first_sounds, header, look, modes, more, near, notice, status};

/// Width and height that a new window has, in points.
pub const DEFAULT_SIZE: (u32, u32) = (960, 660);
/// Width and height below which the page no longer fits, in points.
pub const MINIMUM_SIZE: (u32, u32) = (800, 560);

/// How often a page is drawn on which something moves.
const MOVING: Duration = Duration::from_millis(16);
/// How often where as little as possible is to move.
const CALM: Duration = Duration::from_millis(250);
/// How often it is looked whether something has changed.
const RESTING: Duration = Duration::from_millis(100);

/// The editor's own state: what is being typed or dragged, what can be taken back, what was seen of the sound.
#[derive(Debug, Default)]
pub struct Editor {
    query: QueryBox,
    slots: Slots,
    undo: Undo,
    presets: Presets,
    faders: Faders,
    amount: Amount,
    meters: MeterBank,
    spectrogram: Spectrogram,
    listening: Listening,
    listen: Listen,
    manager: Manager,
    hints: Hints,
    /// The mix of its own that a slot was given last, until the gesture ends: what is shown may be a frame behind.
    own: Option<(usize, OwnMix)>,
    /// A preset's file that was chosen in a dialog.
    chosen: Option<PathBuf>,
}

impl Editor {
    /// An editor that holds nothing yet. Call [`theme::apply`] once on the context that it will be shown in.
    pub fn new() -> Self {
        Editor::default()
    }

    /// The same for a person who has asked for these queries before, the newest last.
    pub fn with_history(queries: Vec<String>) -> Self {
        Editor {
            query: QueryBox::with_history(queries),
            ..Editor::default()
        }
    }

    /// Whether another page lies over the editor's, which a key can close.
    pub fn is_covered(&self) -> bool {
        self.manager.is_open()
    }

    /// Whether an example may come soon: *Listen to this* is held down, or the pointer or the keyboard is on it.
    pub fn expects_example(&self) -> bool {
        self.listen.expects()
    }

    /// Takes everything from a file that was chosen outside of the page: the next frame says [`Command::LoadPreset`].
    pub fn load_preset(&mut self, file: PathBuf) {
        self.chosen = Some(file);
    }

    /// Draws one frame of `view` and returns what the person wants, in order.
    pub fn show(&mut self, ui: &mut Ui, view: &View) -> Vec<Command> {
        let mut commands = Vec::new();
        self.hints.feed(ui.ctx());
        look::keys(ui.ctx(), view, &mut commands);
        let theme = if view.look.light {
            Theme::Light
        } else {
            Theme::Dark
        };
        if ui.ctx().theme() != theme {
            ui.ctx().set_theme(theme);
            // Fields and menus take the style from the next frame on.
            ui.ctx().request_repaint();
        }
        // As it was: the steadied one counts a 60th of a second for a page that is drawn ten times a second.
        let seconds = ui.input(|input| input.unstable_dt).min(0.5);
        self.meters.feed(&view.meters, view.mono, &view.loudness, seconds);
        self.spectrogram.feed(ui.ctx(), view, seconds);
        self.listening.feed(view, seconds);
        let turning = matches!(view.status, Status::Loading | Status::Reading);
        let moves = turning || !self.meters.at_rest() || self.spectrogram.moving();
        ui.ctx().request_repaint_after(match (moves, view.look.calm) {
            (true, false) => MOVING,
            (true, true) => CALM,
            (false, _) => RESTING,
        });
        CentralPanel::default()
            .frame(Frame::new().fill(theme::of(ui.ctx()).ground))
            .show(ui, |ui| {
                // A window that is smaller shows a part of the smallest page.
                let least = egui::vec2(MINIMUM_SIZE.0 as f32, MINIMUM_SIZE.1 as f32);
                let window = Rect::from_min_size(ui.max_rect().min, ui.max_rect().size().max(least));
                if self.manager.is_open() {
                    self.manager.show(
                        ui,
                        window.shrink2(egui::vec2(theme::MARGIN, 14.0)),
                        view,
                        &mut commands,
                    );
                } else {
                    self.page(ui, &Layout::new(window, view.more), view, &mut commands);
                }
            });
        commands
    }

    fn page(&mut self, ui: &mut Ui, at: &Layout, view: &View, commands: &mut Vec<Command>) {
        let look = theme::of(ui.ctx());
        self.query.follow(view);
        self.undo.follow(view);
        let mut edits = Vec::new();
        header::show(ui, at.header, &mut self.presets, view, &mut edits);
        edits.extend(self.chosen.take().map(Command::LoadPreset));
        self.slots.show(ui, at.slots, self.query.slot(), view, &mut edits);
        // Undone and done again are no steps of their own: they come from the box's own list.
        let mut typed = Vec::new();
        self.query.show(ui, at.query, view, &mut self.undo, &mut typed);
        let stepped =
            |command: &Command| matches!(command, Command::PutSlot { .. } | Command::MoveSlot { .. });
        let (mut stepped, typed): (Vec<_>, Vec<_>) = typed.into_iter().partition(stepped);
        edits.extend(typed);

        let sound = (self.spectrogram.now(), self.spectrogram.marked());
        self.listen
            .show(ui, at.listen, self.query.slot(), view, sound, &mut edits);
        let lately = self.listening.lately();
        status::show(ui, at.status, view, lately);
        audition(ui, at.audition, self.query.slot(), view, commands);
        let colour = look.accent(view.slots[self.query.slot()].colour).fill;
        self.spectrogram
            .show(ui, at.spectrogram, self.query.slot(), view, commands);
        if first_sounds::are_shown(view) {
            let middle = at.spectrogram.with_min_x(at.spectrogram.left() + GUTTER);
            first_sounds::show(ui, middle, self.query.slot(), &mut edits);
        }
        let over = at.spectrogram.shrink(6.0);
        let over = over.with_min_x(over.left() + GUTTER);
        near::show(ui, over, lately, view, &mut edits);
        self.meters.show(ui, at.meters, view.more.then_some(colour));

        let mut mixed = Vec::new();
        modes::show(ui, at.modes, self.query.slot(), view, &mut mixed);
        self.amount
            .show(ui, at.amount, colour, &mut self.faders, view, &mut mixed);
        if let Some(place) = at.more {
            let parts = more::Parts {
                query: &mut self.query,
                undo: &mut self.undo,
                faders: &mut self.faders,
            };
            let done = more::show(ui, place, parts, view);
            edits.extend(done.edits);
            mixed.extend(done.mixed);
            stepped.extend(done.stepped);
            commands.extend(done.others);
            if done.models {
                self.manager.open();
                commands.push(Command::LookForModels);
            }
        }
        self.undo.note(&edits, view);
        commands.append(&mut stepped);
        commands.append(&mut edits);
        self.faders.end_frame(&mut mixed);
        commands.extend(self.for_own_mix(mixed, view));
        notice::show(ui, over, view, commands);
    }

    /// Where the active slot has a mix of its own, modes and gains are its, and no gesture of the host's parameters. The end of a
    /// gesture gives the mix once more, as it has become.
    fn for_own_mix(&mut self, commands: Vec<Command>, view: &View) -> Vec<Command> {
        let held = self.own.take().filter(|(slot, _)| view.active == Some(*slot));
        let (Some(slot), Some(shown)) = (view.active, view.own()) else {
            return commands;
        };
        let mut own = held.map_or(shown, |(_, own)| own);
        let mut holds = held.is_some();
        let gain = |control| OwnMix::default().gain(control).is_some();
        let mut all = Vec::new();
        for command in commands {
            match command {
                Command::Begin(control) if gain(control) => {
                    holds = true;
                    continue;
                }
                Command::End(control) if gain(control) => holds = false,
                Command::SetMode(mode) => own.mode = mode,
                Command::Set(control, db) if let Some(gain) = own.gain(control) => *gain = db,
                other => {
                    all.push(other);
                    continue;
                }
            }
            let own = Some(own);
            all.push(Command::SetOwn { slot, own });
        }
        self.own = holds.then_some((slot, own));
        all
    }

    /// The slot that the text box edits: the active one, or the last active one while none is.
    pub fn edited_slot(&self) -> usize {
        self.query.slot()
    }
}

/// Hears the text on the last seconds, or goes back to the track. There is nothing to press before something was heard.
fn audition(ui: &Ui, rect: Rect, slot: usize, view: &View, commands: &mut Vec<Command>) {
    let text;
    let (label, command) = match view.audition {
        Audition::Off if view.history_seconds < 1.0 => return,
        Audition::Off => {
            text = format!("Hear the last {:.0} s", view.history_seconds);
            (text.as_str(), Command::Audition(slot))
        }
        Audition::Working(share) => {
            text = format!("Working, {:.0} % (stop)", share * 100.0);
            (text.as_str(), Command::StopAudition)
        }
        Audition::Playing => ("Back to the track", Command::StopAudition),
    };
    let possible = view.audition != Audition::Off || view.asks(slot);
    let button = Button::new(label).enabled(possible);
    let button = if view.audition == Audition::Playing {
        button.choice(egui::Role::Button, true)
    } else {
        button
    };
    let tip = "hear this query at once on what came in last, without playing it again";
    if button.show(ui, rect, "audition").hint(tip).clicked() {
        commands.push(command);
    }
}
