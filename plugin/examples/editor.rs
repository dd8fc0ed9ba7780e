//! The editor in a window of its own, without a host: `cargo run -p earmark-plugin --example editor`.
//!
//! For working on how it looks. An argument is shown as a notice. Commands change the view and nothing else; meters and spectrogram move by themselves.

use earmark_gui::{
    Audition, BANDS, Column, Command, DEFAULT_SIZE, Editor, LatencyView, Loudness, ModelState, ModelView,
    Moment, OfferView, OffersView, Part, PresetView, Quality, SoundView, Status, View, WorkView, theme,
};
use nice_plug_egui::baseview::{HandlerError, dpi};
use nice_plug_egui::{App, EguiWindow, EguiWindowSettings, Frame};

struct Preview {
    editor: Editor,
    view: View,
    /// Columns so far.
    heard: u32,
}

impl Preview {
    fn new() -> Preview {
        let model = |name: &str, title: &str, licence: &str| ModelView {
            name: name.into(),
            title: title.into(),
            licence: licence.into(),
        };
        let models = vec![
            model("earmark-small", "Small and quick", "MIT or Apache-2.0"),
            model("audiosep", "Any sound", "MIT"),
        ];
        let mut view = View {
            status: Status::Hearing,
            latency: Some(LatencyView {
                samples: 21_840,
                milliseconds: 455.0,
            }),
            model: models[0].clone(),
            models,
            quality_latency: [0.95, 1.55, 4.27],
            version: env!("CARGO_PKG_VERSION").into(),
            ..View::default()
        };
        view.offers = OffersView {
            models: [
                ("earmark-small", ModelState::Bundled, "MIT or Apache-2.0"),
                (
                    "audiosep",
                    ModelState::Downloadable,
                    "1.27 GB to download \u{b7} MIT",
                ),
                ("audiosep-hive", ModelState::Installed, "installed, 605 MB"),
            ]
            .map(|(name, state, facts)| OfferView {
                name: name.into(),
                title: "What it is good at".into(),
                facts: facts.into(),
                state,
            })
            .into(),
            work: Some(WorkView {
                model: Some("audiosep".into()),
                text: "downloading: 512 MB of 1.27 GB".into(),
                share: Some(0.4),
            }),
            message: None,
            folder: "the folder of models".into(),
        };
        view.notice = std::env::args().nth(1);
        view.slots[0].text = "the sound of hitting the keyboard".into();
        view.slots[2].text = "a dog barking".into();
        Preview {
            editor: Editor::new(),
            view,
            heard: 0,
        }
    }

    fn carry_out(&mut self, command: Command) {
        let view = &mut self.view;
        match command {
            Command::SetQuery { slot, text } => view.slots[slot].text = text,
            Command::SetNegative { slot, text } => view.slots[slot].negative = text,
            Command::RenameSlot { slot, name } => view.slots[slot].name = name,
            Command::SetSlotColour { slot, colour } => view.slots[slot].colour = colour,
            Command::MoveSlot { from, to } if from < to => view.slots[from..=to].rotate_left(1),
            Command::MoveSlot { from, to } => view.slots[to..=from].rotate_right(1),
            Command::PutSlot { slot, content } => view.slots[slot] = content,
            Command::SetOwn { slot, own } => view.slots[slot].own = own,
            Command::Listen { slot, wanted, .. } => {
                let title = "like knocking on a door".to_owned();
                let outline = (0..32).map(|part| 15 - part % 8 * 2).collect();
                let content = String::new();
                view.slots[slot].sounds.push(SoundView {
                    title,
                    wanted,
                    outline,
                    picture: false,
                    content,
                });
            }
            Command::SelectSlot(slot) => view.active = slot,
            Command::SetAlso(slot) => view.also = slot,
            Command::SetMode(mode) => view.mode = mode,
            Command::SetBypass(bypassed) => view.bypassed = bypassed,
            Command::SetMuted(Part::Target, muted) => view.target_muted = muted,
            Command::SetMuted(Part::Rest, muted) => view.rest_muted = muted,
            Command::SetChannelMode(stereo) => view.stereo = stereo,
            Command::SetAutomation(timing) => view.timing = timing,
            Command::Set(control, value) => view.numbers[control] = value,
            Command::Begin(_) | Command::End(_) => {}
            Command::Audition(_) | Command::AuditionSpan { .. } => view.audition = Audition::Playing,
            Command::Hold(held) => view.held = held,
            Command::Save { .. } => {}
            Command::StopAudition => view.audition = Audition::Off,
            Command::ChoosePreset(name) => view.preset = Some(name),
            Command::SavePreset(name) => {
                let factory = false;
                view.preset = Some(name.clone());
                view.presets.push(PresetView { name, factory });
            }
            Command::RemovePreset(name) => view.presets.retain(|preset| preset.name != name),
            Command::LoadPreset(_) | Command::BrowsePreset | Command::CopyToOther => {}
            Command::Compare(side) => view.compare = side,
            Command::ChooseModel(name) => {
                if let Some(model) = view.models.iter().find(|model| model.name == name) {
                    view.quality = (name != "earmark-small").then_some(Quality::Balanced);
                    view.model = model.clone();
                }
            }
            Command::ChooseQuality(quality) => view.quality = Some(quality),
            Command::SetTrim(trim) => view.trim = trim,
            Command::SetThreads(threads) => view.threads = threads,
            Command::CancelWork => view.offers.work = None,
            Command::LookForModels
            | Command::Download(_)
            | Command::Remove(_)
            | Command::Import(_)
            | Command::BrowseModels => {}
            Command::ChooseDevice(device) => view.computing.chosen = device,
            Command::WaitForEveryBlock(waits) => view.computing.waits = waits,
            Command::SetLook(look) => view.look = look,
            Command::SetMore(more) => view.more = more,
            Command::DismissNotice => view.notice = None,
        }
        view.status = match view.active {
            _ if view.bypassed => Status::Bypassed,
            None => Status::Off,
            Some(_) if view.heard().all(|slot| slot.is_empty()) => Status::Empty,
            Some(_) => Status::Hearing,
        };
    }

    /// As many columns as are due at `time`, seven at a time as a model's blocks bring them: a tone that glides, and now and
    /// then a target above it.
    fn listen(&mut self, time: f32) {
        while self.heard as f32 * 0.02 + 0.14 < time {
            for _ in 0..7 {
                let now = self.heard as f32 * 0.02;
                let tone = 14.0 + 8.0 * (now * 1.7).sin();
                let hit = if now % 3.0 < 1.5 {
                    1.0 - (now % 0.3) / 0.3
                } else {
                    0.0
                };
                let level = |band: usize, centre: f32, width: f32, peak: f32| {
                    let far = (band as f32 - centre) / width;
                    (peak * (-far * far).exp()) as u8
                };
                let target: [u8; BANDS] = std::array::from_fn(|band| level(band, 40.0, 18.0, 220.0 * hit));
                let mixture =
                    std::array::from_fn(|band| target[band].max(level(band, tone, 2.0, 190.0)).max(50));
                let presence = (hit * 200.0) as u8;
                self.view.meters.presence = hit;
                self.view.columns.push(Column {
                    mixture,
                    target,
                    presence,
                    at: Moment::default(),
                });
                self.heard += 1;
            }
        }
    }
}

impl App for Preview {
    fn build(&mut self, context: egui::Context, frame: &mut Frame) -> Result<(), HandlerError> {
        theme::apply(&context);
        frame.set_clear_color(theme::DARK.ground.into());
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        let time = ui.input(|input| input.time) as f32;
        let level = |speed: f32, peak: f32| peak * (0.6 + 0.4 * (time * speed).sin().abs());
        let meters = &mut self.view.meters;
        meters.input[..2].copy_from_slice(&[level(3.1, 0.5), level(2.7, 0.42)]);
        meters.target[..2].copy_from_slice(&[level(7.3, 0.2), level(6.1, 0.17)]);
        meters.output[..2].copy_from_slice(&[level(7.3, 0.2), level(6.1, 0.17)]);
        self.view.loudness = Loudness {
            input: Some(-18.0 - 3.0 * (time * 0.7).sin()),
            output: Some(-26.0 - 4.0 * (time * 1.1).sin()),
        };
        self.view.history_seconds = time.min(10.0);
        self.listen(time);
        let commands = self.editor.show(ui, &self.view);
        self.view.columns.clear();
        for command in commands {
            self.carry_out(command);
        }
    }
}

fn main() {
    let size = dpi::LogicalSize::new(f64::from(DEFAULT_SIZE.0), f64::from(DEFAULT_SIZE.1));
    let settings = EguiWindowSettings::new().with_title("Earmark").with_size(size);
    let shown = EguiWindow::create(settings, Preview::new()).and_then(|window| window.run_until_closed());
    if let Err(error) = shown {
        eprintln!("The window could not be shown: {error}. Is there a display?");
        std::process::exit(1);
    }
}
