//! What runs in the window: draws the view, carries the commands out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use earmark_gui::{Command, Control, Editor, Mode, Quality, theme};
use earmark_models::resunet;
use nice_plug::context::gui::{GuiContext, ParamSetter};
use nice_plug::prelude::{FloatParam, Param};
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{Frame, Key, KeyCapture, NiceEguiApp};

use crate::params::{EarmarkParams, ModeParam};
use crate::session::{Kind, Session};
use crate::view::view;

/// One window's content.
pub(crate) struct App {
    params: Arc<EarmarkParams>,
    session: Arc<Session>,
    typing: Arc<AtomicBool>,
    editor: Editor,
    host: Option<GuiContext>,
}

impl App {
    pub(crate) fn new(params: Arc<EarmarkParams>, session: Arc<Session>, typing: Arc<AtomicBool>) -> App {
        App {
            params,
            session,
            typing,
            editor: Editor::new(),
            host: None,
        }
    }

    fn carry_out(&self, command: Command, host: &ParamSetter) {
        match command {
            Command::SetQuery { slot, text } => {
                self.session.edit(slot, &text);
                // The wrapper has no way to tell a host that something besides a parameter has changed. A gesture that
                // leaves the slot as it is makes the project count as edited, so that closing it asks to save it.
                set(host, &self.params.slot, self.params.slot.value());
            }
            Command::SelectSlot(slot) => {
                self.session.by_hand.touch(Kind::Slot);
                set(host, &self.params.slot, slot.map_or(0, |slot| slot as i32 + 1));
            }
            Command::SetMode(mode) => {
                self.session.by_hand.touch(Kind::Mix);
                let mode = match mode {
                    Mode::Isolate => ModeParam::Isolate,
                    Mode::Remove => ModeParam::Remove,
                    Mode::Custom => ModeParam::Custom,
                };
                set(host, &self.params.mode, mode);
            }
            Command::SetBypass(bypass) => {
                self.session.by_hand.touch(Kind::Bypass);
                set(host, &self.params.bypass, bypass);
            }
            Command::Begin(control) => self.with_fader(control, |fader| host.begin_set_parameter(fader)),
            Command::Set(control, value) => {
                self.session.by_hand.touch(Kind::Mix);
                self.with_fader(control, |fader| host.set_parameter(fader, value));
            }
            Command::End(control) => self.with_fader(control, |fader| host.end_set_parameter(fader)),
            Command::ChooseModel(name) => {
                self.session.choose_by_hand(Some(&name), None);
                set(host, &self.params.slot, self.params.slot.value());
            }
            Command::ChooseQuality(quality) => {
                let quality = match quality {
                    Quality::Fast => resunet::Quality::Fast,
                    Quality::Balanced => resunet::Quality::Balanced,
                    Quality::Best => resunet::Quality::Best,
                };
                self.session.choose_by_hand(None, Some(quality));
                set(host, &self.params.slot, self.params.slot.value());
            }
            Command::SetTrim(trim) => {
                self.session.set_trim(trim);
                set(host, &self.params.slot, self.params.slot.value());
            }
            Command::SetThreads(threads) => self.session.set_threads(threads),
            Command::LookForModels => self.session.manager.lock().look(),
            Command::Download(id) => self.session.manager.lock().download(id),
            Command::Remove(id) => self.session.manager.lock().remove(id),
            Command::Import(files) => self.session.manager.lock().import(files),
            Command::CancelWork => self.session.manager.lock().cancel(),
            Command::DismissNotice => self.session.dismiss_notice(),
            // Not shown yet: nothing behind them.
            Command::SetNegative { .. }
            | Command::RenameSlot { .. }
            | Command::SetSlotColour { .. }
            | Command::MoveSlot { .. }
            | Command::PutSlot { .. }
            | Command::SetOwn { .. }
            | Command::SetMuted(..)
            | Command::SetStereo(_)
            | Command::SetTiming(_)
            | Command::Audition(_)
            | Command::StopAudition
            | Command::ChoosePreset(_)
            | Command::SavePreset(_)
            | Command::LoadPreset(_)
            | Command::RemovePreset(_)
            | Command::Compare(_)
            | Command::CopyToOther => {}
        }
    }

    fn with_fader(&self, control: Control, act: impl FnOnce(&FloatParam)) {
        let fader = match control {
            Control::TargetGain => &self.params.target,
            Control::RestGain => &self.params.rest,
            Control::AttenuationLimit => &self.params.limit,
            Control::Wet => &self.params.wet,
            // Not shown yet: no parameters behind them.
            Control::Sensitivity | Control::Floor | Control::Smoothing | Control::Gate => return,
        };
        act(fader);
    }
}

/// One whole gesture.
fn set<P: Param>(host: &ParamSetter, param: &P, value: P::Plain) {
    host.begin_set_parameter(param);
    host.set_parameter(param, value);
    host.end_set_parameter(param);
}

/// Keys that move and operate a focused fader or button; every other key is the host's.
fn keys_of_a_control() -> Vec<Key> {
    ["Tab", "Enter", "Escape", "ArrowLeft", "ArrowRight", " "]
        .iter()
        .filter_map(|key| key.parse().ok())
        .collect()
}

impl NiceEguiApp for App {
    fn build(
        &mut self,
        egui_ctx: egui::Context,
        nice_gui_ctx: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), HandlerError> {
        theme::apply(&egui_ctx);
        frame.set_clear_color(theme::GROUND.into());
        self.host = Some(nice_gui_ctx);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        let offers = {
            let mut manager = self.session.manager.lock();
            if manager.settle() {
                self.session.look_for_models();
            }
            manager.view()
        };
        let mut view = view(&self.params, self.session.snapshot());
        view.offers = offers;
        let commands = self.editor.show(ui, &view);
        if let Some(host) = &self.host {
            let setter = host.param_setter();
            for command in commands {
                self.carry_out(command, &setter);
            }
        }
        let typing = ui.ctx().text_edit_focused();
        self.typing.store(typing, Ordering::Relaxed);
        // With no focus at all, egui-baseview passes every key on by itself.
        frame.set_key_capture(if typing {
            KeyCapture::CaptureAll
        } else {
            KeyCapture::CaptureKeys(keys_of_a_control())
        });
    }

    fn resized(&mut self, new_size: WindowSize) {
        let (width, height) = (new_size.logical.width.round(), new_size.logical.height.round());
        self.params.window.store((width as u32, height as u32));
    }
}
