//! A clock that stands still: whoever waits is woken or waits for ever.

use std::time::Duration;

pub(crate) trait Clock {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, left: Duration) -> Duration {
        left
    }
}

pub(crate) struct Still;

impl Clock for Still {}

pub(crate) struct Wait;

impl Wait {
    pub(crate) fn begin(_: &dyn Clock) -> Wait {
        Wait
    }
}
