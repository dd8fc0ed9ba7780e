//! How large the editor is drawn.

use serde::{Deserialize, Serialize};

/// How large the editor is drawn, in percent of what the system asks for: one of [`Scale::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub struct Scale(u16);

impl Scale {
    /// All of them, the smallest first.
    pub const ALL: [Scale; 5] = [Scale(100), Scale(125), Scale(150), Scale(175), Scale(200)];

    /// In percent, from 100 to 200.
    pub fn percent(self) -> u16 {
        self.0
    }

    /// As a factor, from 1 to 2.
    pub fn factor(self) -> f32 {
        f32::from(self.0) / 100.0
    }

    /// The next larger one; the largest has none.
    pub fn larger(self) -> Option<Scale> {
        Scale::ALL.into_iter().find(|scale| scale.0 > self.0)
    }

    /// The next smaller one; the smallest has none.
    pub fn smaller(self) -> Option<Scale> {
        Scale::ALL.into_iter().rev().find(|scale| scale.0 < self.0)
    }
}

impl Default for Scale {
    fn default() -> Self {
        Scale::ALL[0]
    }
}

/// The nearest that there is: a file may have been written by hand.
impl From<u16> for Scale {
    fn from(percent: u16) -> Self {
        let nearest = Scale::ALL
            .into_iter()
            .min_by_key(|scale| scale.0.abs_diff(percent));
        nearest.unwrap_or_default()
    }
}

impl From<Scale> for u16 {
    fn from(scale: Scale) -> Self {
        scale.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_five_steps_and_every_number_is_near_one() {
        let mut steps = vec![Scale::default()];
        while let Some(larger) = steps.last().and_then(|scale| scale.larger()) {
            assert_eq!(larger.smaller(), steps.last().copied());
            steps.push(larger);
        }
        assert_eq!(steps, Scale::ALL);
        assert_eq!(Scale::default().smaller(), None);
        let near = [0, 100, 112, 113, 160, 200, u16::MAX].map(|percent| Scale::from(percent).percent());
        assert_eq!(near, [100, 100, 100, 125, 150, 200, 200]);
        assert_eq!(Scale::from(150).factor(), 1.5);
    }
}
