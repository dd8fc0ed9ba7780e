//! What a person meets first: few controls, and every other one in two actions.

mod bench;

use bench::{Bench, scenes};
use earmark_gui::{Command, DEFAULT_SIZE, MINIMUM_SIZE, Mode, Status, View};
use egui::{Event, Key, Modifiers, Pos2, vec2};

/// As many as the first view may have.
const MOST: usize = 14;

#[test]
fn the_first_view_has_few_controls() {
    let one_query = || {
        let mut view = scenes::working();
        let slots = &mut view.slots[1..];
        slots.iter_mut().for_each(|slot| slot.text.clear());
        view
    };
    for mode in [Mode::Isolate, Mode::Remove, Mode::Custom] {
        for (name, view) in [("empty", scenes::empty()), ("one query", one_query())] {
            for size in [MINIMUM_SIZE, DEFAULT_SIZE] {
                let view = View { mode, ..view.clone() };
                let bench = Bench::new(view, size, 1.0);
                let controls = bench.controls();
                assert!(
                    controls.len() <= MOST,
                    "{name}, {mode:?}: {} controls, {MOST} are allowed: {controls:?}",
                    controls.len()
                );
            }
        }
    }
}

#[test]
fn one_click_asks_for_a_first_sound() {
    let mut bench = Bench::new(scenes::empty(), DEFAULT_SIZE, 1.0);
    let asked = bench.press("birds");
    let text = "birds".to_owned();
    assert_eq!(asked, [Command::SetQuery { slot: 0, text }]);
    bench.view.slots[0].text = "birds".into();
    bench.view.status = Status::Hearing;
    bench.frame(vec![]);
    assert!(bench.find("rain").is_none(), "they have done their duty");
}

/// Every control that the editor has had: its name, and how the page must be for it to be there.
const ALL: [&str; 31] = [
    "preset",
    "version A",
    "version B",
    "A to B",
    "Bypass",
    "query slot off",
    "query slot 1",
    "query slot 8",
    "sound to look for",
    "Listen to this",
    "Undo",
    "Redo",
    "but not",
    "Hear the last",
    "Isolate",
    "Remove",
    "Custom",
    "Own mix",
    "solo: hear this sound alone",
    "mute this sound",
    "This sound",
    "solo: hear the rest alone",
    "The rest",
    "Wet",
    "Linked",
    "Sensitivity",
    "Gate",
    "model: ",
    "Level: ",
    "Automation: ",
    "models, download",
];

#[test]
fn every_control_is_reached_in_two_actions() {
    let mut bench = Bench::new(scenes::working(), DEFAULT_SIZE, 1.0);
    let at_once: Vec<&str> = ALL
        .into_iter()
        .filter(|name| bench.find(name).is_some())
        .collect();
    assert_eq!(bench.press("More"), [Command::SetMore(true)], "the first action");
    bench.view.more = true;
    bench.frame(vec![]);
    for name in ALL {
        let there = at_once.contains(&name) || bench.find(name).is_some();
        assert!(there, "{name} is not to be had by the second action");
    }
    assert_eq!(bench.press("More"), [Command::SetMore(false)]);
    // What a large model has besides.
    let large = Bench::new(scenes::with_more(scenes::too_slow()), DEFAULT_SIZE, 1.0);
    for name in ["quality: ", "Threads: "] {
        assert!(large.find(name).is_some(), "{name}");
    }
}

#[test]
fn there_are_as_many_tabs_as_queries_and_a_plus() {
    let mut bench = Bench::new(scenes::empty(), DEFAULT_SIZE, 1.0);
    let tabs = |bench: &Bench| {
        let widgets = bench.widgets().into_iter();
        let tabs = widgets.filter(|(name, ..)| name.starts_with("query slot"));
        tabs.count()
    };
    assert_eq!((tabs(&bench), bench.find("another query")), (0, None));
    bench.view.slots[0].text = "rain".into();
    bench.frame(vec![]);
    assert_eq!(tabs(&bench), 1);
    assert_eq!(bench.press("another query"), [Command::SelectSlot(Some(1))]);
    bench.view.active = Some(1);
    bench.frame(vec![]);
    assert_eq!(tabs(&bench), 2);
    assert!(bench.find("another query").is_none(), "the second is still empty");
    bench
        .view
        .slots
        .iter_mut()
        .for_each(|slot| slot.text = "rain".into());
    bench.frame(vec![]);
    assert_eq!((tabs(&bench), bench.find("another query")), (8, None));
}

/// Where the large control's value is.
fn value(bench: &Bench, name: &str) -> Pos2 {
    let rect = bench.find(name).expect("it is on the page");
    rect.right_top() + vec2(-20.0, 16.0)
}

#[test]
fn how_much_is_typed() {
    let mut bench = Bench::new(scenes::working(), DEFAULT_SIZE, 1.0);
    let at = value(&bench, "This sound");
    assert_eq!(bench.click(at), [], "nothing moves");
    bench.frame(vec![]);
    assert!(bench.context.text_edit_focused());
    bench.write("-6,5");
    let set = bench.key(Key::Enter);
    let control = earmark_gui::Control::TargetGain;
    let gesture = |value| {
        [
            Command::Begin(control),
            Command::Set(control, value),
            Command::End(control),
        ]
    };
    assert_eq!(set, gesture(-6.5));
    for (typed, key) in [("loud", Key::Enter), ("3", Key::Escape)] {
        bench.click(at);
        bench.frame(vec![]);
        bench.write(typed);
        assert_eq!(bench.key(key), [], "{typed}");
        assert!(!bench.context.text_edit_focused());
    }
    // By the keyboard alone.
    while bench.focused() != bench.find("This sound") {
        bench.key(Key::Tab);
    }
    bench.key(Key::Enter);
    bench.frame(vec![]);
    bench.write("silent");
    assert_eq!(bench.key(Key::Enter), gesture(-60.0));
}

#[test]
fn a_double_click_resets_how_much_and_shift_is_fine() {
    let mut bench = Bench::new(scenes::working(), DEFAULT_SIZE, 1.0);
    bench.view.numbers[earmark_gui::Control::TargetGain] = -30.0;
    bench.frame(vec![]);
    let rect = bench.find("This sound").expect("it is on the page");
    let at = rect.left_center() + vec2(200.0, 8.0);
    let mut commands = bench.button(at, egui::PointerButton::Primary, true);
    commands.extend(bench.button(at, egui::PointerButton::Primary, false));
    commands.extend(bench.button(at, egui::PointerButton::Primary, true));
    commands.extend(bench.button(at, egui::PointerButton::Primary, false));
    commands.extend(bench.frame(vec![]));
    let mut sets = commands.iter().filter_map(|command| match command {
        Command::Set(_, value) => Some(*value),
        _ => None,
    });
    assert_eq!(sets.next_back(), Some(0.0), "{commands:?}");
    // Ten times as far with Shift as without.
    let moved = |bench: &mut Bench, modifiers| {
        let from = rect.center() + vec2(0.0, 8.0);
        bench.frame(vec![
            Event::ModifiersChanged(modifiers),
            Event::PointerMoved(from),
        ]);
        bench.button(from, egui::PointerButton::Primary, true);
        let far = bench.frame(vec![Event::PointerMoved(from + vec2(50.0, 0.0))]);
        bench.button(from + vec2(50.0, 0.0), egui::PointerButton::Primary, false);
        bench.frame(vec![Event::ModifiersChanged(Modifiers::NONE)]);
        far.into_iter().find_map(|command| match command {
            Command::Set(_, value) => Some(value),
            _ => None,
        })
    };
    let fine = moved(&mut bench, Modifiers::SHIFT).expect("it moves");
    assert!((fine + 30.0).abs() < 1.0 && fine > -30.0, "{fine}");
}

#[test]
fn what_is_not_known_has_known_sounds_to_click() {
    let mut bench = Bench::new(scenes::not_known(), DEFAULT_SIZE, 1.0);
    let text = "a flute".to_owned();
    assert_eq!(bench.press("a flute"), [Command::SetQuery { slot: 0, text }]);
    bench.view.doubt = None;
    bench.frame(vec![]);
    assert!(bench.find("a flute").is_none(), "it is understood");
    // Understood, and not there: sound for three seconds without it.
    bench.view.meters.presence = 0.0;
    for _ in 0..70 {
        bench.frame(vec![]);
    }
    assert!(bench.find("nothing like that here").is_some() && bench.find("a flute").is_some());
}

#[test]
fn where_nothing_comes_in_it_says_to_press_play() {
    let mut bench = Bench::new(scenes::working(), DEFAULT_SIZE, 1.0);
    bench.view.meters = Default::default();
    let told = |bench: &Bench| bench.find("nothing comes in: press play").is_some();
    for _ in 0..40 {
        bench.frame(vec![]);
    }
    assert!(told(&bench));
    bench.view.meters.input[0] = 0.2;
    bench.frame(vec![]);
    assert!(!told(&bench), "something comes in");
}

#[test]
fn what_was_asked_for_before_is_offered_in_the_empty_box() {
    let mut bench = Bench::new(scenes::empty(), DEFAULT_SIZE, 1.0);
    bench.editor = earmark_gui::Editor::with_history(vec!["a lawn mower".into(), "a kettle".into()]);
    bench.frame(vec![]);
    bench.press("sound to look for");
    bench.frame(vec![]);
    assert!(bench.find("a kettle").is_some() && bench.find("a lawn mower").is_some());
    let text = "a lawn mower".to_owned();
    assert_eq!(bench.press("a lawn mower"), [Command::SetQuery { slot: 0, text }]);
}

#[test]
fn the_look_is_chosen_behind_more() {
    let mut bench = Bench::new(scenes::with_more(scenes::working()), DEFAULT_SIZE, 1.0);
    let mut look = earmark_gui::Look {
        light: true,
        ..Default::default()
    };
    assert_eq!(bench.press("Light"), [Command::SetLook(look)]);
    bench.view.look = look;
    bench.frame(vec![]);
    assert_eq!(bench.press("Light"), [], "what is in force is not set again");
    look.calm = true;
    assert_eq!(bench.press("Less motion"), [Command::SetLook(look)]);
}

#[test]
fn the_scale_is_chosen_behind_more_by_mouse_and_by_keyboard() {
    let scaled = |percent: u16| {
        let scale = percent.into();
        Command::SetLook(earmark_gui::Look {
            scale,
            ..Default::default()
        })
    };
    let mut bench = Bench::new(scenes::with_more(scenes::working()), DEFAULT_SIZE, 1.0);
    bench.press("scale: 100 %");
    assert_eq!(bench.press("150 %"), [scaled(150)]);
    // With the keyboard: to the button, into its menu, to the entry.
    let button = bench.find("scale: 100 %");
    while bench.focused() != button {
        bench.key(egui::Key::Tab);
    }
    bench.key(egui::Key::Enter);
    bench.frame(vec![]);
    let entry = bench.find("200 %");
    while bench.focused() != entry {
        bench.key(egui::Key::Tab);
    }
    assert_eq!(bench.key(egui::Key::Enter), [scaled(200)]);
    // A window that has grown out of the screen may have taken the menu along.
    bench.view.look.scale = 200.into();
    bench.view.more = false;
    bench.frame(vec![]);
    assert_eq!(
        bench.key_with(egui::Modifiers::COMMAND, egui::Key::Num0),
        [scaled(100)]
    );
    bench.view.look.scale = 100.into();
    assert_eq!(bench.key_with(egui::Modifiers::COMMAND, egui::Key::Num0), []);
    assert_eq!(
        bench.context.zoom_factor(),
        1.0,
        "whoever owns the window scales it"
    );
}
