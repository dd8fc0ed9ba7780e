//! Every state that a picture is kept of, in both looks.

use earmark_gui::{DEFAULT_SIZE, Look, MINIMUM_SIZE, Mode, View};
use egui::{Event, Key};

use super::{Bench, scenes};

/// A state of the editor.
pub(crate) struct State {
    /// What its picture is called.
    pub(crate) name: &'static str,
    view: View,
    size: (u32, u32),
    /// What a person has done since the window opened.
    done: fn(&mut Bench),
}

impl State {
    fn new(name: &'static str, view: View) -> State {
        State {
            name,
            view,
            size: DEFAULT_SIZE,
            done: |_| {},
        }
    }

    fn smallest(self) -> State {
        State {
            size: MINIMUM_SIZE,
            ..self
        }
    }

    fn after(self, done: fn(&mut Bench)) -> State {
        State { done, ..self }
    }

    /// The editor in this state.
    pub(crate) fn bench(&self, light: bool) -> Bench {
        let look = Look {
            light,
            ..Look::default()
        };
        let view = View {
            look,
            ..self.view.clone()
        };
        let mut bench = Bench::new(view, self.size, 1.0);
        bench.frame(vec![]);
        (self.done)(&mut bench);
        bench
    }
}

/// All of them, in the order in which a person meets them.
pub(crate) fn all() -> Vec<State> {
    use scenes::{
        by_example, by_picture, downloading, empty, failed, fell_back, not_downloaded, not_known, together,
        too_slow, with_more, working,
    };
    let custom = View {
        mode: Mode::Custom,
        ..working()
    };
    let silent = View {
        columns: Vec::new(),
        meters: Default::default(),
        ..working()
    };
    vec![
        State::new("empty", empty()),
        State::new("suggested", empty()).after(|bench| {
            bench.press("sound to look for");
            bench.write("dog");
            bench.key(Key::ArrowDown);
            // The caret blinks; what is typed is where it stands.
            bench.frame(vec![Event::PointerGone]);
        }),
        State::new("press-play", silent).after(|bench| {
            for _ in 0..40 {
                bench.frame(vec![]);
            }
        }),
        State::new("working", working()),
        State::new("span", working()).after(|bench| {
            let picture = bench.find("spectrogram of").expect("the picture is there");
            let at = |across: f32, down: f32| picture.min + picture.size() * egui::vec2(across, down);
            bench.drag(at(0.3, 0.5), at(0.55, 0.6));
            bench.frame(vec![Event::PointerMoved(at(0.42, 0.3))]);
            bench.frame(vec![]);
        }),
        State::new("by-example", by_example()),
        State::new("by-picture", by_picture()),
        State::new("custom", custom),
        State::new("together", together()),
        State::new("more", with_more(working())),
        State::new("not-known", not_known()),
        State::new("too-slow", too_slow()),
        State::new("failed", failed()),
        State::new("downloading", with_more(downloading())).after(open_models),
        State::new("not-downloaded", with_more(not_downloaded()))
            .smallest()
            .after(open_models),
        State::new("device", with_more(fell_back())).after(open_models),
        State::new("smallest", working()).smallest(),
        State::new("smallest-more", with_more(working())).smallest(),
    ]
}

fn open_models(bench: &mut Bench) {
    bench.press("models");
    bench.frame(vec![Event::PointerGone]);
}
