//! Calls that may panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nice_plug::util::permit_alloc;

/// What `call` answers; nothing if it panics, which is logged as having happened in `place`.
///
/// What `call` was changing may be left half changed: whoever asks again must be ready for that.
pub(crate) fn contain<T>(place: &'static str, call: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => Some(answer),
        Err(payload) => {
            // Nothing is real-time any more.
            permit_alloc(|| {
                nice_plug::prelude::nice_error!(
                    "The plug-in failed in {place} and goes on without what it was asked for: {}",
                    message(&*payload)
                );
                // A payload may panic, too.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
            });
            None
        }
    }
}

/// What a panic says.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("it does not say why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_answer() {
        assert_eq!(contain("a test", || 1), Some(1));
        assert_eq!(contain("a test", || -> i32 { panic!("{}", "a text") }), None);
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("once more");
            }
        }
        assert_eq!(contain("a test", || -> i32 { std::panic::panic_any(Bomb) }), None);
    }

    #[test]
    fn a_panic_is_quoted() {
        assert_eq!(message(&"static"), "static");
        assert_eq!(message(&"made".to_owned()), "made");
        assert_eq!(message(&1), "it does not say why");
    }
}
