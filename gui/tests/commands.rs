//! What a person types, clicks and drags, fed to the editor as raw egui input without a window, and the commands that come out.

mod bench;

use bench::{Bench, scenes};
use earmark_gui::{
    Audition, Automation, CardView, ChannelMode, Command, Control, DEFAULT_SIZE, DeviceChoice, Mode, OwnMix,
    Part, PresetView, Quality, Side, SlotView, Status, View,
};
use egui::{Event, Key, Modifiers, pos2, vec2};

/// What the query's text box is called.
const BOX: &str = "sound to look for";

fn working() -> Bench {
    Bench::new(scenes::with_more(scenes::working()), DEFAULT_SIZE, 1.0)
}

#[test]
fn typing_and_enter_sets_the_query() {
    let mut bench = Bench::default();
    assert!(bench.press(BOX).is_empty());
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
    let mut bench = Bench::default();
    bench.view.slots[0].text = "rain".into();
    bench.frame(vec![]);
    bench.press(BOX);
    bench.write(" and thunder");
    assert!(bench.key(Key::Escape).is_empty());
    assert!(!bench.context.text_edit_focused());
    bench.press(BOX);
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
    let mut bench = Bench::default();
    assert!(
        !bench.context.egui_wants_keyboard_input(),
        "without a focus every key is the host's"
    );
    bench.press(BOX);
    bench.write("x");
    bench.key(Key::Space);
    bench.key(Key::ArrowLeft);
    bench.key(Key::Tab);
    bench.press(BOX);
    assert!(bench.context.egui_wants_keyboard_input());
    bench.click(pos2(8.0, 8.0));
    assert!(
        !bench.context.egui_wants_keyboard_input(),
        "a click beside the box gives the keys back"
    );
}

#[test]
fn a_query_typed_while_off_switches_its_slot_on() {
    let mut bench = Bench::default();
    bench.view.active = None;
    bench.frame(vec![]);
    bench.press(BOX);
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
    bench.view.slots[0].text = "birds".into();
    bench.view.also = Some(0);
    bench.frame(vec![]);
    bench.press(BOX);
    bench.key(Key::End);
    bench.write("ong");
    assert_eq!(
        bench.key(Key::Enter)[1..],
        [Command::SelectSlot(Some(0)), Command::SetAlso(None)],
        "it is not the second one beside itself"
    );
}

#[test]
fn another_slot_brings_its_own_text() {
    let mut bench = Bench::default();
    bench.view.slots[4].text = "wind".into();
    bench.press(BOX);
    bench.write("half typed");
    bench.view.active = Some(4);
    bench.frame(vec![]);
    bench.press(BOX);
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
    let mut bench = Bench::default();
    bench.view.slots[0].text = "a".into();
    bench.frame(vec![]);
    bench.press(BOX);
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

#[test]
fn suggestions_are_chosen_by_key_or_click() {
    let query = |text: &str| {
        [Command::SetQuery {
            slot: 0,
            text: text.into(),
        }]
    };
    let mut bench = Bench::default();
    bench.press(BOX);
    bench.write("dog");
    bench.frame(vec![]);
    bench.frame(vec![]);
    assert!(bench.find("a dog barking").is_some());
    assert_eq!(bench.press("a dog barking"), query("a dog barking"));
    assert!(
        bench.find("a dog barking").is_none(),
        "the list goes when it has done its duty"
    );
    bench.press(BOX);
    bench.frame(vec![]);
    bench.key_with(Modifiers::COMMAND, Key::A);
    bench.write("thun");
    bench.frame(vec![]);
    bench.key(Key::ArrowDown);
    assert_eq!(bench.key(Key::Enter), query("thunder"));
    bench.press(BOX);
    bench.key_with(Modifiers::COMMAND, Key::A);
    bench.write("dog");
    bench.frame(vec![]);
    assert_eq!(
        bench.key(Key::Enter),
        query("dog"),
        "what is typed is what is meant"
    );
}

#[test]
fn the_arrows_bring_earlier_queries_back() {
    let mut bench = Bench::default();
    for text in ["rain", "wind"] {
        bench.press(BOX);
        bench.key_with(Modifiers::COMMAND, Key::A);
        bench.write(text);
        for command in bench.key(Key::Enter) {
            if let Command::SetQuery { slot, text } = command {
                bench.view.slots[slot].text = text;
            }
        }
    }
    bench.press(BOX);
    bench.key_with(Modifiers::COMMAND, Key::A);
    bench.write("half");
    bench.key(Key::ArrowUp);
    bench.key(Key::ArrowUp);
    let older = bench.key(Key::Enter);
    assert_eq!(
        older,
        [Command::SetQuery {
            slot: 0,
            text: "rain".into()
        }]
    );
    bench.press(BOX);
    bench.key(Key::ArrowUp);
    bench.key(Key::ArrowDown);
    assert!(
        bench.key(Key::Enter).is_empty(),
        "Down leads back to what was there"
    );
}

#[test]
fn what_the_text_does_not_mean_is_a_text_of_its_own() {
    let mut bench = working();
    bench.view.slots[0].negative.clear();
    bench.frame(vec![]);
    bench.press("but not");
    assert!(bench.context.text_edit_focused());
    bench.write("music");
    assert_eq!(
        bench.key(Key::Enter),
        [Command::SetNegative {
            slot: 0,
            text: "music".into()
        }]
    );
}

#[test]
fn texts_are_undone_and_done_again() {
    let mut bench = Bench::default();
    bench.view.more = true;
    bench.press(BOX);
    bench.write("rain");
    bench.key(Key::Enter);
    bench.view.slots[0].text = "rain".into();
    bench.frame(vec![]);
    let text = |commands: Vec<Command>| match &commands[..] {
        [Command::PutSlot { slot: 0, content }] => content.text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(bench.press("Undo")), "");
    bench.view.slots[0].text.clear();
    bench.frame(vec![]);
    assert!(bench.press("Undo").is_empty(), "there is nothing more to undo");
    bench.press(BOX);
    let redone = bench.key_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(text(redone), "rain");
}

#[test]
fn modes_slots_versions_and_bypass_are_one_click() {
    let mut bench = working();
    for (name, command) in [
        ("Remove", Command::SetMode(Mode::Remove)),
        ("Custom", Command::SetMode(Mode::Custom)),
        ("Bypass", Command::SetBypass(true)),
        ("query slot off", Command::SelectSlot(None)),
        ("query slot 8", Command::SelectSlot(Some(7))),
        ("version B", Command::Compare(Side::B)),
        ("A to B", Command::CopyToOther),
        ("Each", Command::SetChannelMode(ChannelMode::Each)),
        ("Hear the last 10 s", Command::Audition(0)),
    ] {
        assert_eq!(bench.press(name), [command]);
    }
    for name in ["Isolate", "query slot 1", "version A", "Linked"] {
        assert_eq!(bench.press(name), [], "what is in force is not set again");
    }
    bench.view.audition = Audition::Playing;
    bench.frame(vec![]);
    assert_eq!(bench.press("Back to the track"), [Command::StopAudition]);
}

#[test]
fn there_is_nothing_to_hear_again_before_something_was_heard() {
    let bench = Bench::default();
    assert!(bench.find("Hear the last").is_none());
}

#[test]
fn solo_is_the_other_parts_mute() {
    let mut bench = working();
    bench.view.mode = Mode::Custom;
    bench.frame(vec![]);
    assert_eq!(
        bench.press("mute this sound"),
        [Command::SetMuted(Part::Target, true)]
    );
    assert_eq!(
        bench.press("solo: hear this sound alone"),
        [Command::SetMuted(Part::Rest, true)]
    );
    bench.view.rest_muted = true;
    bench.frame(vec![]);
    assert_eq!(
        bench.press("solo: hear this sound alone"),
        [Command::SetMuted(Part::Rest, false)]
    );
    assert_eq!(
        bench.press("solo: hear the rest alone"),
        [
            Command::SetMuted(Part::Target, true),
            Command::SetMuted(Part::Rest, false)
        ]
    );
    bench.view.mode = Mode::Isolate;
    bench.frame(vec![]);
    assert_eq!(bench.press("mute the rest"), [], "isolate has no rest");
}

#[test]
fn a_slot_is_dragged_to_another_place() {
    let mut bench = working();
    let (from, to) = (bench.at("query slot 1"), bench.at("query slot 4"));
    assert_eq!(bench.drag(from, to), [Command::MoveSlot { from: 0, to: 3 }]);
    assert_eq!(bench.drag(to, to + vec2(20.0, 0.0)), [], "a slip is no move");
}

#[test]
fn a_second_slot_is_heard_together_with_the_active_one() {
    let mut bench = working();
    for modifiers in [Modifiers::SHIFT, Modifiers::COMMAND] {
        assert_eq!(
            bench.press_with(modifiers, "query slot 2"),
            [Command::SetAlso(Some(1))]
        );
        assert_eq!(
            bench.press_with(modifiers, "query slot 1"),
            [],
            "the active one is heard anyway"
        );
    }
    bench.view.also = Some(1);
    bench.frame(vec![]);
    assert!(
        bench
            .find("query slot 2, rain, heard together with the active slot")
            .is_some()
    );
    assert!(
        bench
            .find("hearing: typing on a keyboard + rain, not speech")
            .is_some()
    );
    assert_eq!(
        bench.press_with(Modifiers::SHIFT, "query slot 2"),
        [Command::SetAlso(None)]
    );
    assert_eq!(
        bench.press_with(Modifiers::SHIFT, "query slot 3"),
        [Command::SetAlso(Some(2))],
        "another one takes its place"
    );
    assert_eq!(
        bench.press("query slot 3"),
        [Command::SelectSlot(Some(2))],
        "the second stays beside another active one"
    );
    assert_eq!(
        bench.press("query slot 2"),
        [Command::SelectSlot(Some(1)), Command::SetAlso(None)],
        "the second itself is then heard alone"
    );
    bench.view.active = None;
    bench.frame(vec![]);
    assert_eq!(
        bench.press_with(Modifiers::SHIFT, "query slot 3"),
        [Command::SelectSlot(Some(2))],
        "there is nothing to be heard together with"
    );
}

#[test]
fn a_second_slot_is_chosen_from_the_menu() {
    let mut bench = working();
    let entry = "Hear together with the active slot";
    bench.menu("query slot 1");
    bench.frame(vec![]);
    assert_eq!(bench.press(entry), [], "the active one cannot be");
    bench.key(Key::Escape);
    bench.menu("query slot 3");
    bench.frame(vec![]);
    assert_eq!(bench.press(entry), [Command::SetAlso(Some(2))]);
    assert!(bench.find(entry).is_none(), "the menu closes");
    bench.view.also = Some(2);
    bench.frame(vec![]);
    bench.menu("query slot 3");
    bench.frame(vec![]);
    assert_eq!(bench.press("No longer together"), [Command::SetAlso(None)]);
}

#[test]
fn a_second_slot_is_chosen_with_the_keyboard_alone() {
    let mut bench = working();
    while bench.focused() != bench.find("query slot 2") {
        bench.key(Key::Tab);
    }
    for key in [Key::Enter, Key::Space] {
        assert_eq!(bench.key_with(Modifiers::SHIFT, key), [Command::SetAlso(Some(1))]);
        assert_eq!(bench.key(key), [Command::SelectSlot(Some(1))], "plain as ever");
    }
    bench.view.also = Some(1);
    bench.frame(vec![]);
    assert_eq!(
        bench.key_with(Modifiers::SHIFT, Key::Space),
        [Command::SetAlso(None)]
    );
}

#[test]
fn a_slots_menu_names_colours_copies_and_clears() {
    let mut bench = working();
    assert_eq!(bench.menu("query slot 2"), []);
    bench.frame(vec![]);
    bench.write("the weather");
    assert_eq!(
        bench.key(Key::Enter),
        [Command::RenameSlot {
            slot: 1,
            name: "the weather".into()
        }]
    );
    bench.menu("query slot 2");
    bench.frame(vec![]);
    assert_eq!(
        bench.press("pink"),
        [Command::SetSlotColour { slot: 1, colour: 3 }]
    );
    bench.key(Key::Escape);
    bench.menu("query slot 1");
    bench.frame(vec![]);
    assert_eq!(bench.press("Copy"), []);
    bench.menu("query slot 6");
    bench.frame(vec![]);
    let content = bench.view.slots[0].clone();
    assert_eq!(bench.press("Paste"), [Command::PutSlot { slot: 5, content }]);
    bench.menu("query slot 2");
    bench.frame(vec![]);
    let content = SlotView {
        colour: 1,
        ..SlotView::default()
    };
    assert_eq!(bench.press("Clear"), [Command::PutSlot { slot: 1, content }]);
}

#[test]
fn a_slot_with_the_keyboard_copies_pastes_and_clears() {
    let mut bench = working();
    while bench.focused() != bench.find("query slot 1") {
        bench.key(Key::Tab);
    }
    assert_eq!(bench.frame(vec![Event::Copy]), []);
    bench.key(Key::Tab);
    let pasted = bench.frame(vec![Event::Paste("typing on a keyboard, not speech".into())]);
    let content = bench.view.slots[0].clone();
    assert_eq!(
        pasted,
        [Command::PutSlot { slot: 1, content }],
        "all of the slot that was copied"
    );
    let pasted = bench.frame(vec![Event::Paste(" snow \nand more".into())]);
    let [Command::PutSlot { slot: 1, content }] = &pasted[..] else {
        panic!("{pasted:?}")
    };
    assert_eq!(
        (content.text.as_str(), content.colour),
        ("snow", 1),
        "a text from elsewhere"
    );
    assert!(matches!(
        bench.key(Key::Delete)[..],
        [Command::PutSlot { slot: 1, .. }]
    ));
    assert_eq!(bench.key(Key::Space), [Command::SelectSlot(Some(1))]);
}

#[test]
fn a_drag_is_one_gesture_with_values_in_range() {
    let mut bench = working();
    bench.view.mode = Mode::Custom;
    bench.frame(vec![]);
    let start = bench.at("This sound");
    let commands = bench.drag(start, pos2(4000.0, start.y));
    assert_eq!(commands.first(), Some(&Command::Begin(Control::TargetGain)));
    assert_eq!(commands.last(), Some(&Command::End(Control::TargetGain)));
    let values: Vec<f32> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Set(Control::TargetGain, value) => Some(*value),
            _ => None,
        })
        .collect();
    assert!(values.len() >= 2 && values.is_sorted(), "{values:?}");
    assert_eq!(values.last(), Some(&12.0), "beyond the end is the end");
    let gestures = commands
        .iter()
        .filter(|c| matches!(c, Command::Begin(_) | Command::End(_)))
        .count();
    assert_eq!(gestures, 2);
}

#[test]
fn every_fader_moves_what_it_is_called_after() {
    let mut bench = working();
    bench.view.mode = Mode::Remove;
    bench.frame(vec![]);
    for (name, control) in [
        ("Turn it down", Control::AttenuationLimit),
        ("The rest", Control::RestGain),
        ("Wet", Control::Wet),
        ("Sensitivity", Control::Sensitivity),
        ("Floor", Control::Floor),
        ("Smoothing", Control::Smoothing),
        ("Gate", Control::Gate),
    ] {
        let rect = bench.find(name).unwrap_or(egui::Rect::NOTHING);
        let commands = bench.click(rect.left_center() + vec2(rect.width() * 0.25, 0.0));
        let [
            Command::Begin(begun),
            Command::Set(set, value),
            Command::End(ended),
        ] = commands[..]
        else {
            panic!("{name}: {commands:?}")
        };
        assert_eq!((begun, set, ended), (control, control, control));
        assert!(control.number().range().contains(&value), "{name}: {value}");
    }
}

#[test]
fn a_fader_that_leaves_the_page_is_let_go() {
    let mut bench = working();
    bench.view.mode = Mode::Remove;
    bench.frame(vec![]);
    let at = bench.at("Turn it down");
    bench.frame(vec![Event::PointerMoved(at)]);
    let begun = bench.button(at, egui::PointerButton::Primary, true);
    assert_eq!(begun.first(), Some(&Command::Begin(Control::AttenuationLimit)));
    bench.view.mode = Mode::Custom;
    assert!(
        bench
            .frame(vec![])
            .contains(&Command::End(Control::AttenuationLimit))
    );
}

#[test]
fn the_keyboard_moves_a_fader() {
    let mut bench = working();
    while bench.focused() != bench.find("This sound") {
        bench.key(Key::Tab);
    }
    let commands = bench.key(Key::ArrowLeft);
    assert!(
        matches!(commands[..], [Command::Begin(_), Command::Set(Control::TargetGain, value), Command::End(_)] if value < 0.0),
        "{commands:?}"
    );
}

#[test]
fn a_mix_of_the_slots_own_is_no_gesture_of_the_host() {
    let mut bench = working();
    let parameters = bench.view.parameters();
    assert_eq!(
        bench.press("Own mix"),
        [Command::SetOwn {
            slot: 0,
            own: Some(parameters)
        }]
    );
    let own = OwnMix {
        mode: Mode::Custom,
        target_db: -6.0,
        ..parameters
    };
    bench.view.slots[0].own = Some(own);
    bench.frame(vec![]);
    let moded = bench.press("Remove");
    let [
        Command::SetOwn {
            slot: 0,
            own: Some(mix),
        },
    ] = moded[..]
    else {
        panic!("{moded:?}")
    };
    assert_eq!((mix.mode, mix.target_db), (Mode::Remove, -6.0));
    let rect = bench.find("The rest").unwrap_or(egui::Rect::NOTHING);
    let moved = bench.click(rect.left_center() + vec2(rect.width() * 0.25, 0.0));
    let [
        first @ Command::SetOwn {
            slot: 0,
            own: Some(mix),
        },
        last,
    ] = &moved[..]
    else {
        panic!("{moved:?}")
    };
    assert!(mix.rest_db < -20.0 && mix.target_db == -6.0, "{mix:?}");
    assert_eq!(first, last, "the end of the gesture says what it has become");
    assert_eq!(bench.press("Own mix"), [Command::SetOwn { slot: 0, own: None }]);
}

#[test]
fn presets_are_chosen_kept_opened_and_removed() {
    let mut bench = working();
    bench.view.presets.push(PresetView {
        name: "mine".into(),
        factory: false,
    });
    bench.press("preset");
    bench.frame(vec![]);
    assert_eq!(
        bench.press("Rain only"),
        [Command::ChoosePreset("Rain only".into())]
    );
    bench.frame(vec![]);
    assert!(bench.find("Rain only").is_none(), "the menu closes");
    bench.press("preset");
    bench.frame(vec![]);
    let row = bench.at("mine").y;
    let remove = bench
        .widgets()
        .into_iter()
        .find(|(name, _, rect)| name == "Remove" && rect.y_range().contains(row))
        .map(|(_, _, rect)| rect.center());
    assert_eq!(
        bench.click(remove.unwrap_or_default()),
        [Command::RemovePreset("mine".into())]
    );
}

#[test]
fn a_presets_file_is_named_or_looked_for() {
    let mut bench = working();
    bench.press("preset");
    bench.frame(vec![]);
    assert_eq!(bench.press("Browse"), [Command::BrowsePreset]);
    // While the dialog is open, something is done that could be taken back …
    let without = SlotView::default();
    let cleared = bench.view.slots[1].clone();
    bench.press("query slot 2");
    bench.key(Key::Delete);
    bench.view.slots[1] = without;
    assert_ne!(cleared, bench.view.slots[1]);
    bench.editor.load_preset("/a.json".into());
    assert_eq!(bench.frame(vec![]), [Command::LoadPreset("/a.json".into())]);
    assert_eq!(bench.frame(vec![]), [], "once");
    // … and no longer, in slots that are others now.
    assert_eq!(bench.press("Undo"), []);
    bench.press("preset");
    bench.frame(vec![]);
    let path = bench
        .widgets()
        .into_iter()
        .filter(|(_, role, _)| *role == egui::accesskit::Role::TextInput)
        .max_by(|(.., a), (.., b)| a.top().total_cmp(&b.top()));
    bench.click(path.map(|(.., rect)| rect.center()).unwrap_or_default());
    bench.write("\"/my presets/b.json\" ");
    assert_eq!(
        bench.press("Open"),
        [Command::LoadPreset("/my presets/b.json".into())]
    );
}

#[test]
fn model_quality_level_threads_and_timing_are_chosen_from_menus() {
    let mut bench = Bench::new(scenes::with_more(scenes::too_slow()), DEFAULT_SIZE, 1.0);
    for (menu, entry, command) in [
        (
            "model: ",
            "earmark-small",
            Command::ChooseModel("earmark-small".into()),
        ),
        ("quality: ", "best", Command::ChooseQuality(Quality::Best)),
        (
            "Level: automatic",
            "Level: +20.0 dB",
            Command::SetTrim(Some(20.0)),
        ),
        (
            "Threads: usual",
            "Threads: 3",
            Command::SetThreads(std::num::NonZeroUsize::new(3)),
        ),
        (
            "Automation: in time",
            "Automation: at the output",
            Command::SetAutomation(Automation::AtOutput),
        ),
    ] {
        bench.press(menu);
        bench.frame(vec![]);
        assert_eq!(bench.press(entry), [command]);
        assert!(bench.find(entry).is_none(), "the menu closes");
    }
}

#[test]
fn a_device_is_chosen_from_those_that_can_be_used() {
    let mut bench = Bench::new(scenes::with_more(scenes::fell_back()), DEFAULT_SIZE, 1.0);
    bench.press("models");
    bench.frame(vec![]);
    assert!(bench.find("now: the processor").is_some());
    assert!(
        bench.find("The NVIDIA graphics card failed").is_some(),
        "it is told in words what went wrong"
    );
    assert_eq!(
        bench.press("Try again"),
        [Command::ChooseDevice(DeviceChoice::named("NVIDIA graphics card"))]
    );
    bench.press("computed on: NVIDIA graphics card");
    bench.frame(vec![]);
    assert_eq!(bench.press("Apple graphics processor"), [], "it cannot be used");
    bench.press("computed on: NVIDIA graphics card");
    bench.frame(vec![]);
    assert_eq!(
        bench.press("Automatic"),
        [Command::ChooseDevice(DeviceChoice::Auto)]
    );
    bench.view.computing.fault = None;
    bench.view.computing.changing = true;
    bench.frame(vec![]);
    assert!(bench.find("Try again").is_none());
    assert!(bench.find("now: the processor; changing over").is_some());
}

#[test]
fn a_device_is_chosen_with_the_keyboard_alone() {
    let mut bench = Bench::new(scenes::with_more(scenes::fell_back()), DEFAULT_SIZE, 1.0);
    bench.press("models");
    bench.frame(vec![]);
    let menu = bench.find("computed on: ").unwrap();
    let reach = |bench: &mut Bench, rect| {
        for _ in 0..30 {
            bench.key(Key::Tab);
            if bench.focused() == Some(rect) {
                return;
            }
        }
        panic!("{rect:?} cannot be reached by Tab");
    };
    bench.frame(vec![egui::Event::PointerGone]);
    let without = bench.picture();
    reach(&mut bench, menu);
    assert!(bench.picture().distance(&without) > 12.0, "the ring can be seen");
    bench.key(Key::Enter);
    bench.frame(vec![]);
    let entry = bench.find("Processor").unwrap();
    reach(&mut bench, entry);
    assert_eq!(bench.key(Key::Enter), [Command::ChooseDevice(DeviceChoice::Cpu)]);
}

#[test]
fn the_host_can_be_made_to_wait_for_every_block() {
    let mut bench = working();
    bench.press("models");
    bench.frame(vec![]);
    for waits in [true, false] {
        assert_eq!(
            bench.press("Wait for every block"),
            [Command::WaitForEveryBlock(waits)]
        );
        bench.view.computing.waits = waits;
        bench.frame(vec![]);
    }
}

#[test]
fn where_there_is_no_card_there_is_no_menu() {
    let mut bench = working();
    bench.press("models");
    bench.frame(vec![]);
    assert!(bench.find("computed on: ").is_none());
    let words = bench.at("Processor");
    bench.frame(vec![egui::Event::PointerMoved(words)]);
    for _ in 0..40 {
        bench.frame(vec![]);
    }
    assert!(
        bench.find("There is nothing to choose: this build").is_some(),
        "the reason is told"
    );
    let refused = "The NVIDIA graphics card cannot be used: its driver is not there.";
    bench.view.computing.cards = vec![CardView {
        device: DeviceChoice::named("NVIDIA graphics card"),
        refused: Some(refused.into()),
    }];
    bench.frame(vec![]);
    assert!(
        bench.find("computed on: ").is_none(),
        "nor where it cannot be used"
    );
    assert!(
        bench
            .find(&format!("There is nothing to choose. {refused}"))
            .is_some()
    );
    // A choice of another build's can be taken back.
    bench.view.computing.chosen = DeviceChoice::named("NVIDIA graphics card");
    bench.frame(vec![]);
    assert!(bench.find("computed on: NVIDIA").is_some());
}

#[test]
fn models_are_downloaded_imported_and_removed_on_their_page() {
    let mut bench = working();
    assert_eq!(bench.press("models"), [Command::LookForModels]);
    assert_eq!(bench.press("Download"), [Command::Download("audiosep".into())]);
    assert_eq!(bench.press("Remove"), [Command::Remove("audiosep-hive".into())]);
    assert!(bench.find("Use").is_none(), "it is in no menu yet");
    let hive = earmark_gui::ModelView {
        name: "audiosep-hive".into(),
        ..Default::default()
    };
    bench.view.models.push(hive);
    bench.frame(vec![]);
    assert_eq!(bench.press("Use"), [Command::ChooseModel("audiosep-hive".into())]);
    bench.view.coming = Some("audiosep-hive".into());
    bench.frame(vec![]);
    assert!(bench.find("Use").is_none() && bench.find("waiting for the host").is_some());
    let field = bench
        .widgets()
        .into_iter()
        .find(|(_, role, _)| *role == egui::accesskit::Role::TextInput)
        .map(|(_, _, rect)| rect.center());
    bench.click(field.unwrap_or_default());
    assert_eq!(bench.write("/a.ckpt; /b.json"), []);
    assert_eq!(
        bench.key(Key::Enter),
        [Command::Import(vec!["/a.ckpt".into(), "/b.json".into()])]
    );
    assert_eq!(bench.press("Browse"), [Command::BrowseModels], "nothing is typed");
    bench.press("Back to the sound");
    assert!(bench.find(BOX).is_some());
}

#[test]
fn the_model_in_force_comes_first_and_what_happens_stands_with_its_model() {
    let on_page = |view: View| {
        let mut bench = Bench::new(scenes::with_more(view), DEFAULT_SIZE, 1.0);
        bench.press("models");
        bench
    };
    let top = |bench: &Bench, name: &str| bench.at(name).y;
    let bench = on_page(scenes::downloading());
    let order = [
        "In use",
        "earmark-small",
        "455 ms of latency",
        "Other models",
        "audiosep",
        "Cancel",
        "audiosep-hive",
    ];
    let places: Vec<f32> = order.iter().map(|name| top(&bench, name)).collect();
    assert!(places.is_sorted(), "{places:?}");
    let mut bench = on_page(scenes::not_downloaded());
    let place = top(&bench, "The download of audiosep was interrupted");
    assert!(top(&bench, "audiosep") < place && place < top(&bench, "audiosep-hive"));
    // What no row is about, such as an import, is said below all of them.
    if let Some(end) = &mut bench.view.offers.message {
        end.model = None;
    }
    bench.frame(vec![]);
    assert!(top(&bench, "The download of audiosep was interrupted") > top(&bench, "audiosep-hive"));
}

#[test]
fn a_notice_is_read_and_gone() {
    let mut bench = Bench::new(scenes::failed(), DEFAULT_SIZE, 1.0);
    assert_eq!(bench.press("audiosep could not"), [Command::DismissNotice]);
    let view = View {
        status: Status::Failed("something is wrong".into()),
        ..View::default()
    };
    let bench = Bench::new(view, DEFAULT_SIZE, 1.0);
    assert!(
        bench.find("something is wrong").is_some(),
        "the status is told in words"
    );
}

#[test]
fn where_the_host_mixes_there_is_nothing_to_mix_here() {
    let mut bench = working();
    bench.view.parts_apart = true;
    bench.frame(vec![]);
    for name in [
        "Remove",
        "Custom",
        "Own mix",
        "This sound",
        "Wet",
        "mute this sound",
    ] {
        assert_eq!(bench.press(name), [], "{name}");
    }
    assert!(!bench.press("Sensitivity").is_empty(), "shaping is the plug-in's");
}

#[test]
fn tooltips_wait_for_a_pointer_that_has_moved() {
    // A tooltip is an area of its own above the page.
    let shapes = |bench: &mut Bench| {
        for _ in 0..40 {
            bench.frame(vec![]);
        }
        bench.shapes().len()
    };
    let mut bench = Bench::default();
    bench.view.more = true;
    let alone = shapes(&mut bench);
    let off = bench.at("query slot off");
    bench.frame(vec![Event::PointerMoved(off)]);
    bench.frame(vec![Event::PointerMoved(off + vec2(1.0, 0.0))]);
    let resting = shapes(&mut bench);
    assert!(
        resting <= alone,
        "the window opened under it: {resting} shapes, {alone} without a pointer"
    );
    bench.frame(vec![Event::PointerMoved(off + vec2(6.0, 0.0))]);
    let moved = shapes(&mut bench);
    assert!(moved > resting, "no tooltip: {moved} shapes as before");
}
