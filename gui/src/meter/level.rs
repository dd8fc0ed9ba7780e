//! How a level is shown: up at once, down slowly, with a mark at its last peak and the most that there was.

/// Lowest level shown, in dB below full scale.
pub(super) const FLOOR_DB: f32 = -60.0;
/// Highest level shown, in dB above full scale.
pub(super) const TOP_DB: f32 = 6.0;
/// How fast a level falls, in dB per second.
const FALL_DB: f32 = 26.0;
/// For how long the mark of a peak stands before it falls, in seconds.
const STANDS: f32 = 1.5;

/// One channel, in dB.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Channel {
    shown: f32,
    peak: f32,
    /// How long the peak has stood, in seconds.
    age: f32,
}

const SILENT: Channel = Channel {
    shown: FLOOR_DB,
    peak: FLOOR_DB,
    age: 0.0,
};

/// A meter of two channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    channels: [Channel; 2],
    /// The highest peak since this was cleared.
    most: f32,
}

impl Default for Level {
    fn default() -> Level {
        Level {
            channels: [SILENT; 2],
            most: FLOOR_DB,
        }
    }
}

impl Level {
    /// Takes new peaks, linear, `seconds` after the last ones.
    pub(super) fn feed(&mut self, peaks: [f32; 2], seconds: f32) {
        for (channel, peak) in self.channels.iter_mut().zip(peaks) {
            let db = if peak > 0.0 { 20.0 * peak.log10() } else { FLOOR_DB };
            self.most = self.most.max(db);
            let db = db.clamp(FLOOR_DB, TOP_DB);
            let fallen = |from: f32| (from - FALL_DB * seconds).max(db).max(FLOOR_DB);
            channel.shown = fallen(channel.shown);
            channel.age += seconds;
            if db >= channel.peak {
                (channel.peak, channel.age) = (db, 0.0);
            } else if channel.age > STANDS {
                channel.peak = fallen(channel.peak);
            }
        }
    }

    /// The level of each channel, in dB.
    pub(super) fn shown(&self) -> [f32; 2] {
        self.channels.map(|channel| channel.shown)
    }

    /// Where the mark of each channel's last peak stands, in dB.
    pub(super) fn peaks(&self) -> [f32; 2] {
        self.channels.map(|channel| channel.peak)
    }

    /// By how many dB full scale was passed since this was cleared; `None` where it was not.
    pub(super) fn over(&self) -> Option<f32> {
        (self.most > 0.0).then_some(self.most)
    }

    /// Forgets that full scale was passed.
    pub(super) fn clear(&mut self) {
        self.most = FLOOR_DB;
    }

    /// Whether nothing of it moves any more.
    pub(super) fn at_rest(&self) -> bool {
        let silent = |channel: &Channel| channel.shown <= FLOOR_DB && channel.peak <= FLOOR_DB;
        self.channels.iter().all(silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: [f32; 2], expected: [f32; 2]) -> bool {
        found.into_iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3)
    }

    #[test]
    fn a_level_jumps_up_and_falls_slowly() {
        let mut level = Level::default();
        assert!(level.at_rest());
        level.feed([1.0, 0.1], 0.03);
        assert!(near(level.shown(), [0.0, -20.0]));
        level.feed([0.0; 2], 0.5);
        assert!(near(level.shown(), [-13.0, -33.0]));
        level.feed([0.0; 2], 10.0);
        level.feed([0.0; 2], 10.0);
        assert!(level.at_rest());
    }

    #[test]
    fn the_mark_of_a_peak_stands_and_then_falls() {
        let mut level = Level::default();
        level.feed([1.0, 0.1], 0.03);
        level.feed([0.0; 2], 1.4);
        assert!(near(level.peaks(), [0.0, -20.0]) && !level.at_rest());
        level.feed([0.0; 2], 0.5);
        assert!(near(level.peaks(), [-13.0, -33.0]));
        level.feed([0.5, 0.0], 0.1);
        assert!(near(level.peaks(), [-6.0206, -35.6]), "another takes its place");
    }

    #[test]
    fn what_has_passed_full_scale_stays_told_until_it_is_cleared() {
        let mut level = Level::default();
        level.feed([1.0, 0.9], 0.03);
        assert_eq!(level.over(), None, "full scale itself is not over");
        level.feed([0.1, 1.5], 0.03);
        level.feed([0.0; 2], 60.0);
        assert!((level.over().expect("it was over") - 3.52).abs() < 0.01);
        level.clear();
        assert_eq!(level.over(), None);
    }
}
