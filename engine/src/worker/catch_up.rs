//! What to do about a backlog: work it off, or begin anew after it.

/// Blocks whose times are remembered.
const REMEMBERED: usize = 5;

/// How long blocks take, in block lengths: the median of the last few, so that the one stall that made the backlog does not pass
/// for the machine's speed.
pub(crate) struct CatchUp {
    took: [f32; REMEMBERED],
    next: usize,
}

impl CatchUp {
    pub(crate) fn new() -> CatchUp {
        CatchUp {
            took: [0.5; REMEMBERED],
            next: 0,
        }
    }

    /// A block took so many of its lengths to compute.
    pub(crate) fn learn(&mut self, took: f32) {
        self.took[self.next] = took;
        self.next = (self.next + 1) % REMEMBERED;
    }

    /// Whether a backlog is better given up: it is more than one block long, and working it off would keep the target away for
    /// longer than a stream that begins anew does, which has nothing to say for `warm_up` blocks.
    pub(crate) fn gives_up(&self, behind: f32, warm_up: f32) -> bool {
        let mut took = self.took;
        took.sort_by(f32::total_cmp);
        let took = took[REMEMBERED / 2];
        behind > 1.0 && (took >= 1.0 || behind * took / (1.0 - took) > warm_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(took: f32) -> CatchUp {
        let mut catch_up = CatchUp::new();
        (0..REMEMBERED).for_each(|_| catch_up.learn(took));
        catch_up
    }

    #[test]
    fn what_is_soon_worked_off_is_not_given_up() {
        // AudioSep's best begins anew within 12 blocks of 0.32 s; 0.7 s are 2.2 blocks.
        assert!(!of(0.5).gives_up(2.2, 12.0));
        assert!(!of(0.5).gives_up(0.9, 0.0), "not even a block");
        assert!(of(0.5).gives_up(2.2, 2.0));
        assert!(of(0.95).gives_up(2.2, 12.0));
        assert!(of(1.1).gives_up(2.2, 12.0), "it would only grow");
    }

    #[test]
    fn one_stall_is_not_the_machines_speed() {
        let mut catch_up = of(0.5);
        catch_up.learn(7.0);
        catch_up.learn(9.0);
        assert!(!catch_up.gives_up(2.2, 12.0));
        catch_up.learn(9.0);
        assert!(catch_up.gives_up(2.2, 12.0));
    }
}
