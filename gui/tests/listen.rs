//! An example as the query: listening by hand and by key, a part of the picture, a file, and what can be done with an example.

mod bench;

use bench::{Bench, scenes};
use earmark_gui::{Column, Command, DEFAULT_SIZE, Listened, MINIMUM_SIZE, SlotView};
use egui::{Key, PointerButton, vec2};

const LISTEN: &str = "Listen to this";
/// Samples of a column of the scene.
const SAMPLES: u64 = 960;

fn working() -> Bench {
    Bench::new(scenes::working(), DEFAULT_SIZE, 1.0)
}

/// The columns that follow those of the scene.
fn later(count: u64) -> Vec<Column> {
    let all = scenes::working().columns;
    let last = *all.last().expect("there are some");
    let columns = (1..=count).map(|n| {
        let mut column = last;
        column.at.sample += n * SAMPLES;
        column
    });
    columns.collect()
}

/// The part of what came in that is listened to, in columns.
fn columns_of(commands: &[Command]) -> u64 {
    match commands {
        [
            Command::Listen {
                slot: 0,
                wanted: true,
                to: Listened::Span(span),
            },
        ] => (span.to.sample - span.from.sample) / SAMPLES,
        other => panic!("one span is listened to: {other:?}"),
    }
}

#[test]
fn what_is_heard_while_the_button_is_held_is_listened_to() {
    let mut bench = working();
    let at = bench.at(LISTEN);
    assert!(bench.button(at, PointerButton::Primary, true).is_empty());
    for _ in 0..10 {
        bench.view.columns = later(3);
        assert!(bench.frame(vec![]).is_empty(), "not before it is let go");
    }
    assert_eq!(columns_of(&bench.button(at, PointerButton::Primary, false)), 3);
    assert!(bench.frame(vec![]).is_empty(), "once");
}

#[test]
fn a_click_takes_the_part_that_is_marked_and_says_how_to_hold_where_there_is_none() {
    let mut bench = working();
    assert!(
        bench.press(LISTEN).is_empty(),
        "a click is too short to hear anything"
    );
    let says = |bench: &Bench, words: &str| {
        let shapes = bench.shapes().iter();
        let mut texts = shapes.filter_map(|clipped| match &clipped.shape {
            egui::Shape::Text(text) => Some(text.galley.text().to_owned()),
            _ => None,
        });
        texts.any(|text| text == words)
    };
    assert!(says(&bench, "Hold it down"));
    let picture = bench.find("spectrogram of").expect("the picture is there");
    let at = |across: f32| picture.min + picture.size() * vec2(across, 0.5);
    bench.drag(at(0.3), at(0.5));
    bench.frame(vec![]);
    let columns = columns_of(&bench.press(LISTEN));
    assert!(
        (95..=105).contains(&columns),
        "two of ten seconds: {columns} columns"
    );
}

#[test]
fn by_key_one_press_begins_and_another_ends() {
    let mut bench = working();
    let at = bench.find(LISTEN);
    while bench.focused() != at {
        bench.key(Key::Tab);
    }
    bench.key(Key::Enter);
    bench.view.columns = later(20);
    assert!(bench.frame(vec![]).is_empty());
    assert_eq!(columns_of(&bench.key(Key::Enter)), 20);
}

#[test]
fn before_anything_was_heard_there_is_nothing_to_listen_to() {
    let mut bench = Bench::new(scenes::empty(), DEFAULT_SIZE, 1.0);
    let at = bench.at(LISTEN);
    assert!(bench.button(at, PointerButton::Primary, true).is_empty());
    for _ in 0..10 {
        bench.frame(vec![]);
    }
    assert!(bench.button(at, PointerButton::Primary, false).is_empty());
}

#[test]
fn files_are_asked_for_in_its_menu() {
    for (entry, wanted) in [
        ("Find the sound of a file or a picture", true),
        ("Leave out the sound of a file or a picture", false),
    ] {
        let mut bench = working();
        bench.menu(LISTEN);
        let listen = Command::Listen {
            slot: 0,
            wanted,
            to: Listened::File,
        };
        assert_eq!(bench.press(entry), [listen]);
    }
}

/// What the example of this name becomes by an entry of its menu.
fn after(example: &str, entry: &str) -> SlotView {
    let mut bench = Bench::new(scenes::by_example(), DEFAULT_SIZE, 1.0);
    bench.press(example);
    bench.frame(vec![]);
    match &bench.press(entry)[..] {
        [Command::PutSlot { slot: 0, content }] => content.clone(),
        other => panic!("the slot is put: {other:?}"),
    }
}

#[test]
fn examples_are_named_turned_and_removed() {
    let before = scenes::by_example().slots[0].clone();
    let turned = after("wanted example: like computer keyboard", "Leave such sounds out");
    assert!(!turned.sounds[0].wanted && turned.sounds[1] == before.sounds[1]);
    let turned = after("unwanted example: my chair", "Find such sounds");
    assert!(turned.sounds[1].wanted);
    let removed = after("wanted example: like computer keyboard", "Remove this example");
    assert_eq!(removed.sounds, [before.sounds[1].clone()]);

    let mut bench = Bench::new(scenes::by_example(), DEFAULT_SIZE, 1.0);
    bench.press("unwanted example: my chair");
    bench.frame(vec![]);
    bench.press("name of this example");
    bench.key(Key::End);
    bench.write(" again");
    match &bench.key(Key::Enter)[..] {
        [Command::PutSlot { slot: 0, content }] => assert_eq!(content.sounds[1].title, "my chair again"),
        other => panic!("the slot is put: {other:?}"),
    }
}

#[test]
fn pictures_are_examples_too() {
    let mut bench = Bench::new(scenes::by_picture(), DEFAULT_SIZE, 1.0);
    assert!(bench.find("unwanted picture: the neighbour's").is_some());
    bench.press("wanted picture: my dog");
    bench.frame(vec![]);
    match &bench.press("Leave such sounds out")[..] {
        [Command::PutSlot { slot: 0, content }] => {
            assert!(content.sounds[0].picture && !content.sounds[0].wanted);
        }
        other => panic!("the slot is put: {other:?}"),
    }
}

#[test]
fn an_example_that_has_come_can_be_taken_back() {
    let mut bench = Bench::new(scenes::with_more(scenes::working()), DEFAULT_SIZE, 1.0);
    let before = bench.view.slots[0].clone();
    let at = bench.at(LISTEN);
    bench.button(at, PointerButton::Primary, true);
    for _ in 0..10 {
        bench.view.columns = later(3);
        bench.frame(vec![]);
    }
    bench.button(at, PointerButton::Primary, false);
    bench.view.slots[0].sounds = scenes::by_example().slots[0].sounds.clone();
    bench.frame(vec![]);
    match &bench.press("Undo")[..] {
        [Command::PutSlot { slot: 0, content }] => assert_eq!(*content, before),
        other => panic!("the slot is put back: {other:?}"),
    }
}

#[test]
fn in_the_smallest_window_an_example_and_words_have_room() {
    for view in [scenes::by_example(), scenes::with_more(scenes::by_example())] {
        let bench = Bench::new(view, MINIMUM_SIZE, 1.0);
        let listen = bench.find(LISTEN).expect("it is always there");
        let field = bench.find("sound to look for").expect("so is the box");
        let example = bench
            .find("unwanted example: my chair")
            .expect("the last one is shown");
        assert!(field.contains_rect(example) && field.right() <= listen.left());
        assert!(example.left() - field.left() > 100.0, "words have room beside it");
    }
}
