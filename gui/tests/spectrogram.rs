//! The spectrogram as a tool: what is under the pointer, closer and back, a span by hand and by key, what is shown, held and saved.

mod bench;

use bench::{Bench, scenes};
use earmark_gui::{Audition, Column, Command, DEFAULT_SIZE, Layer, MINIMUM_SIZE, Span, View};
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, Rect, Shape, TouchPhase, vec2};

const PICTURE: &str = "spectrogram of";
/// Of the scene's columns.
const SECONDS: f32 = 0.02;
const SAMPLES: f64 = 960.0;

fn working() -> Bench {
    used(scenes::working())
}

/// With the pointer over the picture: then its controls are there.
fn used(view: View) -> Bench {
    let mut bench = Bench::new(view, DEFAULT_SIZE, 1.0);
    assert_eq!(bench.find("hold the picture"), None, "nobody uses it yet");
    let place = at(&bench, 0.99, 0.99);
    bench.frame(vec![Event::PointerMoved(place)]);
    bench.frame(vec![]);
    bench
}

fn picture(bench: &Bench) -> Rect {
    bench.find(PICTURE).expect("the picture is there")
}

/// A place in the picture, in shares of its width and height from its upper left corner.
fn at(bench: &Bench, across: f32, down: f32) -> Pos2 {
    let rect = picture(bench);
    rect.min + rect.size() * vec2(across, down)
}

fn texts(bench: &Bench) -> Vec<String> {
    let shapes = bench.shapes().iter();
    let texts = shapes.filter_map(|clipped| match &clipped.shape {
        Shape::Text(text) => Some(text.galley.text().to_owned()),
        _ => None,
    });
    texts.collect()
}

fn says(bench: &Bench, words: &str) -> bool {
    texts(bench).iter().any(|text| text.contains(words))
}

fn wheel(bench: &mut Bench, at: Pos2, delta: egui::Vec2) {
    bench.frame(vec![
        Event::PointerMoved(at),
        Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta,
            phase: TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: MouseWheelSource::Wheel,
        },
    ]);
    // A wheel is smoothed over the next frames.
    for _ in 0..20 {
        bench.frame(vec![Event::PointerMoved(at)]);
    }
}

/// By how many seconds a span begins and ends before the newest of so many columns.
fn before_now(span: Span, columns: usize) -> (f32, f32) {
    let seconds = |sample: u64| ((sample as f64 / SAMPLES - columns as f64) as f32) * SECONDS;
    (seconds(span.from.sample), seconds(span.to.sample))
}

fn columns(count: u64, first: u64) -> Vec<Column> {
    let all = scenes::working().columns;
    let columns = (first..first + count).map(|n| Column {
        at: earmark_gui::Moment {
            stream: 1,
            sample: n * SAMPLES as u64,
        },
        ..all[n as usize % all.len()]
    });
    columns.collect()
}

#[test]
fn time_pitch_and_level_are_told_of_the_place_under_the_pointer() {
    let mut bench = working();
    bench.frame(vec![Event::PointerGone]);
    bench.frame(vec![]);
    assert!(says(&bench, "Drag"), "what can be done");
    let place = at(&bench, 0.5, 0.3);
    bench.frame(vec![Event::PointerMoved(place)]);
    bench.frame(vec![]);
    let words = texts(&bench)
        .into_iter()
        .find(|text| text.contains("\u{2212}5.0"));
    let words = words.unwrap_or_else(|| panic!("{:?}", texts(&bench)));
    assert!(words.contains("Hz") && words.contains("dB"), "{words}");
    for label in ["now", "\u{2212}8 s", "1 kHz", "100 Hz"] {
        assert!(texts(&bench).contains(&label.to_owned()), "{label}");
    }
}

#[test]
fn the_wheel_brings_it_closer_and_a_double_click_shows_all() {
    let mut bench = working();
    let place = at(&bench, 0.98, 0.3);
    let far = bench.picture_of(picture(&bench));
    wheel(&mut bench, place, vec2(0.0, 450.0));
    assert!(
        !says(&bench, "\u{2212}8 s") && says(&bench, "\u{2212}0.2 s"),
        "{:?}",
        texts(&bench)
    );
    let close = bench.picture_of(picture(&bench));
    assert!(far.distance(&close) > 50.0);
    for pressed in [true, false, true, false] {
        bench.button(place, egui::PointerButton::Primary, pressed);
    }
    bench.frame(vec![]);
    assert!(says(&bench, "\u{2212}8 s"), "{:?}", texts(&bench));
}

#[test]
fn a_span_that_is_dragged_over_is_heard_and_a_click_lets_go_of_it() {
    let mut bench = working();
    let (from, to) = (at(&bench, 0.3, 0.4), at(&bench, 0.5, 0.6));
    let commands = bench.drag(from, to);
    let [Command::AuditionSpan { slot: 0, span }] = commands[..] else {
        panic!("{commands:?}");
    };
    let (begin, end) = before_now(span, 640);
    assert!(
        (begin + 7.0).abs() < 0.02 && (end + 5.0).abs() < 0.02,
        "{begin} to {end}"
    );
    assert!(says(&bench, "2.00 s chosen"), "{:?}", texts(&bench));
    // It goes by with its sound.
    bench.view.columns = columns(130, 640);
    bench.frame(vec![]);
    bench.frame(vec![]);
    let commands = bench.press("save what is kept");
    let [
        Command::Save {
            span: Some(saved),
            layer: Layer::Mixture,
            ..
        },
    ] = &commands[..]
    else {
        panic!("{commands:?}");
    };
    let (begin, end) = before_now(*saved, 640);
    assert!(
        (begin + 7.0).abs() < 0.02 && (end + 5.0).abs() < 0.02,
        "{begin} to {end}"
    );
    bench.view.audition = Audition::Playing;
    let place = at(&bench, 0.9, 0.4);
    assert_eq!(bench.click(place), [Command::StopAudition]);
    assert!(!says(&bench, "chosen"));
    let backwards = bench.drag(to, from);
    assert!(
        matches!(backwards[..], [Command::AuditionSpan { .. }]),
        "{backwards:?}"
    );
}

#[test]
fn a_trembling_hand_chooses_nothing_and_without_a_query_nothing_is_heard() {
    let mut bench = working();
    let from = at(&bench, 0.5, 0.5);
    let tremble = vec2(0.02 / 10.0 * picture(&bench).width(), 8.0);
    assert_eq!(bench.drag(from, from + tremble), []);
    bench.view.slots[0].text.clear();
    bench.view.slots[0].negative.clear();
    let to = at(&bench, 0.8, 0.5);
    assert_eq!(bench.drag(from, to), []);
}

#[test]
fn mixture_target_or_rest_is_drawn_and_saved() {
    let mut bench = working();
    let mixture = bench.picture_of(picture(&bench));
    for (now, next, layer) in [
        ("shows: mixture", "target", Layer::Target),
        ("shows: target", "rest", Layer::Rest),
    ] {
        bench.press(now);
        bench.press(next);
        bench.frame(vec![Event::PointerGone]);
        assert!(
            mixture.distance(&bench.picture_of(picture(&bench))) > 50.0,
            "{next}"
        );
        let commands = bench.press("save what is kept");
        let [
            Command::Save {
                slot: 0,
                layer: saved,
                span: None,
                ..
            },
        ] = &commands[..]
        else {
            panic!("{commands:?}");
        };
        assert_eq!(*saved, layer);
    }
    bench.view.slots[0].text.clear();
    bench.view.slots[0].negative.clear();
    bench.frame(vec![]);
    assert_eq!(
        bench.press("save what is kept"),
        [],
        "there is no rest of nothing"
    );
}

#[test]
fn what_is_held_stands_still() {
    let mut bench = working();
    assert_eq!(bench.press("hold the picture"), [Command::Hold(true)]);
    bench.view.held = true;
    bench.frame(vec![Event::PointerGone]);
    bench.frame(vec![]);
    let before = bench.picture_of(picture(&bench));
    for n in 0..10 {
        bench.view.columns = columns(3, 700 + 3 * n);
        bench.frame(vec![]);
    }
    assert!(before.distance(&bench.picture_of(picture(&bench))) < 1.0);
    assert_eq!(bench.press("hold the picture"), [Command::Hold(false)]);
}

#[test]
fn keys_reach_all_of_it() {
    let mut bench = working();
    for _ in 0..80 {
        if bench.focused() == Some(picture(&bench)) {
            break;
        }
        bench.key(Key::Tab);
    }
    assert_eq!(bench.focused(), Some(picture(&bench)), "Tab gets there");
    for name in ["shows: mixture", "hold the picture", "save what is kept"] {
        bench.key(Key::Tab);
        assert_eq!(bench.focused(), bench.find(name), "and on");
    }
    for _ in 0..3 {
        bench.key_with(Modifiers::SHIFT, Key::Tab);
    }
    for _ in 0..10 {
        bench.key_with(Modifiers::SHIFT, Key::ArrowRight);
    }
    let commands = bench.key(Key::Enter);
    let [Command::AuditionSpan { slot: 0, span }] = commands[..] else {
        panic!("{commands:?}");
    };
    let (begin, end) = before_now(span, 640);
    assert!(
        (begin + 5.0).abs() < 0.05 && (end + 3.0).abs() < 0.05,
        "{begin} to {end}"
    );
    for _ in 0..6 {
        bench.key(Key::ArrowUp);
    }
    assert!(!says(&bench, "\u{2212}8 s"), "closer");
    assert_eq!(bench.key(Key::Escape), [], "lets go");
    assert!(!says(&bench, "chosen"));
    bench.key(Key::Escape);
    assert!(says(&bench, "\u{2212}8 s"), "and shows all");
    assert_eq!(bench.focused(), Some(picture(&bench)), "no arrow has led away");
}

#[test]
fn before_anything_was_heard_there_is_nothing_to_hold_or_save() {
    let mut bench = used(scenes::empty());
    assert_eq!(bench.press("hold the picture"), []);
    assert_eq!(bench.press("save what is kept"), []);
    let view = View::default();
    assert!(!view.asks(0) && !view.asks(99));
}

#[test]
fn its_words_are_whole_at_every_size() {
    for (view, size) in [
        (scenes::working(), DEFAULT_SIZE),
        (scenes::working(), MINIMUM_SIZE),
        (scenes::with_more(scenes::working()), DEFAULT_SIZE),
        (scenes::with_more(scenes::working()), MINIMUM_SIZE),
    ] {
        let mut bench = Bench::new(view, size, 1.0);
        let told = |bench: &Bench, part: &str| {
            bench.shapes().iter().any(|clipped| match &clipped.shape {
                Shape::Text(text) => text.galley.text().contains(part) && !text.galley.elided,
                _ => false,
            })
        };
        assert!(told(&bench, "Drag: hear a part"), "{size:?}");
        for across in [0.2, 0.8] {
            let place = at(&bench, across, 0.5);
            bench.frame(vec![Event::PointerMoved(place)]);
            bench.frame(vec![]);
            assert!(told(&bench, "kHz") && told(&bench, " dB"), "{size:?}");
        }
    }
}

/// Columns in which a sound was there for a second, from 2 s and from 6 s on.
fn with_marks() -> Bench {
    let mut view = scenes::working();
    view.columns = columns(500, 0);
    for (n, column) in view.columns.iter_mut().enumerate() {
        let there = (100..150).contains(&n) || (300..350).contains(&n);
        column.presence = if there { 230 } else { 20 };
    }
    used(view)
}

#[test]
fn when_the_sound_was_there_is_marked_heard_by_a_click_and_saved() {
    let mut bench = with_marks();
    let rect = picture(&bench);
    let lane = rect.bottom() - 4.0;
    let heard = |commands: &[Command]| match commands {
        [Command::AuditionSpan { slot: 0, span }] => before_now(*span, 500),
        other => panic!("a mark is heard: {other:?}"),
    };
    let near = |(begin, end): (f32, f32), expected: (f32, f32)| {
        assert!(
            (begin - expected.0).abs() < 0.12 && (end - expected.1).abs() < 0.12,
            "{begin} to {end}"
        );
    };
    let place = |across: f32| Pos2::new(rect.left() + across * rect.width(), lane);
    near(heard(&bench.click(place(0.25))), (-8.0, -7.0));
    near(heard(&bench.click(place(0.65))), (-4.0, -3.0));
    bench.view.audition = Audition::Playing;
    assert_eq!(
        bench.click(place(0.45)),
        [Command::StopAudition],
        "between them there is none"
    );

    bench.view.audition = Audition::Off;
    bench.click(at(&bench, 0.5, 0.3));
    while bench.focused() != Some(rect) {
        bench.key(Key::Tab);
    }
    near(heard(&bench.key(Key::PageDown)), (-8.0, -7.0));
    near(heard(&bench.key(Key::PageDown)), (-4.0, -3.0));
    assert_eq!(bench.key(Key::PageDown), [], "that was the last one");
    near(heard(&bench.key(Key::PageUp)), (-8.0, -7.0));

    bench.key(Key::Escape);
    let commands = bench.press("save what is kept");
    let [
        Command::Save {
            marks, span: None, ..
        },
    ] = &commands[..]
    else {
        panic!("{commands:?}");
    };
    assert_eq!(marks.len(), 2);
    near(before_now(marks[0].span, 500), (-8.0, -7.0));
    // Of all of it, where it begins and ends less.
    let confidence = marks[1].confidence;
    assert!((0.82..0.92).contains(&confidence), "{confidence}");
}
