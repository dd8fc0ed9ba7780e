//! The editor's one page, and what it keeps between frames.

use std::path::PathBuf;
use std::time::Duration;

use egui::{CentralPanel, Frame, Rect, Stroke, Ui, pos2};

use crate::button::Button;
use crate::fader::{Caption, Faders, Widths, solo_and_mute};
use crate::hints::Hints;
use crate::layout::{self, Layout};
use crate::listening::Listening;
use crate::manager::Manager;
use crate::meter::MeterBank;
use crate::presets::Presets;
use crate::query_box::QueryBox;
use crate::slots::Slots;
use crate::spectrogram::{GUTTER, Spectrogram};
use crate::theme;
use crate::undo::Undo;
use crate::view::{Audition, Command, Control, Mode, OwnMix, Part, Status, View};
use crate::{header, models, modes, notice, shaping, status};

/// Width and height that a new window has, in points.
pub const DEFAULT_SIZE: (u32, u32) = (960, 660);
/// Width and height below which the page no longer fits, in points.
pub const MINIMUM_SIZE: (u32, u32) = (800, 560);

/// How often a page is drawn on which something moves.
const MOVING: Duration = Duration::from_millis(16);
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
    meters: MeterBank,
    spectrogram: Spectrogram,
    listening: Listening,
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

    /// Whether another page lies over the editor's, which a key can close.
    pub fn is_covered(&self) -> bool {
        self.manager.is_open()
    }

    /// Takes everything from a file that was chosen outside of the page: the next frame says [`Command::LoadPreset`].
    pub fn load_preset(&mut self, file: PathBuf) {
        self.chosen = Some(file);
    }

    /// Draws one frame of `view` and returns what the person wants, in order.
    pub fn show(&mut self, ui: &mut Ui, view: &View) -> Vec<Command> {
        let mut commands = Vec::new();
        self.hints.feed(ui.ctx());
        let seconds = ui.input(|input| input.stable_dt).min(0.5);
        self.meters.feed(&view.meters, view.mono, &view.loudness, seconds);
        self.spectrogram.feed(ui.ctx(), view, seconds);
        self.listening.feed(view, seconds);
        let turning = matches!(view.status, Status::Loading | Status::Reading);
        let moves = turning || !self.meters.at_rest() || self.spectrogram.moving();
        ui.ctx()
            .request_repaint_after(if moves { MOVING } else { RESTING });
        CentralPanel::default()
            .frame(Frame::new().fill(theme::GROUND))
            .show(ui, |ui| {
                let window = ui.max_rect();
                if self.manager.is_open() {
                    self.manager.show(
                        ui,
                        window.shrink2(egui::vec2(theme::MARGIN, 14.0)),
                        view,
                        &mut commands,
                    );
                } else {
                    self.page(ui, &Layout::new(window), view, &mut commands);
                }
            });
        commands
    }

    fn page(&mut self, ui: &mut Ui, at: &Layout, view: &View, commands: &mut Vec<Command>) {
        let mut edits = Vec::new();
        header::show(ui, at.header, &mut self.presets, view, &mut edits);
        edits.extend(self.chosen.take().map(Command::LoadPreset));
        self.slots.show(ui, at.slots, view, &mut edits);
        // Undone and done again are no steps of their own: they come from the box's own list.
        let mut typed = Vec::new();
        self.query.show(ui, at.query, view, &mut self.undo, &mut typed);
        edits.extend(
            typed
                .iter()
                .filter(|command| !matches!(command, Command::PutSlot { .. } | Command::MoveSlot { .. }))
                .cloned(),
        );
        self.undo.note(&edits, view);
        commands.extend(
            typed
                .into_iter()
                .filter(|command| matches!(command, Command::PutSlot { .. } | Command::MoveSlot { .. })),
        );
        commands.append(&mut edits);

        status::show(ui, at.status, view, self.listening.in_vain());
        audition(ui, at.audition, self.query.slot(), view, commands);
        let colour = theme::slot_colour(view.slots[self.query.slot()].colour);
        self.spectrogram.show(ui, at.spectrogram, view);
        self.meters.show(ui, at.meters, colour);

        let mut mixed = Vec::new();
        modes::show(ui, at.modes, self.query.slot(), view, &mut mixed);
        self.mix(ui, at.faders, colour, view, &mut mixed);
        shaping::show(ui, at.shaping, layout::MODES, &mut self.faders, view, &mut mixed);
        self.faders.end_frame(&mut mixed);
        commands.extend(self.for_own_mix(mixed, view));

        let line = at.footer.top() - 7.0;
        ui.painter()
            .hline(at.footer.x_range(), line, Stroke::new(1.0, theme::HAIRLINE));
        if models::show(ui, at.footer, view, commands) {
            self.manager.open();
            commands.push(Command::LookForModels);
        }
        let over = at.spectrogram.shrink(6.0);
        notice::show(ui, over.with_min_x(over.left() + GUTTER), view, commands);
    }

    /// Three faders, always in the same places. In each mode the first is the named sound's and the second the rest's.
    fn mix(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        colour: egui::Color32,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        const WIDTHS: Widths = Widths {
            name: 94.0,
            buttons: 56.0,
            value: 76.0,
        };
        let mode = view.mix().mode;
        let sound = Caption {
            control: Control::TargetGain,
            unused: None,
            colour,
        };
        let down = Caption {
            control: Control::AttenuationLimit,
            ..sound
        };
        let rest = Caption {
            control: Control::RestGain,
            unused: (mode == Mode::Isolate).then_some("silent"),
            colour: theme::REST,
        };
        let wet = Caption {
            control: Control::Wet,
            unused: None,
            colour: theme::OUTPUT,
        };
        let first = match mode {
            Mode::Remove => down,
            Mode::Isolate | Mode::Custom => sound,
        };
        let both = mode != Mode::Isolate;
        let (used, apart) = (!view.parts_apart, view.parts_apart.then_some("the host's"));
        let both = both && used;
        let rows = [
            (first, Some((Part::Target, (both, used)))),
            (rest, Some((Part::Rest, (both, both)))),
            (wet, None),
        ];
        let height = rect.height() / rows.len() as f32;
        for (i, (mut caption, part)) in rows.into_iter().enumerate() {
            caption.unused = apart.or(caption.unused);
            let top = rect.top() + i as f32 * height;
            let row = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + height));
            if let Some((part, usable)) = part {
                let left = row.left() + WIDTHS.name;
                let place = Rect::from_x_y_ranges(left..=left + WIDTHS.buttons, row.y_range());
                solo_and_mute(ui, place, part, usable, view, commands);
            }
            self.faders.show(ui, row, WIDTHS, &caption, view, commands);
        }
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
    let mut heard = [Some(slot), view.also].into_iter().flatten();
    let asked = heard.any(|slot| !view.slots[slot].is_empty());
    let possible = view.audition != Audition::Off || asked;
    let button = Button::new(label).enabled(possible);
    let button = if view.audition == Audition::Playing {
        button.lit(theme::ACCENT)
    } else {
        button
    };
    let tip = "hear this query at once on what came in last, without playing it again";
    if button.show(ui, rect, "audition").on_hover_text(tip).clicked() {
        commands.push(command);
    }
}
