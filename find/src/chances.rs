//! How likely a sound is to be there, as a detector tells of each step of time.

/// Chances, one every `step` seconds.
#[derive(Debug, Clone)]
pub(crate) struct Chances {
    step: f64,
    values: Vec<f32>,
}

impl Chances {
    pub(crate) fn new(step: f64) -> Chances {
        Chances {
            step,
            values: Vec::new(),
        }
    }

    /// The chance of the next step, 0 to 1.
    pub(crate) fn push(&mut self, chance: f32) {
        self.values.push(chance);
    }

    /// The greatest between two times in seconds, a step before and after included: it tells a beginning no more exactly than that. 0
    /// where nothing was told.
    pub(crate) fn greatest(&self, onset: f64, offset: f64) -> f32 {
        let first = ((onset / self.step) as usize).saturating_sub(1);
        let end = (offset / self.step).ceil() as usize + 1;
        let around = self.values.iter().take(end).skip(first);
        around.copied().fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_is_of_the_steps_around_alone() {
        let mut chances = Chances::new(0.08);
        assert_eq!(chances.greatest(0.0, 9.0), 0.0);
        for step in 0..10 {
            chances.push(if step == 4 { 0.9 } else { 0.1 });
        }
        // Step 4 is from 0.32 to 0.40 s.
        assert_eq!(chances.greatest(0.35, 0.36), 0.9);
        assert_eq!(chances.greatest(0.42, 0.5), 0.9, "a step before");
        assert_eq!(chances.greatest(0.1, 0.3), 0.9, "a step after");
        assert_eq!(chances.greatest(0.0, 0.2), 0.1);
        assert_eq!(chances.greatest(0.5, 20.0), 0.1);
        assert_eq!(chances.greatest(20.0, 21.0), 0.0);
    }
}
