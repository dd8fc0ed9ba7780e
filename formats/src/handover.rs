//! From a plug-in that is being made to the instance around it.
//!
//! nice-plug's wrappers make the plug-in themselves, by `P::default()`, and keep it to themselves: neither can we give it something
//! nor does it know who made it. But it is made on the thread that asks for it, within that call. So it leaves its output with the
//! thread, where whoever asked collects it right afterwards.

use std::cell::Cell;

use crate::output::OutputParameter;

thread_local! {
    static ANNOUNCED: Cell<Option<OutputParameter>> = const { Cell::new(None) };
}

/// Tells the instance that is being made on this thread of the plug-in's output. To be called by the plug-in's `Default`, once.
pub fn announce(output: OutputParameter) {
    ANNOUNCED.set(Some(output));
}

/// What `make` makes, and what was announced meanwhile.
pub(crate) fn collect<T>(make: impl FnOnce() -> T) -> (T, Option<OutputParameter>) {
    // Of a plug-in that was made without us.
    ANNOUNCED.take();
    let made = make();
    (made, ANNOUNCED.take())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::OutputValue;

    #[test]
    fn an_output_belongs_to_the_instance_that_is_being_made() {
        let output = |id| OutputParameter {
            id,
            name: "",
            value: OutputValue::default(),
        };
        announce(output("earlier"));
        assert!(collect(|| ()).1.is_none());
        let (made, announced) = collect(|| {
            announce(output("now"));
            1
        });
        assert_eq!((made, announced.map(|output| output.id)), (1, Some("now")));
        assert!(collect(|| ()).1.is_none());
    }
}
