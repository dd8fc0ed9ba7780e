//! The editor in a window of its own, without a host: `cargo run -p earmark-plugin --example editor`.
//!
//! For working on how it looks. An argument is shown as a notice. Commands change the view and nothing else; the meters move by themselves.

use earmark_gui::{
    Command, Control, DEFAULT_SIZE, Editor, LatencyView, Levels, ModelState, ModelView, OfferView,
    OffersView, Quality, Status, View, WorkView, theme,
};
use nice_plug_egui::baseview::{HandlerError, dpi};
use nice_plug_egui::{App, EguiWindow, EguiWindowSettings, Frame};

struct Preview {
    editor: Editor,
    view: View,
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
                samples: 20_904,
                milliseconds: 435.5,
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
        }
    }

    fn carry_out(&mut self, command: Command) {
        let view = &mut self.view;
        match command {
            Command::SetQuery { slot, text } => view.slots[slot].text = text,
            Command::SelectSlot(slot) => view.active = slot,
            Command::SetMode(mode) => view.mode = mode,
            Command::SetBypass(bypassed) => view.bypassed = bypassed,
            Command::Set(Control::TargetGain, value) => view.target_db = value,
            Command::Set(Control::RestGain, value) => view.rest_db = value,
            Command::Set(Control::AttenuationLimit, value) => view.attenuation_limit_db = value,
            Command::Set(Control::Wet, value) => view.wet = value,
            Command::Set(..) => {}
            Command::Begin(_) | Command::End(_) => {}
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
            Command::LookForModels | Command::Download(_) | Command::Remove(_) | Command::Import(_) => {}
            Command::DismissNotice => view.notice = None,
            _ => {}
        }
        view.status = match view.active {
            _ if view.bypassed => Status::Bypassed,
            None => Status::Off,
            Some(slot) if view.slots[slot].text.is_empty() => Status::Empty,
            Some(_) => Status::Hearing,
        };
    }
}

impl App for Preview {
    fn build(&mut self, context: egui::Context, frame: &mut Frame) -> Result<(), HandlerError> {
        theme::apply(&context);
        frame.set_clear_color(theme::GROUND.into());
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        let time = ui.input(|input| input.time) as f32;
        let level = |speed: f32, peak: f32| peak * (0.6 + 0.4 * (time * speed).sin().abs());
        self.view.levels = Levels {
            input: [level(3.1, 0.5), level(2.7, 0.42)],
            target: [level(7.3, 0.2), level(6.1, 0.17)],
            output: [level(7.3, 0.2), level(6.1, 0.17)],
        };
        for command in self.editor.show(ui, &self.view) {
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
