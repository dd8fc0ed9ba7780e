//! What a person types and clicks, fed to the editor as raw egui input without a window, and the commands that come out.

use earmark_gui::{
    Command, Control, Editor, Mode, ModelState, ModelView, OfferView, Quality, Status, View, theme,
};
use egui::{Context, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};

/// An editor in a context of its own, at its default size.
struct Bench {
    context: Context,
    editor: Editor,
    view: View,
    time: f64,
}

/// Inside the query's text box, at the default size.
const BOX: Pos2 = pos2(200.0, 120.0);

impl Bench {
    fn new() -> Bench {
        let context = Context::default();
        theme::apply(&context);
        let view = View {
            status: Status::Empty,
            ..View::default()
        };
        let mut bench = Bench {
            context,
            editor: Editor::new(),
            view,
            time: 0.0,
        };
        bench.frame(vec![]);
        bench
    }

    /// One frame with these events.
    fn frame(&mut self, events: Vec<Event>) -> Vec<Command> {
        self.time += 0.05;
        let (width, height) = earmark_gui::DEFAULT_SIZE;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(width as f32, height as f32))),
            time: Some(self.time),
            events,
            focused: true,
            ..RawInput::default()
        };
        let mut commands = Vec::new();
        let Bench {
            context,
            editor,
            view,
            ..
        } = self;
        let mut output = context.run_ui(input, |ui| commands.extend(editor.show(ui, view)));
        // Nobody paints here.
        output.textures_delta.clear();
        commands
    }

    fn button(&mut self, at: Pos2, pressed: bool) -> Vec<Command> {
        let modifiers = Modifiers::NONE;
        let button = Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers,
        };
        self.frame(vec![Event::PointerMoved(at), button])
    }

    fn click(&mut self, at: Pos2) -> Vec<Command> {
        // A pause, so that two clicks of a test are never a double click.
        self.time += 2.0;
        self.frame(vec![Event::PointerMoved(at)]);
        let mut commands = self.button(at, true);
        commands.extend(self.button(at, false));
        commands
    }

    fn key(&mut self, key: Key) -> Vec<Command> {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        let mut commands = self.frame(vec![event(true)]);
        commands.extend(self.frame(vec![event(false)]));
        commands
    }

    fn write(&mut self, text: &str) -> Vec<Command> {
        self.frame(text.chars().map(|c| Event::Text(c.to_string())).collect())
    }
}

#[test]
fn typing_and_enter_sets_the_query() {
    let mut bench = Bench::new();
    assert!(bench.click(BOX).is_empty());
    assert!(
        bench.context.text_edit_focused(),
        "a click into the box gives it the keyboard"
    );
    assert!(
        bench.write(" a dog barking ").is_empty(),
        "nothing is applied while it is being typed"
    );
    let commands = bench.key(Key::Enter);
    assert_eq!(
        commands,
        [Command::SetQuery {
            slot: 0,
            text: "a dog barking".into()
        }]
    );
    assert!(
        !bench.context.text_edit_focused(),
        "after Enter the host has its keys back"
    );
}

#[test]
fn escape_brings_the_old_text_back() {
    let mut bench = Bench::new();
    bench.view.slots[0].text = "rain".into();
    bench.frame(vec![]);
    bench.click(BOX);
    bench.write(" and thunder");
    assert!(bench.key(Key::Escape).is_empty());
    assert!(!bench.context.text_edit_focused());
    bench.click(BOX);
    bench.key(Key::End);
    bench.write("fall");
    let commands = bench.key(Key::Enter);
    assert_eq!(
        commands,
        [Command::SetQuery {
            slot: 0,
            text: "rainfall".into()
        }]
    );
}

#[test]
fn the_box_keeps_its_keys_and_gives_the_others_back() {
    let mut bench = Bench::new();
    assert!(
        !bench.context.egui_wants_keyboard_input(),
        "without a focus every key is the host's"
    );
    bench.click(BOX);
    bench.write("x");
    bench.key(Key::Space);
    bench.key(Key::ArrowLeft);
    bench.key(Key::Tab);
    bench.click(BOX);
    assert!(bench.context.egui_wants_keyboard_input());
    bench.click(pos2(8.0, 8.0));
    assert!(
        !bench.context.egui_wants_keyboard_input(),
        "a click beside the box gives the keys back"
    );
}

#[test]
fn a_query_typed_while_off_switches_its_slot_on() {
    let mut bench = Bench::new();
    bench.view.active = None;
    bench.frame(vec![]);
    bench.click(BOX);
    bench.write("birds");
    let commands = bench.key(Key::Enter);
    let expected = [
        Command::SetQuery {
            slot: 0,
            text: "birds".into(),
        },
        Command::SelectSlot(Some(0)),
    ];
    assert_eq!(commands, expected);
}

#[test]
fn another_slot_brings_its_own_text() {
    let mut bench = Bench::new();
    bench.view.slots[4].text = "wind".into();
    bench.click(BOX);
    bench.write("half typed");
    bench.view.active = Some(4);
    bench.frame(vec![]);
    bench.click(BOX);
    bench.key(Key::End);
    bench.write("s");
    assert_eq!(
        bench.key(Key::Enter),
        [Command::SetQuery {
            slot: 4,
            text: "winds".into()
        }]
    );
}

#[test]
fn an_emptied_box_empties_the_slot() {
    let mut bench = Bench::new();
    bench.view.slots[0].text = "a".into();
    bench.frame(vec![]);
    bench.click(BOX);
    bench.key(Key::End);
    bench.key(Key::Backspace);
    assert_eq!(
        bench.key(Key::Enter),
        [Command::SetQuery {
            slot: 0,
            text: String::new()
        }]
    );
}

/// Everything that a click on a grid over the whole window answers with.
fn sweep(bench: &mut Bench) -> Vec<Command> {
    let (width, height) = earmark_gui::DEFAULT_SIZE;
    let mut commands = Vec::new();
    for y in (6..height).step_by(14) {
        for x in (6..width).step_by(14) {
            commands.extend(bench.click(pos2(x as f32, y as f32)));
        }
    }
    commands
}

#[test]
fn modes_slots_and_bypass_are_all_within_reach() {
    let mut bench = Bench::new();
    let commands = sweep(&mut bench);
    for command in [
        Command::SetMode(Mode::Remove),
        Command::SetMode(Mode::Custom),
        Command::SetBypass(true),
        Command::SelectSlot(None),
        Command::SelectSlot(Some(7)),
        Command::Begin(Control::TargetGain),
        Command::Begin(Control::Wet),
    ] {
        assert!(commands.contains(&command), "{command:?} was never given");
    }
    assert!(
        !commands.contains(&Command::SetMode(Mode::Isolate)),
        "the mode in force is not set again"
    );
    assert!(
        !commands.contains(&Command::Begin(Control::RestGain)),
        "isolate has no rest to set"
    );
}

#[test]
fn a_drag_is_one_gesture_with_values_in_range() {
    let mut bench = Bench::new();
    bench.view.mode = Mode::Custom;
    // The row of the first fader, at the default size.
    let y = 308.0;
    bench.frame(vec![Event::PointerMoved(pos2(300.0, y))]);
    let mut commands = bench.button(pos2(300.0, y), true);
    for x in [320.0, 420.0, 4000.0] {
        commands.extend(bench.frame(vec![Event::PointerMoved(pos2(x, y))]));
    }
    commands.extend(bench.button(pos2(4000.0, y), false));
    commands.extend(bench.frame(vec![]));
    assert_eq!(commands.first(), Some(&Command::Begin(Control::TargetGain)));
    assert_eq!(commands.last(), Some(&Command::End(Control::TargetGain)));
    let values: Vec<f32> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Set(Control::TargetGain, value) => Some(*value),
            _ => None,
        })
        .collect();
    assert!(values.len() >= 3 && values.is_sorted(), "{values:?}");
    assert_eq!(values.last(), Some(&12.0), "beyond the end is the end");
    let gestures = commands
        .iter()
        .filter(|c| matches!(c, Command::Begin(_) | Command::End(_)))
        .count();
    assert_eq!(gestures, 2);
}

#[test]
fn a_fader_that_leaves_the_page_is_let_go() {
    let mut bench = Bench::new();
    bench.view.mode = Mode::Remove;
    bench.frame(vec![Event::PointerMoved(pos2(300.0, 308.0))]);
    let begun = bench.button(pos2(300.0, 308.0), true);
    assert_eq!(begun.first(), Some(&Command::Begin(Control::AttenuationLimit)));
    bench.view.mode = Mode::Custom;
    assert!(
        bench
            .frame(vec![])
            .contains(&Command::End(Control::AttenuationLimit))
    );
}

/// Opens the menu at `at` and clicks upwards through its entries, until one of them gives a command.
fn choose(bench: &mut Bench, at: Pos2) -> Vec<Command> {
    for above in (20..200).step_by(10) {
        for point in [at, at - vec2(0.0, above as f32)] {
            bench.frame(vec![Event::PointerMoved(point)]);
            bench.button(point, true);
            let commands = bench.button(point, false);
            if !commands.is_empty() {
                return commands;
            }
            bench.frame(vec![]);
        }
        // Whatever is open is closed again.
        for pressed in [true, false] {
            bench.frame(vec![Event::Key {
                key: Key::Escape,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            }]);
        }
    }
    vec![]
}

#[test]
fn model_quality_and_level_are_chosen_from_menus() {
    let mut bench = Bench::new();
    let model = |name: &str| ModelView {
        name: name.into(),
        ..ModelView::default()
    };
    bench.view.model = model("earmark-small");
    bench.view.models = vec![model("earmark-small"), model("audiosep")];
    bench.view.quality = Some(Quality::Best);
    bench.frame(vec![]);
    let y = 474.0;
    assert_eq!(
        choose(&mut bench, pos2(90.0, y)),
        [Command::ChooseModel("audiosep".into())]
    );
    let quality = choose(&mut bench, pos2(230.0, y));
    assert!(
        matches!(quality[..], [Command::ChooseQuality(quality)] if quality != Quality::Best),
        "{quality:?}"
    );
    let level = choose(&mut bench, pos2(340.0, y));
    assert!(matches!(level[..], [Command::SetTrim(Some(_))]), "{level:?}");
    let threads = choose(&mut bench, pos2(480.0, y));
    assert!(
        matches!(threads[..], [Command::SetThreads(Some(_))]),
        "{threads:?}"
    );
}

#[test]
fn models_are_downloaded_imported_and_removed_on_their_page() {
    let mut bench = Bench::new();
    let offer = |name: &str, state| OfferView {
        name: name.into(),
        title: "any sound".into(),
        facts: "1.27 GB".into(),
        state,
    };
    bench.view.offers.models = vec![
        offer("earmark-small", ModelState::Bundled),
        offer("audiosep", ModelState::Downloadable),
        offer("mine", ModelState::Installed),
    ];
    bench.frame(vec![]);
    // The button that opens the page stands after the menus.
    let opened = (280..620)
        .step_by(10)
        .find_map(|x| Some(bench.click(pos2(x as f32, 474.0))).filter(|commands| !commands.is_empty()));
    assert_eq!(opened, Some(vec![Command::LookForModels]));
    let mut commands = Vec::new();
    for y in (60..400).step_by(8) {
        commands.extend(bench.click(pos2(750.0, y as f32)));
    }
    commands.dedup();
    assert_eq!(
        commands,
        [
            Command::Download("audiosep".into()),
            Command::Remove("mine".into())
        ]
    );
    // The field at the bottom.
    for y in (400..480).step_by(6) {
        bench.click(pos2(200.0, y as f32));
    }
    for y in (380..480).step_by(6) {
        bench.click(pos2(200.0, y as f32));
        let typed = bench.frame(vec![Event::Text("/a.ckpt; /b.json".into())]);
        assert_eq!(typed, []);
        let entered = bench.key(Key::Enter);
        if !entered.is_empty() {
            assert_eq!(
                entered,
                [Command::Import(vec!["/a.ckpt".into(), "/b.json".into()])]
            );
            return;
        }
    }
    panic!("nothing could be imported");
}
