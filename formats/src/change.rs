//! Changes of an output value, as a host hears of them.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::output::OutputValue;

/// The step that the host has last; hosts begin with 0, as the values do.
///
/// It is read and written by one thread at a time: formats forbid two calls that process or flush at once.
#[derive(Debug, Default)]
pub(crate) struct ChangeReporter(AtomicU32);

impl ChangeReporter {
    /// Has `report` pass on the value, 0 to 1, if it is another than that reported last. It says whether it could; if not, the value
    /// is reported the next time.
    pub(crate) fn update(&self, value: &OutputValue, report: impl FnOnce(f64) -> bool) {
        let step = value.step();
        if step != self.0.load(Ordering::Relaxed) && report(OutputValue::of_step(step).into()) {
            self.0.store(step, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_reported() {
        let (value, reporter) = (OutputValue::default(), ChangeReporter::default());
        let changes = |taken: bool| {
            let mut reported = None;
            reporter.update(&value, |value| {
                reported = Some(value);
                taken
            });
            reported
        };
        assert_eq!(changes(true), None, "0 goes without saying");
        value.set(0.5);
        assert_eq!(changes(false), Some(0.5));
        assert_eq!(changes(true), Some(0.5), "what was not taken is reported again");
        assert_eq!(changes(true), None);
        value.set(0.501);
        assert_eq!(changes(true), None, "less than a step");
        value.set(0.0);
        assert_eq!(changes(true), Some(0.0));
    }
}
