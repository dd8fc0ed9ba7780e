//! How large the page is drawn: as chosen, where the window has room for it.
//!
//! A scale that is chosen asks the host for a window that holds as many points as before. Hosts may give less, or nothing. So what is drawn
//! is the chosen scale or the largest at which the smallest page still fits into the window, whichever is less: the page is always whole.
//! What the host makes of the wish is judged after a while.

use earmark_gui::{MINIMUM_SIZE, Scale};

/// Width and height of a window in the system's logical pixels, or of a page in points.
pub(super) type Extent = [f32; 2];

/// So many seconds after it was asked, or gave something, the host has answered.
const ANSWERED: f64 = 0.4;
/// Scales that a window leaves room for go in steps of so much.
const STEP: f32 = 0.05;
/// No window is so small that the page becomes smaller.
const SMALLEST: f32 = 0.5;
/// Left free of a screen, for the frame of the host's window and its panels, in logical pixels.
const FRAME: Extent = [32.0, 96.0];

/// The extent that is asked for where `wanted` may be more than the screen.
pub(super) fn on_screen(wanted: Extent, screen: Option<Extent>) -> Extent {
    match screen {
        None => wanted,
        Some(screen) => [0, 1].map(|i| wanted[i].min(screen[i] - FRAME[i])),
    }
}

/// What has to be done in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Step {
    /// The scale of the next frame.
    pub(super) zoom: Option<f32>,
    /// The window to ask the host for, in points of this frame's scale.
    pub(super) ask: Option<Extent>,
    /// The person has chosen a scale, and this is all that there is room for.
    pub(super) less: Option<f32>,
}

/// One window's scale over time.
#[derive(Debug)]
pub(super) struct Scaling {
    chosen: Scale,
    room: Extent,
    /// Whether this frame has another scale than the last. The window layer asks for another window then, unless it is told for
    /// which: for this, or for the one that there is.
    coming: Option<Option<Extent>>,
    /// What the host was asked for, and when it was or when it last gave something, in seconds.
    asked: Option<(Extent, f64)>,
}

impl Scaling {
    /// Of a window that is being opened at this scale.
    pub(super) fn at(chosen: Scale) -> Scaling {
        Scaling {
            chosen,
            room: [0.0; 2],
            coming: None,
            asked: None,
        }
    }

    /// Whether the host has answered by `now`: what of the window can be seen is to be looked for.
    pub(super) fn is_answered(&self, now: f64) -> bool {
        self.asked.is_some_and(|(_, since)| now - since >= ANSWERED)
    }

    /// What is to be done `now`, in seconds, in a frame of a window of so many logical pixels that is drawn at `zoom`. `seen` is
    /// what the host shows of the window, where that was looked for; `screen` is asked for where a scale has been chosen.
    pub(super) fn step(
        &mut self,
        chosen: Scale,
        (room, seen): (Extent, Option<Extent>),
        zoom: f32,
        now: f64,
        screen: impl FnOnce() -> Option<Extent>,
    ) -> Step {
        let mut step = Step::default();
        let mut window = None;
        if room != self.room {
            self.room = room;
            // It gives something. It may think of it.
            self.asked = self.asked.map(|_| (room, now));
        }
        if chosen != self.chosen {
            self.chosen = chosen;
            let wanted = on_screen(room.map(|side| side / zoom * chosen.factor()), screen());
            self.asked = Some((wanted, now));
            window = Some(wanted);
        }
        let answered = self.is_answered(now);
        // A window that is larger than what it is put into is made as large.
        let room = seen.map_or(room, |seen| [0, 1].map(|i| room[i].min(seen[i])));
        if room != self.room {
            window = Some(room);
        }
        let best = chosen.factor().min(largest(room));
        if answered {
            step.less = (best < chosen.factor()).then_some(best);
            self.asked = None;
        }
        if let Some(wanted) = self.coming.take() {
            window = window.or(wanted).or(Some(room));
        }
        if best != zoom {
            step.zoom = Some(best);
            self.coming = Some(window);
        }
        step.ask = window.map(|window| window.map(|side| side / zoom));
        step
    }
}

/// The largest scale at which the smallest page fits.
fn largest(room: Extent) -> f32 {
    let least = [MINIMUM_SIZE.0 as f32, MINIMUM_SIZE.1 as f32];
    let fits = (room[0] / least[0]).min(room[1] / least[1]);
    // What is a rounding below a step is one.
    ((fits / STEP + 0.02).floor() * STEP).max(SMALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host's window, and the page in it.
    struct Window {
        scaling: Scaling,
        room: Extent,
        /// What of it is seen; more than all of it in most hosts.
        seen: Extent,
        zoom: f32,
        now: f64,
        asked: Vec<Extent>,
        told: Vec<f32>,
    }

    impl Window {
        fn open(scale: u16, room: Extent) -> Window {
            Window {
                scaling: Scaling::at(scale.into()),
                room,
                seen: [9e9; 2],
                zoom: Scale::from(scale).factor(),
                now: 0.0,
                asked: Vec::new(),
                told: Vec::new(),
            }
        }

        /// So many frames with this scale chosen, in a host that answers with `host`.
        fn frames(&mut self, count: usize, chosen: u16, host: impl Fn(&mut Window, Extent)) {
            for _ in 0..count {
                self.now += 0.016;
                let looks = self.scaling.is_answered(self.now);
                let rooms = (self.room, looks.then_some(self.seen));
                let step = self.scaling.step(chosen.into(), rooms, self.zoom, self.now, || {
                    Some([1920.0, 1200.0])
                });
                self.told.extend(step.less);
                if let Some(points) = step.ask {
                    let wanted = points.map(|side| (side * self.zoom).round());
                    if wanted != self.room {
                        self.asked.push(wanted);
                        host(self, wanted);
                    }
                }
                self.zoom = step.zoom.unwrap_or(self.zoom);
            }
        }

        fn points(&self) -> Extent {
            self.room.map(|side| (side / self.zoom).round())
        }
    }

    fn grants(window: &mut Window, wanted: Extent) {
        window.room = wanted;
    }

    fn refuses(_: &mut Window, _: Extent) {}

    /// As one does that is asked through a queue: the window has grown, and its frame has not.
    fn hides(window: &mut Window, wanted: Extent) {
        window.seen = [960.0, 660.0];
        window.room = wanted;
    }

    #[test]
    fn a_window_grows_and_shrinks_with_the_scale_and_holds_the_same_page() {
        let mut window = Window::open(100, [960.0, 660.0]);
        window.frames(60, 100, grants);
        assert_eq!(window.asked, Vec::<Extent>::new(), "nothing was chosen");
        window.frames(60, 150, grants);
        assert_eq!((window.zoom, window.points()), (1.5, [960.0, 660.0]));
        window.frames(60, 100, grants);
        assert_eq!((window.zoom, window.points()), (1.0, [960.0, 660.0]));
        assert_eq!(window.asked, [[1440.0, 990.0], [960.0, 660.0]]);
        assert_eq!(window.told, Vec::<f32>::new());
    }

    #[test]
    fn a_host_that_refuses_has_a_whole_page_and_is_told_of() {
        for host in [refuses, hides] {
            let mut window = Window::open(100, [960.0, 660.0]);
            window.frames(90, 200, host);
            assert_eq!(window.zoom, 1.15, "660 of 560 points");
            assert_eq!(window.told, [1.15]);
            assert_eq!(window.asked[0], [1888.0, 1104.0], "no more than the screen has");
            window.frames(90, 200, host);
            assert_eq!(window.told.len(), 1, "once");
            // The person finds another way.
            (window.room, window.seen) = ([1600.0, 1120.0], [9e9; 2]);
            window.frames(30, 200, host);
            assert_eq!(window.zoom, 2.0);
        }
    }

    #[test]
    fn a_window_that_opens_too_small_is_whole_without_a_word() {
        let mut window = Window::open(200, [960.0, 660.0]);
        window.frames(60, 200, refuses);
        assert_eq!((window.zoom, window.told.len()), (1.15, 0));
        let mut tiny = Window::open(100, [400.0, 100.0]);
        tiny.frames(60, 100, refuses);
        assert_eq!(tiny.zoom, SMALLEST);
    }

    #[test]
    fn every_smallest_window_has_room_for_its_scale() {
        for scale in Scale::ALL {
            let side = |points: u32| (points as f32 * scale.factor()).round();
            let room = [side(MINIMUM_SIZE.0), side(MINIMUM_SIZE.1)];
            assert!((largest(room) - scale.factor()).abs() < 1e-6, "{scale:?}");
        }
    }
}
