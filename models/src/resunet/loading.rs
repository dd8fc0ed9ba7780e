//! Loading a ResUNet for a device, and sharing what is loaded between all who hold it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use earmark_controls::{CardName, Quality};
use earmark_kernels::Threads;
use parking_lot::Mutex;

use super::accelerated::Accelerated;
use super::batcher::{Batcher, MOST};
use super::config::ResUNetConfig;
use super::keeper::Keeper;
use super::part::PART;
use super::remote::Remote;
use super::streaming::{Precision, StreamSettings, Streaming, StreamingNet};
use crate::device::{self, Candidate, Chosen, DeviceChoice, Network, OnDevice};
use crate::error::ModelError;
use crate::place::Place;
use crate::separator::{Separator, SeparatorSpec};

/// The network at `place`, in this quality, for this device.
///
/// # Errors
/// [`ModelError::Weights`] when its weights are damaged; [`ModelError::Device`] when the device cannot be used.
pub(super) fn load(
    config: &ResUNetConfig,
    spec: &SeparatorSpec,
    place: &Place,
    quality: Quality,
    choice: DeviceChoice,
) -> Result<Arc<dyn Separator>, ModelError> {
    // Before weights are decoded for nothing. It stays open, as opening it again takes as long again.
    let _opened = device::accelerator(choice)
        .map(|chosen| chosen.open())
        .transpose()?;
    let cpu = on_processor(config, spec, place, quality)?;
    match (choice, device::accelerator(choice)) {
        (_, Some(chosen)) => accelerated(&cpu, place, chosen),
        (DeviceChoice::Auto, None) => {
            let its = &cpu;
            let candidates = device::automatic().map(|(chosen, driver)| Candidate {
                name: chosen
                    .card
                    .map_or(chosen.accelerator.name, CardName::as_str)
                    .into(),
                driver,
                load: Box::new(move || accelerated(its, place, chosen)),
            });
            let network = Network::new(&spec.sha256, quality);
            Ok(device::quickest(
                &network,
                cpu.clone(),
                candidates.collect(),
                device::memory(),
            ))
        }
        (_, None) => Ok(cpu),
    }
}

/// The network on our own kernels.
fn on_processor(
    config: &ResUNetConfig,
    spec: &SeparatorSpec,
    place: &Place,
    quality: Quality,
) -> Result<Arc<Streaming>, ModelError> {
    let precision = Precision::of(quality);
    let isa = precision.isa();
    let precision = precision.on(isa);
    let net = shared(place, precision, || {
        let tensors = place.tensors(&PART)?;
        StreamingNet::read(config.clone(), tensors, isa, precision, Threads::shared())
    })?;
    let settings = StreamSettings::of(quality, net.config());
    Ok(Arc::new(Streaming::new(&spec.id, &spec.sha256, net, settings)?))
}

/// What runs on the processor, on an accelerator, its weights taken from `place` once for all who ask.
///
/// # Errors
/// [`ModelError::Device`] when it cannot be used; [`ModelError::Weights`] when the weights are damaged.
pub fn accelerated(
    cpu: &Arc<Streaming>,
    place: &Place,
    chosen: Chosen,
) -> Result<Arc<dyn Separator>, ModelError> {
    let remote = shared_remote(place, chosen, || {
        let tensors = place.tensors(&PART)?;
        let opened = chosen.open()?;
        let name = opened.name().unwrap_or_else(|| chosen.accelerator.name.into());
        Ok((name, opened.graph(cpu.config(), tensors)?))
    })?;
    // The first steps make ready what is made ready once: kernels and memory.
    let step = device::step_time(&Accelerated::new(cpu.clone(), remote.clone(), MAKE_READY)?)?;
    if let Some(fault) = remote.fault() {
        return Err(chosen.refused(fault.into()));
    }
    let spec = cpu.spec();
    let block = Duration::from_secs_f64((spec.block * spec.stft.hop) as f64 / f64::from(spec.sample_rate));
    let patience = patience(step, block);
    Ok(Arc::new(Accelerated::new(cpu.clone(), remote, patience)?))
}

/// How long a device may take for its first steps.
const MAKE_READY: Duration = Duration::from_secs(60);
/// For how long a device may be silent whose steps took `step` when it was loaded, before it has failed: for many of them, but not
/// for longer than a block, or the gap would be longer than the latency. One that hardly keeps up, or is too slow to be heard live, is
/// given a few of its steps.
fn patience(step: Duration, block: Duration) -> Duration {
    (PATIENCE * step).min(block.max(FEW * step)).max(LEAST_PATIENCE)
}

const PATIENCE: u32 = 2 * MOST as u32;
const FEW: u32 = 4;
const LEAST_PATIENCE: Duration = Duration::from_millis(300);

/// The thread of a place's network on a device, shared by all who hold it.
fn shared_remote(
    place: &Place,
    chosen: Chosen,
    load: impl FnOnce() -> Result<(String, OnDevice), ModelError>,
) -> Result<Arc<dyn Remote>, ModelError> {
    type Remotes = HashMap<(Place, &'static str, Option<CardName>), Weak<dyn Remote>>;
    static LOADED: LazyLock<Mutex<Remotes>> = LazyLock::new(Mutex::default);
    let mut loaded = LOADED.lock();
    let key = (place.clone(), chosen.accelerator.name, chosen.card);
    let there = loaded.get(&key).and_then(Weak::upgrade);
    // One that failed may work when it is loaded anew.
    if let Some(remote) = there.filter(|remote| remote.fault().is_none()) {
        return Ok(remote);
    }
    let (name, graph) = load()?;
    let remote: Arc<dyn Remote> = match graph {
        OnDevice::Windows(graph) => Arc::new(Batcher::new(&name, graph)?),
        OnDevice::Columns(graph) => Arc::new(Keeper::new(&name, graph)?),
    };
    loaded.retain(|_, remote| remote.strong_count() > 0);
    loaded.insert(key, Arc::downgrade(&remote));
    Ok(remote)
}

/// The weights of a place in one precision, shared by all who hold them: however many instances, and in every quality where
/// the processor has but one precision.
fn shared(
    place: &Place,
    precision: Precision,
    load: impl FnOnce() -> Result<StreamingNet, ModelError>,
) -> Result<Arc<StreamingNet>, ModelError> {
    type Loaded = HashMap<(Place, Precision), Weak<StreamingNet>>;
    static LOADED: LazyLock<Mutex<Loaded>> = LazyLock::new(Mutex::default);
    let key = (place.clone(), precision);
    let mut loaded = LOADED.lock();
    if let Some(net) = loaded.get(&key).and_then(Weak::upgrade) {
        return Ok(net);
    }
    let net = Arc::new(load()?);
    loaded.retain(|_, net| net.strong_count() > 0);
    loaded.insert(key, Arc::downgrade(&net));
    Ok(net)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_can_be_heard_live_is_not_waited_for_longer_than_a_block() {
        let ms = Duration::from_millis;
        let block = ms(320);
        for (step, expected) in [
            (ms(1), ms(300)),
            (ms(15), ms(300)),
            (ms(40), ms(320)),
            (ms(80), ms(320)),
            // It hardly keeps up.
            (ms(200), ms(800)),
            // It is for files.
            (ms(5_000), ms(20_000)),
        ] {
            assert_eq!(patience(step, block), expected, "{step:?}");
        }
    }
}
