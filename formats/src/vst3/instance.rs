//! One instance: all interfaces of nice-plug's, each function passed on to it but those that deal with the output.
//!
//! The host holds our object alone. A question for another interface is answered by ours, so that all of them are one object to it,
//! as COM demands.

mod controller;
mod others;
mod processor;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32};

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    ChannelContext::IInfoListener, IAudioProcessor, IComponent, IEditController, IMidiMapping,
    INoteExpressionController, IProcessContextRequirements, IUnitInfo,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};
use nice_plug::wrapper::vst3::{Vst3Plugin, Wrapper};
use parking_lot::Mutex;

use super::dirty::DirtyNotifier;
use crate::change::ChangeReporter;
use crate::channels::InputRoom;
use crate::contain::contain;
use crate::guarded::Guarded;
use crate::guarded_params::GuardedParams;
use crate::handover;
use crate::host::Host;
use crate::output::OutputParameter;

/// An instance as the host holds it.
pub(super) struct Instance<P: Vst3Plugin> {
    theirs: ComWrapper<Wrapper<Guarded<P>>>,
    /// The host, as the plug-in sees it.
    host: Host,
    notifier: Arc<DirtyNotifier>,
    /// The host has set processing up for an offline render.
    set_up_offline: AtomicBool,
    /// The longest block that processing is set up for.
    longest: AtomicI32,
    main_input: Mutex<InputRoom>,
    params: Option<Arc<GuardedParams>>,
    output: Option<OutputParameter>,
    reporter: ChangeReporter,
}

impl<P: Vst3Plugin> Class for Instance<P> {
    type Interfaces = (
        IComponent,
        IEditController,
        IAudioProcessor,
        IMidiMapping,
        INoteExpressionController,
        IProcessContextRequirements,
        IUnitInfo,
        IInfoListener,
    );
}

impl<P: Vst3Plugin> Instance<P> {
    /// An instance with what its plug-in announces.
    pub(super) fn new() -> Self {
        let (wrapper, shared) = handover::collect(Wrapper::new);
        Instance {
            theirs: ComWrapper::new(wrapper),
            notifier: DirtyNotifier::new(shared.host.clone()),
            host: shared.host,
            set_up_offline: AtomicBool::new(false),
            longest: AtomicI32::new(0),
            main_input: Mutex::default(),
            params: shared.params,
            output: shared.output,
            reporter: ChangeReporter::default(),
        }
    }

    fn theirs(&self) -> &Wrapper<Guarded<P>> {
        &self.theirs
    }

    /// What nice-plug answers, or `failed` if it panics.
    fn ask<T>(&self, place: &'static str, failed: T, ask: impl FnOnce(&Wrapper<Guarded<P>>) -> T) -> T {
        contain(place, || ask(&self.theirs)).unwrap_or(failed)
    }

    /// The output, if that is its number.
    fn output(&self, id: u32) -> Option<&OutputParameter> {
        self.output.as_ref().filter(|output| output.number() == id)
    }
}

impl<P: Vst3Plugin> Drop for Instance<P> {
    fn drop(&mut self) {
        self.host.disconnect();
    }
}
