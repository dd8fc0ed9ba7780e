//! What a host has been told of an output value.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::output::OutputValue;

/// The step that was told last; hosts begin with 0, as the values do.
///
/// It is read and written by one thread at a time: formats forbid two calls that process or flush at once.
#[derive(Debug, Default)]
pub(crate) struct Told(AtomicU32);

impl Told {
    /// Has `tell` pass on the value, 0 to 1, if it is another than that told last. It says whether it could; if not, the value is
    /// told the next time.
    pub(crate) fn update(&self, value: &OutputValue, tell: impl FnOnce(f64) -> bool) {
        let step = value.step();
        if step != self.0.load(Ordering::Relaxed) && tell(OutputValue::of_step(step).into()) {
            self.0.store(step, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_news_is_told() {
        let (value, told) = (OutputValue::default(), Told::default());
        let news = |taken: bool| {
            let mut heard = None;
            told.update(&value, |value| {
                heard = Some(value);
                taken
            });
            heard
        };
        assert_eq!(news(true), None, "0 goes without saying");
        value.set(0.5);
        assert_eq!(news(false), Some(0.5));
        assert_eq!(news(true), Some(0.5), "what was not taken is told again");
        assert_eq!(news(true), None);
        value.set(0.501);
        assert_eq!(news(true), None, "less than a step");
        value.set(0.0);
        assert_eq!(news(true), Some(0.0));
    }
}
