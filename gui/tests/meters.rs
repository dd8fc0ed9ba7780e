//! The meters tell what was taken away, and what went over full scale until somebody has seen it.

mod bench;

use bench::{Bench, scenes};
use earmark_gui::{DEFAULT_SIZE, MAX_CHANNELS, MINIMUM_SIZE, View};

fn playing(mixture: f32, output: f32) -> View {
    let mut view = scenes::working();
    view.meters.mixture = [mixture; MAX_CHANNELS];
    view.meters.output = [output; MAX_CHANNELS];
    view
}

#[test]
fn what_went_over_stays_until_it_is_clicked_away() {
    for size in [MINIMUM_SIZE, DEFAULT_SIZE] {
        for more in [false, true] {
            let mut view = playing(1.5, 1.5);
            view.more = more;
            let mut bench = Bench::new(view, size, 1.0);
            let over = "Out went over full scale by 3.5 dB: clear";
            assert!(bench.find(over).is_some());
            assert!(bench.find("In went over").is_none(), "what came in was not over");
            bench.view.meters = Default::default();
            for _ in 0..200 {
                bench.frame(vec![]);
            }
            assert!(bench.find(over).is_some(), "nobody has seen it yet");
            assert_eq!(bench.press(over), [], "it is the editor's alone");
            bench.frame(vec![]);
            assert!(bench.find(over).is_none());
        }
    }
}

#[test]
fn an_outline_shows_what_was_taken_away() {
    let out = |mixture: f32| {
        let bench = Bench::new(playing(mixture, 0.1), DEFAULT_SIZE, 1.0);
        let place = bench.find("level: Out").expect("the meter is there");
        bench.picture_of(place)
    };
    let (equal, taken, silent) = (out(0.1), out(0.4), out(0.0));
    assert!(equal.distance(&taken) > 20.0, "{}", equal.distance(&taken));
    assert_eq!(
        equal.distance(&silent),
        0.0,
        "nothing below what goes out is drawn"
    );
}
