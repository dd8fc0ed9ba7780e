//! Which device computes a network where nobody has chosen: what is measured to be quicker, once.

use std::sync::Arc;
use std::time::Duration;

use earmark_kernels::Isa;

use super::memory::{Memory, Network, StepTimes};
use super::timing::step_time;
use crate::error::ModelError;
use crate::separator::Separator;

/// A card that may be quicker than the processor.
pub struct Candidate<'a> {
    /// What it is called.
    pub name: String,
    /// Its driver and the driver's version.
    pub driver: String,
    /// Puts the network there; it may take seconds.
    pub load: Box<dyn FnOnce() -> Result<Arc<dyn Separator>, ModelError> + 'a>,
}

impl Candidate<'_> {
    fn identity(&self) -> String {
        format!("{} ({})", self.name, self.driver)
    }

    /// Whether `identity` is this card with whatever driver.
    fn is(&self, identity: &str) -> bool {
        identity
            .strip_prefix(&self.name)
            .is_some_and(|rest| rest.starts_with(" ("))
    }
}

/// A card has to take at most this part of the processor's time: it is shared with the screen and with other programs, and the
/// processor is the surer one.
const MARGIN: f64 = 0.8;

/// Of the network on the processor and on each card the quickest, by what `memory` knows or else by what is measured now and kept
/// there. Where everything is known, only the one that is taken is loaded. A card that fails is out, and tried again the next time.
pub fn quickest<'a>(
    network: &Network,
    processor: Arc<dyn Separator>,
    mut cards: Vec<Candidate<'a>>,
    memory: &dyn Memory,
) -> Arc<dyn Separator> {
    if cards.is_empty() {
        return processor;
    }
    let known = memory.recall(network);
    let mut times = known.clone();
    let on_processor = format!(
        "{} ({:?}, {} threads)",
        processor.computed_on(),
        Isa::best(),
        processor.threads()
    );
    let Some(of_processor) = time(&mut times, &on_processor, &*processor) else {
        return processor;
    };
    // Another driver is another card.
    times.retain(|identity, _| {
        !cards.iter().any(|card| card.is(identity)) || cards.iter().any(|card| card.identity() == *identity)
    });
    let mut best: Option<(f64, String, Loaded<'a>)> = None;
    for card in cards.drain(..) {
        let identity = card.identity();
        let (seconds, loaded) = match times.get(&identity) {
            Some(&seconds) => (seconds, Loaded::NotYet(card)),
            None => {
                let Some(separator) = load(card) else { continue };
                let Some(seconds) = time(&mut times, &identity, &*separator) else {
                    continue;
                };
                (seconds, Loaded::Here(separator))
            }
        };
        if seconds <= MARGIN * of_processor && best.as_ref().is_none_or(|(other, ..)| seconds < *other) {
            best = Some((seconds, identity, loaded));
        }
    }
    if times != known {
        memory.keep(network, &times);
    }
    match best {
        None => processor,
        Some((_, _, Loaded::Here(separator))) => separator,
        Some((_, _, Loaded::NotYet(card))) => load(card).unwrap_or(processor),
    }
}

enum Loaded<'a> {
    Here(Arc<dyn Separator>),
    NotYet(Candidate<'a>),
}

fn load(card: Candidate) -> Option<Arc<dyn Separator>> {
    let name = card.name;
    (card.load)()
        .inspect_err(|error| tracing::warn!("{name}: {error}"))
        .ok()
}

/// Seconds a step, as they are known or measured now.
fn time(times: &mut StepTimes, identity: &str, separator: &dyn Separator) -> Option<f64> {
    if let Some(seconds) = times.get(identity) {
        return Some(*seconds);
    }
    let seconds = step_time(separator)
        .inspect_err(|error| tracing::warn!("{identity}: {error}"))
        .ok()?
        .as_secs_f64();
    tracing::info!("{identity}: {:?} a step", Duration::from_secs_f64(seconds));
    times.insert(identity.to_owned(), seconds);
    Some(seconds)
}
