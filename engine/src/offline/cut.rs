//! Where a signal is cut into parts, and how long before its first block a part begins to hear.

use earmark_models::SeparatorSpec;

use crate::geometry::Geometry;

/// Longest part in seconds, and in run-ups where that is more: what is heard twice should be little of it, and what waits for the
/// parts before it should take little memory.
const PART_SECONDS: f64 = 20.0;
const PART_RUN_UPS: u64 = 6;
/// Shortest part, in run-ups: below that a second thread is not worth what is heard twice.
const LEAST_RUN_UPS: u64 = 3;

/// From the block that a part is heard from back to what it must have heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunUp {
    /// Frames of an engine block, of a step of the separator, and of the separator's past.
    frames: u64,
    step: u64,
    memory: u64,
    /// Frames by which the output lags behind the frames that it is made of.
    lag: u64,
    /// Frames that reach into the window of one.
    window: u64,
    /// The signal's first frame.
    first: u64,
}

/// Where a part begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    /// The first block that it reads.
    pub(super) block: u64,
    /// The first frame that its separator hears.
    pub(super) frame: u64,
    /// The first frame whose mask is heard.
    pub(super) heard: u64,
}

impl RunUp {
    /// With a separator whose masks depend on `memory` frames of the past.
    pub(super) fn of(geometry: &Geometry, spec: &SeparatorSpec, memory: usize) -> RunUp {
        let (hop, window) = (spec.stft.hop, spec.stft.window.div_ceil(spec.stft.hop) + 2);
        RunUp {
            frames: (geometry.steps * spec.block) as u64,
            step: spec.block as u64,
            memory: memory as u64,
            lag: ((geometry.rounding + geometry.model_chunk).div_ceil(hop) + spec.lookahead + window) as u64,
            window: window as u64,
            first: geometry.origin.map_or(0, |origin| origin.frame as u64),
        }
    }

    /// Where a part begins that is heard from block `block` on.
    pub(super) fn begin(&self, block: u64) -> Begin {
        let heard = block.saturating_mul(self.frames).saturating_sub(self.lag);
        let begin = heard.saturating_sub(self.memory + self.step + self.window) / self.frames;
        let frame = (begin * self.frames + self.window).next_multiple_of(self.step);
        if begin == 0 || frame <= self.first {
            return Begin {
                block: 0,
                frame: self.first,
                heard: heard.max(self.first),
            };
        }
        Begin {
            block: begin,
            frame,
            heard,
        }
    }

    /// Blocks that a part reads before the first one that is heard, at most.
    fn blocks(&self) -> u64 {
        (self.lag + self.memory + self.step + self.window).div_ceil(self.frames) + 1
    }

    /// Blocks of a part, of `total` where that is known, for so many threads; `None` where it is best not to cut.
    pub(super) fn part(&self, geometry: &Geometry, total: Option<u64>, threads: u64) -> Option<u64> {
        let seconds = geometry.block as f64 / geometry.host_rate as f64;
        let longest = ((PART_SECONDS / seconds) as u64).max(PART_RUN_UPS * self.blocks());
        if threads < 2 {
            return None;
        }
        let Some(total) = total else {
            return Some(longest);
        };
        let most = total / (LEAST_RUN_UPS * self.blocks());
        // All threads end at the same time.
        let count = total.div_ceil(longest).next_multiple_of(threads).min(most);
        (count > 1).then(|| total.div_ceil(count))
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::bundled;

    use super::*;

    #[test]
    fn a_part_hears_what_its_first_block_depends_on_and_no_more_than_a_block_and_a_step_beyond() {
        let spec = bundled::spec();
        for rate in [44_100.0, 48_000.0, 32_000.0, 8_000.0] {
            let geometry = Geometry::of(rate, spec);
            let run_up = RunUp::of(&geometry, spec, spec.context);
            let frames = run_up.frames;
            for block in [500, 501, 517, 1_000] {
                let begin = run_up.begin(block);
                let needed = block * frames - run_up.lag;
                assert_eq!(begin.heard, needed);
                assert!(begin.frame.is_multiple_of(spec.block as u64));
                assert!(begin.frame >= begin.block * frames + run_up.window);
                assert!(begin.frame + spec.context as u64 <= needed);
                assert!(begin.frame + spec.context as u64 + frames + 2 * spec.block as u64 >= needed);
                assert!(block - begin.block <= run_up.blocks());
            }
            assert_eq!(run_up.begin(0).block, 0);
            assert_eq!(run_up.begin(1).frame, run_up.first);
        }
    }

    #[test]
    fn parts_are_equal_many_for_the_threads_and_never_short() {
        let spec = bundled::spec();
        let geometry = Geometry::of(48_000.0, spec);
        let run_up = RunUp::of(&geometry, spec, spec.context);
        let blocks = |seconds: f64| (seconds * 48_000.0 / geometry.block as f64) as u64;
        let part = |seconds: f64, threads| run_up.part(&geometry, Some(blocks(seconds)), threads);
        let longest = blocks(PART_SECONDS).max(PART_RUN_UPS * run_up.blocks());
        assert_eq!(part(3600.0, 1), None);
        assert_eq!(part(1.0, 8), None);
        assert_eq!(part(60.0, 2), Some(blocks(60.0).div_ceil(2)));
        for threads in [2, 3, 16] {
            let part = part(3600.0, threads).expect("it is long");
            let count = blocks(3600.0).div_ceil(part);
            assert!(part <= longest && count.is_multiple_of(threads));
        }
        assert_eq!(run_up.part(&geometry, None, 2), Some(longest));
    }
}
