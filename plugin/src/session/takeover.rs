//! Who notices that another engine has taken over.

use std::sync::{Arc, Weak};
use std::time::Duration;

use earmark_engine::RelayHandle;

use super::Session;

/// How often it is looked.
const INTERVAL: Duration = Duration::from_millis(50);

/// Watches, in a thread of its own, for engine `number` of `relay` to take over, and has the session take note of it then: the engine
/// before ends there, which takes as long as its block, and neither the audio thread nor the host's or the wrapper's threads wait for
/// that. Ends without a word when the relay is gone, or the session.
pub(super) fn watch(session: &Weak<Session>, relay: &Arc<RelayHandle>, number: u64) {
    let (session, relay) = (session.clone(), Arc::downgrade(relay));
    let watch = move || {
        while let Some(relay) = relay.upgrade() {
            if relay.taken_over() >= number {
                drop(relay);
                if let Some(session) = session.upgrade() {
                    session.look();
                }
                return;
            }
            drop(relay);
            std::thread::sleep(INTERVAL);
        }
    };
    let spawned = std::thread::Builder::new()
        .name("earmark-takeover".into())
        .spawn(watch);
    if let Err(error) = spawned {
        // Whoever asks the session next takes note of it.
        tracing::error!("no thread that waits for another model to be heard: {error}");
    }
}
