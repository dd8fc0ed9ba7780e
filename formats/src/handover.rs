//! From a plug-in that is being made to the instance around it.
//!
//! nice-plug's wrappers make the plug-in themselves, by `P::default()`, and keep it to themselves: neither can we give it something
//! nor does it know who made it. But it is made on the thread that asks for it, within that call. So it leaves what it shares with us
//! with the thread, where whoever asked collects it right afterwards.

use std::cell::RefCell;
use std::sync::Arc;

use crate::guarded_params::GuardedParams;
use crate::host::Host;
use crate::output::OutputParameter;

/// What a plug-in shares with the instance around it.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) output: Option<OutputParameter>,
    pub(crate) host: Host,
    /// There if the plug-in is guarded.
    pub(crate) params: Option<Arc<GuardedParams>>,
}

thread_local! {
    static SHARED: RefCell<Shared> = RefCell::default();
}

/// Tells the instance that is being made on this thread of the plug-in's output and of its [`Host`], which it then connects. To be
/// called by the plug-in's `Default`, once.
pub fn announce(output: OutputParameter, host: &Host) {
    SHARED.with_borrow_mut(|shared| {
        shared.output = Some(output);
        shared.host = host.clone();
    });
}

/// The same for the parameters, by the plug-in's guard.
pub(crate) fn share_params(params: &Arc<GuardedParams>) {
    SHARED.with_borrow_mut(|shared| shared.params = Some(params.clone()));
}

/// What `make` makes, and what was announced meanwhile.
pub(crate) fn collect<T>(make: impl FnOnce() -> T) -> (T, Shared) {
    // Of a plug-in that was made without us.
    SHARED.take();
    let made = make();
    (made, SHARED.take())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::OutputValue;

    #[test]
    fn what_is_announced_belongs_to_the_instance_that_is_being_made() {
        let output = |id| OutputParameter {
            id,
            name: "",
            value: OutputValue::default(),
        };
        announce(output("earlier"), &Host::default());
        assert!(collect(|| ()).1.output.is_none());
        let host = Host::default();
        let (made, shared) = collect(|| {
            announce(output("now"), &host);
            1
        });
        shared.host.set_name("host".to_owned());
        assert_eq!((made, shared.output.map(|output| output.id)), (1, Some("now")));
        assert_eq!(host.name(), Some("host"), "it is the plug-in's own");
        assert!(collect(|| ()).1.output.is_none());
    }
}
