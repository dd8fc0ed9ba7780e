//! What runs in the window: draws the view, carries the commands out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use earmark_controls::{Control, OwnMix, SLOTS};
use earmark_engine::{Fields, Heard};
use earmark_formats::Host;
use earmark_gui::{Command, Editor, Layer, Listened, Mark, Part, Span, theme, words};
use nice_plug::context::gui::{GuiContext, ParamSetter};
use nice_plug::prelude::Param;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{Frame, NiceEguiApp};

use super::TITLE;
use super::dialog::{Chosen, Dialog, Wanted};
use super::fallen::Fallen;
#[cfg(target_os = "linux")]
use super::first_frame::FirstFrame;
use super::keyboard::{Keyboard, Seen, Step};
use super::keys::Kept;
use super::measured::Measured;
use super::passing_on::{HostWindow, KeysForHost};
use super::room;
use super::scaling::Scaling;
use crate::params::EarmarkParams;
use crate::preset_values::{set_values, values};
use crate::presets::Values;
use crate::session::{Example, Saving, Session};
use crate::view::{is_untouched, stored, view};

/// How often an encoder is asked for while a text is being typed: before the service closes it, 10 s after its last use.
const EXPECT: Duration = Duration::from_secs(5);

/// One window's content.
pub(crate) struct App {
    params: Arc<EarmarkParams>,
    session: Arc<Session>,
    /// The host, for what is no parameter.
    around: Host,
    typing: Arc<AtomicBool>,
    /// When the encoder was last made ready for what is being typed.
    expected: Option<Instant>,
    /// The same of examples.
    awaited: Option<Instant>,
    editor: Editor,
    host: Option<GuiContext>,
    /// See [`earmark_gui::View::parts_apart`].
    parts_apart: bool,
    /// What the editor has kept of the keyboard since the last frame.
    kept: Kept,
    keys_for_host: KeysForHost,
    keyboard: Keyboard,
    #[cfg(target_os = "linux")]
    first_frame: FirstFrame,
    dialog: Dialog,
    /// What waits for its place to be chosen.
    saving: Option<Saving>,
    /// What waits for its sound file to be chosen.
    example: Option<Example>,
    fallen: Fallen,
    scaling: Scaling,
    measured: Measured,
}

impl App {
    pub(crate) fn new(
        params: Arc<EarmarkParams>,
        session: Arc<Session>,
        around: Host,
        typing: Arc<AtomicBool>,
        parts_apart: bool,
    ) -> App {
        let editor = Editor::with_history(session.recent_queries());
        let scaling = Scaling::at(session.editor_look().scale);
        App {
            params,
            session,
            around,
            typing,
            expected: None,
            awaited: None,
            editor,
            host: None,
            parts_apart,
            kept: Kept::default(),
            keys_for_host: KeysForHost::default(),
            keyboard: Keyboard::default(),
            #[cfg(target_os = "linux")]
            first_frame: FirstFrame::default(),
            dialog: Dialog::default(),
            saving: None,
            example: None,
            fallen: Fallen::default(),
            scaling,
            measured: Measured::default(),
        }
    }

    /// Keys that are not used go to this window.
    pub(crate) fn with_host_window(self, window: HostWindow) -> App {
        App {
            keys_for_host: KeysForHost::to(window),
            ..self
        }
    }

    /// What becomes of the window is noted there.
    pub(crate) fn with_measured(self, measured: Measured) -> App {
        App { measured, ..self }
    }

    /// Draws the page as large as it is to be, and asks the host for the room.
    fn scale(&mut self, context: &egui::Context, frame: &Frame) {
        let window = frame.baseview_window();
        let size = window.size();
        self.measured.set(size.physical.cast(), size.scale_factor);
        let room = [size.logical.width as f32, size.logical.height as f32];
        let now = context.input(|input| input.time);
        let seen = (self.scaling.is_answered(now)).then(|| room::shown(window));
        let (chosen, zoom) = (self.session.editor_look().scale, context.zoom_factor());
        let step = self.scaling.step(chosen, (room, seen.flatten()), zoom, now, || {
            room::screen(Some(size.scale_factor))
        });
        if let Some([width, height]) = step.ask {
            context.send_viewport_cmd(egui::ViewportCommand::InnerSize(egui::vec2(width, height)));
        }
        if let Some(zoom) = step.zoom {
            context.set_zoom_factor(zoom);
        }
        if let Some(drawn) = step.less {
            self.session.notify(words::no_room_for(chosen, drawn));
        }
        if step.zoom.is_none() && step.ask.is_none() {
            let points = room.map(|side| (side / zoom).round() as u32);
            self.params.window.store((points[0], points[1]));
        }
    }

    /// Judged by what had the focus when they were pressed, so before the frame that they belong to has changed it.
    fn pass_keys_on(&mut self, ui: &egui::Ui) {
        let is_key = |event: &egui::Event| matches!(event, egui::Event::Key { .. });
        let fresh = ui.input(|input| input.events.iter().any(is_key));
        self.keys_for_host.pass(TITLE, self.kept, fresh);
    }

    /// Keeps the keyboard after a click.
    fn keep_keyboard(&mut self, context: &egui::Context) {
        let step = self.keyboard.step(Seen::of(context));
        if step == Step::Ask {
            context.send_viewport_cmd(egui::ViewportCommand::Focus);
        }
        if step != Step::Nothing {
            context.request_repaint_after(Keyboard::LOOK);
        }
    }

    /// Carries out what was chosen in a dialog.
    fn take_chosen(&mut self) {
        match self.dialog.chosen() {
            Some(Chosen::Preset(file)) => self.editor.load_preset(file),
            Some(Chosen::Models(files)) => self.session.manager.lock().import(files),
            Some(Chosen::Place(file)) => {
                if let Some(saving) = self.saving.take() {
                    self.session.save(saving, file);
                }
            }
            Some(Chosen::Example(file)) => {
                if let Some(example) = self.example.take() {
                    self.session.take_file(example, file);
                }
            }
            None => {}
        }
    }

    fn carry_out(&mut self, command: Command, host: &ParamSetter) {
        match command {
            Command::SetQuery { slot, text } => {
                self.colour_by_place(slot);
                self.session.edit(slot, &text);
                if !text.is_empty() {
                    self.session.note_query(&text);
                }
                self.edited();
            }
            Command::SetNegative { slot, text } => {
                self.colour_by_place(slot);
                self.session.set_negative(slot, &text);
                self.edited();
            }
            Command::RenameSlot { slot, name } => {
                self.colour_by_place(slot);
                self.session.rename(slot, &name);
                self.edited();
            }
            Command::SetSlotColour { slot, colour } => {
                self.session.colour(slot, colour);
                self.edited();
            }
            Command::MoveSlot { from, to } => self.move_slot(from, to, host),
            Command::PutSlot { slot, content } => {
                self.session.put_slot(slot, stored(content));
                self.edited();
            }
            Command::SetOwn { slot, own } => {
                let before = self.session.stored().slots.get(slot).and_then(|slot| slot.own);
                let after = own.map(OwnMix::clamped);
                self.session.touch(gains());
                self.colour_by_place(slot);
                self.session.set_own(slot, after);
                // Not with every step of a drag: its end says the same once more.
                if before.is_some() != after.is_some() || before == after {
                    self.edited();
                }
            }
            Command::Listen { slot, wanted, to } => {
                self.colour_by_place(slot);
                let example = Example { slot, wanted };
                match to {
                    Listened::Span(span) => self.session.listen(example, span),
                    Listened::File => {
                        if !self.dialog.is_open() {
                            self.example = Some(example);
                            self.dialog.ask(Wanted::Example);
                        }
                    }
                }
            }
            Command::SelectSlot(slot) => {
                self.session.touch(Fields::SLOT);
                set(host, &self.params.slot, number(slot));
            }
            Command::SetAlso(slot) => {
                self.session.touch(Fields::ALSO);
                set(host, &self.params.also, number(slot));
            }
            Command::SetMode(mode) => {
                self.session.touch(gains());
                set(host, &self.params.mode, mode.into());
            }
            Command::SetBypass(bypass) => {
                self.session.touch(Fields::BYPASS);
                set(host, &self.params.bypass, bypass);
            }
            Command::SetMuted(part, muted) => {
                let (field, param) = match part {
                    Part::Target => (Fields::TARGET_MUTED, &self.params.mute_target),
                    Part::Rest => (Fields::REST_MUTED, &self.params.mute_rest),
                };
                self.session.touch(field);
                set(host, param, muted);
            }
            Command::SetChannelMode(mode) => {
                self.session.set_channel_mode(mode);
                self.edited();
            }
            Command::SetAutomation(automation) => {
                self.session.set_automation(automation);
                self.edited();
            }
            Command::ChoosePreset(name) => self.take(self.session.choose_preset(&name), host),
            Command::LoadPreset(path) => self.take(self.session.load_preset(&path), host),
            Command::BrowsePreset => self.dialog.ask(Wanted::Preset(self.session.presets_folder())),
            Command::SavePreset(name) => self.session.save_preset(&name, values(&self.params)),
            Command::RemovePreset(name) => self.session.remove_preset(&name),
            Command::Compare(side) => {
                self.take(self.session.compare(side, values(&self.params)), host);
            }
            Command::CopyToOther => self.session.copy_to_other(values(&self.params)),
            Command::Begin(control) => host.begin_set_parameter(self.params.fader(control)),
            Command::Set(control, value) => {
                self.touch(control);
                host.set_parameter(self.params.fader(control), value);
            }
            Command::End(control) => host.end_set_parameter(self.params.fader(control)),
            Command::ChooseModel(name) => {
                self.session.choose_by_hand(Some(&name), None);
                self.edited();
            }
            Command::ChooseQuality(quality) => {
                self.session.choose_by_hand(None, Some(quality));
                self.edited();
            }
            Command::SetTrim(trim) => {
                self.session.set_trim(trim);
                self.edited();
            }
            Command::SetThreads(threads) => self.session.set_threads(threads),
            Command::WaitForEveryBlock(waits) => self.session.wait_for_every_block(waits),
            Command::ChooseDevice(device) => self.session.set_device(device),
            Command::LookForModels => {
                self.session.manager.lock().look();
                self.session.look_for_devices();
            }
            Command::Download(id) => self.session.manager.lock().download(id),
            Command::Remove(id) => self.session.manager.lock().remove(id),
            Command::Import(files) => self.session.manager.lock().import(files),
            Command::BrowseModels => self.dialog.ask(Wanted::Models),
            Command::CancelWork => self.session.manager.lock().cancel(),
            Command::SetLook(look) => self.session.set_look(look),
            Command::SetMore(more) => {
                self.params.more.store(more);
                self.edited();
            }
            Command::DismissNotice => self.session.dismiss_notice(),
            Command::Audition(slot) => self.session.audition(self.heard_with(slot)),
            Command::AuditionSpan { slot, span } => self.session.audition_span(self.heard_with(slot), span),
            Command::Hold(held) => self.session.hold(held),
            Command::Save {
                slot,
                layer,
                span,
                marks,
            } => self.save(slot, layer, span, &marks),
            Command::StopAudition => self.session.stop_audition(),
        }
    }

    /// A slot, and the one that is heard together with it.
    fn heard_with(&self, slot: usize) -> Heard {
        Heard {
            slot: Some(slot as u8),
            also: self.params.also_slot(),
        }
    }

    /// Takes what is kept now out, and asks where it is to be written.
    fn save(&mut self, slot: usize, layer: Layer, span: Option<Span>, marks: &[Mark]) {
        if self.dialog.is_open() {
            return;
        }
        if let Some(excerpt) = self.session.excerpt(self.heard_with(slot), span) {
            let text = self
                .session
                .stored()
                .slots
                .get(slot)
                .map(|slot| slot.title())
                .unwrap_or_default();
            let marks = self.session.times(&excerpt, marks);
            let saving = Saving {
                excerpt,
                layer,
                marks,
                text,
            };
            let name = saving.name();
            self.dialog.ask(Wanted::Place(name));
            self.saving = Some(saving);
        }
    }

    /// Makes the project count as edited, so that closing it asks to save it. No gesture on a parameter: that would write automation,
    /// overrule a lane and be an undo step of the host's.
    fn edited(&self) {
        self.around.mark_dirty();
    }

    /// A slot that nobody has touched is shown in the colour of its place, and keeps it when it becomes somebody's.
    fn colour_by_place(&self, slot: usize) {
        if self.session.stored().slots.get(slot).is_none_or(is_untouched) {
            self.session.colour(slot, slot as u8);
        }
    }

    /// Moves a slot; the active one stays the active one and the one heard with it that one, wherever they go.
    fn move_slot(&self, from: usize, to: usize, host: &ParamSetter) {
        if from >= SLOTS || to >= SLOTS {
            return;
        }
        let after = |slot: Option<u8>| number(slot.map(|slot| moved(usize::from(slot), from, to)));
        let (active, also) = (after(self.params.active_slot()), after(self.params.also_slot()));
        for slot in from.min(to)..=from.max(to) {
            self.colour_by_place(slot);
        }
        self.session.move_slot(from, to);
        self.session.touch(Fields::SLOTS);
        set(host, &self.params.slot, active);
        if also != self.params.also.value() {
            set(host, &self.params.also, also);
        }
    }

    /// Sets the parameters that another sound comes with, where there is one.
    fn take(&self, values: Option<Values>, host: &ParamSetter) {
        let Some(values) = values else { return };
        let touched = gains() | Fields::WET | Fields::SLOTS | Fields::SHAPING;
        self.session.touch(touched);
        set_values(&values, &self.params, host);
    }

    fn touch(&self, control: Control) {
        self.session.touch(self.params.field(control));
    }
}

/// What the mode is turned into.
fn gains() -> Fields {
    Fields::TARGET_GAIN | Fields::REST_GAIN
}

/// A slot as its parameter counts it: from 1, and 0 for none.
fn number(slot: Option<usize>) -> i32 {
    slot.map_or(0, |slot| slot as i32 + 1)
}

/// Where a slot is after the one at `from` has gone to `to` and those between have closed up.
fn moved(slot: usize, from: usize, to: usize) -> usize {
    if slot == from {
        to
    } else if (from + 1..=to).contains(&slot) {
        slot - 1
    } else if (to..from).contains(&slot) {
        slot + 1
    } else {
        slot
    }
}

/// One whole gesture.
fn set<P: Param>(host: &ParamSetter, param: &P, value: P::Plain) {
    host.begin_set_parameter(param);
    host.set_parameter(param, value);
    host.end_set_parameter(param);
}

impl NiceEguiApp for App {
    fn build(
        &mut self,
        egui_ctx: egui::Context,
        nice_gui_ctx: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), HandlerError> {
        theme::apply(&egui_ctx);
        frame.set_clear_color(theme::DARK.ground.into());
        #[cfg(target_os = "linux")]
        {
            self.first_frame = FirstFrame::of(frame.baseview_window());
        }
        let size = frame.baseview_window().size();
        self.measured.set(size.physical.cast(), size.scale_factor);
        self.host = Some(nice_gui_ctx);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        #[cfg(target_os = "linux")]
        self.first_frame.is_there();
        self.scale(ui.ctx(), frame);
        let mut fallen = std::mem::take(&mut self.fallen);
        if !fallen.guard(ui, |ui| self.draw(ui, frame)) {
            // The keyboard is the host's again.
            self.kept = Kept::default();
            self.keys_for_host.keep(self.kept);
            self.typing.store(false, Ordering::Relaxed);
            frame.set_key_capture(self.kept.capture(false));
        }
        self.fallen = fallen;
    }

    fn resized(&mut self, new_size: WindowSize) {
        self.measured.resized(new_size.physical.cast());
        let (width, height) = (new_size.logical.width.round(), new_size.logical.height.round());
        self.params.window.store((width as u32, height as u32));
    }

    fn editor_closed(&mut self) {
        self.keys_for_host.end();
        #[cfg(target_os = "linux")]
        self.first_frame.is_there();
    }
}

impl App {
    /// One frame.
    fn draw(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        self.take_chosen();
        let offers = {
            let mut manager = self.session.manager.lock();
            if manager.settle() {
                self.session.look_for_models();
            }
            manager.view()
        };
        self.session.watch_limit(self.params.heard());
        if self.session.take_listened() {
            self.edited();
        }
        let mut view = view(&self.params, self.session.snapshot());
        view.offers = offers;
        view.parts_apart = self.parts_apart;
        let commands = self.editor.show(ui, &view);
        if let Some(host) = self.host.clone() {
            let setter = host.param_setter();
            for command in commands {
                self.carry_out(command, &setter);
            }
        }
        self.pass_keys_on(ui);
        self.kept = Kept::of(ui.ctx(), self.editor.is_covered());
        self.keys_for_host.keep(self.kept);
        self.keep_keyboard(ui.ctx());
        let typing = self.kept == Kept::Typing;
        self.typing.store(typing, Ordering::Relaxed);
        if typing && self.expected.is_none_or(|since| since.elapsed() > EXPECT) {
            self.expected = Some(Instant::now());
            self.session.expect_text();
        }
        if self.editor.expects_example() && self.awaited.is_none_or(|since| since.elapsed() > EXPECT) {
            self.awaited = Some(Instant::now());
            self.session.expect_example();
        }
        frame.set_key_capture(self.kept.capture(ui.input(|input| input.modifiers.command)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_followed_wherever_it_goes() {
        for from in 0..SLOTS {
            for to in 0..SLOTS {
                let session = Session::new();
                session.change(|slots| {
                    for (place, slot) in slots.iter_mut().enumerate() {
                        slot.name = place.to_string();
                    }
                });
                session.move_slot(from, to);
                let slots = session.snapshot().slots;
                for slot in 0..SLOTS {
                    let place = moved(slot, from, to);
                    assert_eq!(slots[place].name, slot.to_string(), "{from} to {to}");
                }
            }
        }
    }
}
