//! A value that moves to its goal in a straight line.

/// Reaches every goal after the same number of samples, exactly, whatever the block size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ramp {
    value: f32,
    goal: f32,
    step: f32,
    left: usize,
    length: usize,
}

impl Ramp {
    pub(crate) fn new(value: f32, length: usize) -> Ramp {
        Ramp {
            value,
            goal: value,
            step: 0.0,
            left: 0,
            length: length.max(1),
        }
    }

    /// Begins to move; a goal that already is one changes nothing.
    pub(crate) fn aim(&mut self, goal: f32) {
        if goal != self.goal {
            self.goal = goal;
            self.left = self.length;
            self.step = (goal - self.value) / self.length as f32;
        }
    }

    /// Where it is or will be.
    pub(crate) fn goal(&self) -> f32 {
        self.goal
    }

    /// Whether it rests at this value.
    pub(crate) fn is_at(&self, value: f32) -> bool {
        self.left == 0 && self.value == value
    }

    /// The value that it rests at, if it does not move.
    pub(crate) fn at_rest(&self) -> Option<f32> {
        (self.left == 0).then_some(self.value)
    }

    /// Is there at once.
    pub(crate) fn jump(&mut self, goal: f32) {
        *self = Ramp::new(goal, self.length);
    }

    /// The next sample's value.
    pub(crate) fn advance(&mut self) -> f32 {
        if self.left > 0 {
            self.left -= 1;
            self.value = if self.left == 0 {
                self.goal
            } else {
                self.value + self.step
            };
        }
        self.value
    }
}
