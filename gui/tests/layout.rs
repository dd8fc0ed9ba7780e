//! Nothing lies outside of the window, over something else, or is cut off: at the smallest size, as it opens, and large; at
//! one pixel to a point and at two.

mod bench;

use bench::{Bench, scenes};
use earmark_gui::{ChannelMode, DEFAULT_SIZE, MINIMUM_SIZE, Mode, View};
use egui::accesskit::Role;
use egui::{Key, Rect, Shape, vec2};

const SIZES: [((u32, u32), f32); 5] = [
    (MINIMUM_SIZE, 1.0),
    (MINIMUM_SIZE, 2.0),
    (DEFAULT_SIZE, 1.5),
    // A whole screen of 3840 x 2160 pixels at 150 %.
    ((2560, 1440), 1.5),
    ((2 * DEFAULT_SIZE.0, 2 * DEFAULT_SIZE.1), 1.0),
];

/// Looks at every scene in every size.
fn in_every_size(look: impl Fn(&str, &Bench)) {
    for (size, scale) in SIZES {
        // One window: to make the letters anew takes longer than all the rest.
        let mut bench = Bench::new(View::default(), size, scale);
        for (name, view) in scenes() {
            // What is laid over the page is meant to be.
            bench.view = View { notice: None, ..view };
            bench.frame(vec![]);
            bench.frame(vec![]);
            look(&format!("{name} at {size:?} times {scale}"), &bench);
        }
    }
}

/// The widest of everything that can be shown.
fn widest() -> View {
    let mut view = scenes::too_slow();
    for slot in &mut view.slots {
        slot.text = "the sound of somebody hitting a mechanical keyboard in the next room".into();
        slot.negative = "a person speaking or anything else that is no keyboard".into();
        slot.own = Some(view_mix());
    }
    view.also = Some(5);
    view.late_blocks = 1_234_567;
    view.stereo = ChannelMode::Each;
    view.preset = Some("A preset with quite a long name of its own".into());
    view.coming = Some("audiosep-hive-and-more".into());
    view.latency = Some(earmark_gui::LatencyView {
        samples: 819_840,
        milliseconds: 4270.0,
    });
    view.loudness.input = Some(-69.9);
    view.loudness.output = Some(-69.9);
    view.meters.input = [1.5; 8];
    view.meters.target = [1.5; 8];
    view.meters.output = [1.5; 8];
    view
}

fn view_mix() -> earmark_gui::OwnMix {
    earmark_gui::OwnMix {
        mode: Mode::Custom,
        target_db: -59.9,
        rest_db: -59.9,
        attenuation_limit_db: 12.3,
    }
}

/// Every scene as it is at first, and with *More*.
fn scenes() -> Vec<(String, View)> {
    let first = first_views().into_iter();
    let both = first.flat_map(|(name, view)| {
        [
            (name.to_owned(), view.clone()),
            (format!("{name} with more"), scenes::with_more(view)),
        ]
    });
    both.collect()
}

fn first_views() -> Vec<(&'static str, View)> {
    let with = |mode| View {
        mode,
        ..scenes::working()
    };
    vec![
        ("empty", scenes::empty()),
        ("working", scenes::working()),
        ("remove", with(Mode::Remove)),
        ("custom", with(Mode::Custom)),
        ("together", scenes::together()),
        ("too slow", scenes::too_slow()),
        ("failed", scenes::failed()),
        ("not known", scenes::not_known()),
        ("widest", widest()),
    ]
}

/// Whether a role is one of a thing to be operated.
fn operated(role: Role) -> bool {
    matches!(
        role,
        Role::Button
            | Role::RadioButton
            | Role::Switch
            | Role::Slider
            | Role::TextInput
            | Role::ListItem
            | Role::Image
    )
}

#[test]
fn every_widget_lies_in_the_window_and_none_on_another() {
    in_every_size(|name, bench| {
        let widgets: Vec<(String, Role, Rect)> = bench
            .widgets()
            .into_iter()
            .filter(|(_, role, _)| operated(*role))
            .collect();
        let least = if bench.view.more { 30 } else { 9 };
        assert!(widgets.len() >= least, "{name}: only {} widgets", widgets.len());
        let window = Rect::from_min_size(egui::Pos2::ZERO, bench.size).expand(0.5);
        for (i, (label, role, rect)) in widgets.iter().enumerate() {
            let at = format!("{name}: \u{201c}{label}\u{201d} {rect:?}");
            assert!(window.contains_rect(*rect), "{at} is not in the window");
            assert!(rect.width() >= 20.0 && rect.height() >= 18.0, "{at} is too small");
            for (other, beside, place) in &widgets[i + 1..] {
                // What lies wholly on the picture is meant to: sounds to click.
                let within = |outer: &Rect, inner: &Rect| outer.contains_rect(*inner);
                if (*beside == Role::Image && within(place, rect))
                    || (*role == Role::Image && within(rect, place))
                {
                    continue;
                }
                let over = rect.intersect(*place);
                assert!(
                    over.width() <= 0.5 || over.height() <= 0.5,
                    "{at} lies on \u{201c}{other}\u{201d} {place:?}"
                );
            }
        }
    });
}

#[test]
fn every_text_can_be_read() {
    in_every_size(|name, bench| {
        let window = Rect::from_min_size(egui::Pos2::ZERO, bench.size);
        let mut texts: Vec<(&str, Rect)> = Vec::new();
        for clipped in bench.shapes() {
            let Shape::Text(text) = &clipped.shape else {
                continue;
            };
            let words = text.galley.text();
            if words.trim().is_empty() {
                continue;
            }
            let rect = text.galley.mesh_bounds.translate(text.pos.to_vec2());
            let at = format!("{name}: \u{201c}{words}\u{201d} {rect:?}");
            // What is longer than a text box is scrolled in it.
            let seen = rect.intersect(clipped.clip_rect);
            let slots = &bench.view.slots;
            let typed = slots
                .iter()
                .any(|slot| slot.text == words || slot.negative == words);
            assert!(
                typed || clipped.clip_rect.expand(0.5).contains_rect(rect),
                "{at} is cut off"
            );
            assert!(window.contains_rect(seen), "{at} leaves the window");
            for (other, place) in &texts {
                let over = seen.intersect(*place);
                assert!(
                    over.width() <= 0.5 || over.height() <= 0.5,
                    "{at} lies on \u{201c}{other}\u{201d} {place:?}"
                );
            }
            texts.push((words, seen));
        }
    });
}

#[test]
fn the_second_slot_is_told_from_the_others_without_its_colour() {
    let mut view = scenes::with_more(scenes::together());
    view.slots[5].text = "a chair squeaking".into();
    // All in one colour: what is left is the outline and the sign.
    view.slots.iter_mut().for_each(|slot| slot.colour = 0);
    for (size, scale) in SIZES {
        let mut bench = Bench::new(view.clone(), size, scale);
        let (second, other) = (bench.find("query slot 4"), bench.find("query slot 6"));
        let (second, other) = (second.unwrap(), other.unwrap());
        let signs = |bench: &Bench, rect: Rect| -> Vec<String> {
            let texts = bench.shapes().iter().filter_map(|clipped| match &clipped.shape {
                Shape::Text(text) if rect.contains(text.pos) => Some(text.galley.text().to_owned()),
                _ => None,
            });
            texts.collect()
        };
        assert!(signs(&bench, second).contains(&"+4".to_owned()));
        assert!(signs(&bench, other).contains(&"6".to_owned()));
        // Grey, as an eye that knows no colours sees it: in the middle of its upper edge an outline, and none of the other's.
        let grey = |bench: &Bench, rect: Rect| {
            let picture = bench.picture_of(rect);
            let at = (rect.center_top() + vec2(0.0, 1.0)) * scale;
            let pixel = picture.pixels[at.y as usize * picture.size[0] + at.x as usize];
            pixel[..3].iter().map(|&v| i32::from(v)).sum::<i32>() / 3
        };
        let (outlined, plain) = (grey(&bench, second), grey(&bench, other));
        assert!(outlined > plain + 80, "{outlined} beside {plain}");
        bench.view.also = None;
        bench.frame(vec![]);
        assert!((grey(&bench, second) - plain).abs() < 4);
    }
}

#[test]
fn nothing_moves_when_something_changes() {
    let mut bench = Bench::new(View::default(), DEFAULT_SIZE, 1.0);
    let mut places = |view: View| -> Vec<Rect> {
        bench.view = view;
        bench.frame(vec![]);
        [
            "Isolate",
            "Wet",
            "Sensitivity",
            "query slot 8",
            "Bypass",
            "Undo",
            "spectrogram",
            "model: ",
        ]
        .map(|name| bench.find(name).unwrap_or(Rect::NOTHING))
        .into()
    };
    let still = places(scenes::with_more(scenes::empty()));
    assert!(still.iter().all(|rect| rect.is_positive()), "{still:?}");
    for (name, view) in first_views() {
        assert_eq!(places(scenes::with_more(view)), still, "{name}");
    }
    // In the first view there is less of it, and none of that moves either.
    let first = |mut places: Vec<Rect>| {
        // Tabs come with the queries.
        places.remove(3);
        places
    };
    let still = first(places(scenes::empty()));
    for (name, view) in first_views() {
        assert_eq!(first(places(view)), still, "{name}");
    }
}

#[test]
fn the_whole_page_can_be_reached_with_the_keyboard() {
    let mut view = scenes::with_more(scenes::working());
    view.mode = Mode::Custom;
    let mut bench = Bench::new(view, MINIMUM_SIZE, 1.0);
    let mut reached: Vec<Rect> = Vec::new();
    for _ in 0..80 {
        bench.key(Key::Tab);
        let Some(rect) = bench.focused() else { continue };
        if reached.contains(&rect) {
            break;
        }
        reached.push(rect);
    }
    let names = [
        "preset",
        "version A",
        "Bypass",
        "query slot off",
        "query slot 1",
        "query slot 8",
        "sound to look for",
        "but not",
        "Hear the last",
        "Isolate",
        "Own mix",
        "This sound",
        "The rest",
        "Wet",
        "Linked",
        "Sensitivity",
        "Gate",
        "models",
    ];
    for name in names {
        let place = bench.find(name).unwrap_or_else(|| panic!("there is no {name}"));
        assert!(reached.contains(&place), "{name} cannot be reached by Tab");
    }
    let rows: Vec<f32> = reached.iter().map(|rect| rect.top()).collect();
    assert!(
        rows[0] < 60.0 && rows[rows.len() - 1] > 400.0,
        "from top to bottom"
    );
}

#[test]
fn what_has_the_keyboard_shows_it() {
    let mut view = scenes::with_more(scenes::working());
    view.mode = Mode::Custom;
    let mut bench = Bench::new(view, DEFAULT_SIZE, 1.0);
    bench.frame(vec![]);
    let without = bench.picture();
    let mut seen = 0;
    for _ in 0..24 {
        bench.key(Key::Tab);
        let Some(rect) = bench.focused() else { continue };
        let around = rect.expand2(vec2(4.0, 4.0));
        let with = bench.picture_of(around);
        let mut changed = 0;
        for y in around.top().max(0.0) as usize..around.bottom() as usize {
            for x in around.left().max(0.0) as usize..around.right() as usize {
                let at = y * with.size[0] + x;
                let far = (0..3).any(|i| with.pixels[at][i].abs_diff(without.pixels[at][i]) > 60);
                changed += usize::from(far);
            }
        }
        assert!(changed > 60, "the ring around {rect:?} is {changed} pixels");
        seen += 1;
    }
    assert!(seen > 20);
}

#[test]
fn a_window_that_is_far_too_small_is_drawn_all_the_same() {
    for size in [(640, 440), (480, 330), (200, 100), (20, 1000), (1000, 20), (1, 1)] {
        for (_, view) in first_views() {
            for view in [view.clone(), scenes::with_more(view)] {
                let mut bench = Bench::new(view, size, 1.0);
                bench.frame(vec![]);
            }
        }
        let mut bench = Bench::new(scenes::with_more(scenes::downloading()), size, 1.0);
        if let Some(models) = bench.find("models") {
            bench.click(models.center());
        }
        bench.frame(vec![]);
    }
}
