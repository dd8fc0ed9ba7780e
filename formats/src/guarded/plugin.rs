//! The plug-in behind its guard.

use std::sync::Arc;

use nice_plug::prelude::*;

use super::context::Context;
use super::editor::GuardedEditor;
use crate::contain::contain;
use crate::guarded_params::GuardedParams;
use crate::handover;

/// A plug-in that answers in the place of `P` when that panics.
///
/// After a panic while processing, `P` is not called again until it is activated anew: until then there is silence, and an error for
/// each block, which hosts show or pass over.
pub(crate) struct Guarded<P> {
    /// Not there any more when it has panicked while being dropped.
    plugin: Option<P>,
    params: Arc<GuardedParams>,
    failed: bool,
}

impl<P> Drop for Guarded<P> {
    fn drop(&mut self) {
        let plugin = self.plugin.take();
        contain("ending", || drop(plugin));
    }
}

impl<P: Plugin> Guarded<P> {
    /// What the plug-in answers, if it is there and does not panic.
    fn ask<T>(&mut self, place: &'static str, ask: impl FnOnce(&mut P) -> T) -> Option<T> {
        let plugin = self.plugin.as_mut()?;
        contain(place, || ask(plugin))
    }

    fn ask_or_fail(&mut self, place: &'static str, ask: impl FnOnce(&mut P)) {
        if !self.failed && self.ask(place, ask).is_none() {
            self.failed = true;
        }
    }
}

/// What is not guarded here is guarded by whoever makes an instance.
impl<P: Plugin> Default for Guarded<P> {
    fn default() -> Self {
        let plugin = P::default();
        let params = Arc::new(GuardedParams::new(plugin.params()));
        handover::share_params(&params);
        Guarded {
            plugin: Some(plugin),
            params,
            failed: false,
        }
    }
}

impl<P: Plugin> Plugin for Guarded<P> {
    const NAME: &'static str = P::NAME;
    const VENDOR: &'static str = P::VENDOR;
    const URL: &'static str = P::URL;
    const EMAIL: &'static str = P::EMAIL;
    const VERSION: &'static str = P::VERSION;
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = P::AUDIO_IO_LAYOUTS;
    const MIDI_INPUT: MidiConfig = P::MIDI_INPUT;
    const MIDI_OUTPUT: MidiConfig = P::MIDI_OUTPUT;
    const SAMPLE_ACCURATE_AUTOMATION: bool = P::SAMPLE_ACCURATE_AUTOMATION;
    const HARD_REALTIME_ONLY: bool = P::HARD_REALTIME_ONLY;
    const INPUT_EVENT_CAPACITY: usize = P::INPUT_EVENT_CAPACITY;

    type Editor = GuardedEditor<P::Editor>;
    type SysExMessage = P::SysExMessage;
    type BackgroundTask = P::BackgroundTask;

    fn task_executor(&mut self) -> TaskExecutor<Self> {
        match self.ask("being made", P::task_executor) {
            Some(execute) => Box::new(move |task| {
                contain("a task", || execute(task));
            }),
            None => Box::new(|_| ()),
        }
    }

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        let background = executor.clone();
        let executor = AsyncExecutor::new(
            Arc::new(move |task| background.execute_background(task)),
            Arc::new(move |task| executor.execute_gui(task)),
        );
        self.ask("being made", |plugin| plugin.editor(executor))
            .flatten()
            .map(GuardedEditor)
    }

    fn filter_state(state: &mut PluginState) {
        contain("loading a state", || P::filter_state(state));
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let activated = self.ask("being activated", |plugin| {
            plugin.activate(layout, config, &mut Context(context))
        });
        self.failed = activated != Some(true);
        !self.failed
    }

    fn reset(&mut self) {
        self.ask_or_fail("being reset", P::reset);
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        if !self.failed {
            let status = self.ask("processing", |plugin| {
                plugin.process(buffer, aux, &mut Context(context))
            });
            if let Some(status) = status {
                return status;
            }
            self.failed = true;
        }
        silence(buffer);
        aux.outputs.iter_mut().for_each(silence);
        ProcessStatus::Error("the plug-in has failed and is silent until it is activated anew")
    }

    fn stop_processing(&mut self) {
        self.ask_or_fail("stopping", P::stop_processing);
    }

    fn deactivate(&mut self) {
        self.ask("being deactivated", P::deactivate);
    }

    fn setup_logger() -> Option<bool> {
        P::setup_logger()
    }
}

fn silence(buffer: &mut Buffer) {
    for channel in buffer.as_slice() {
        channel.fill(0.0);
    }
}

impl<P: ClapPlugin> ClapPlugin for Guarded<P> {
    const CLAP_ID: &'static str = P::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = P::CLAP_DESCRIPTION;
    const CLAP_MANUAL_URL: Option<&'static str> = P::CLAP_MANUAL_URL;
    const CLAP_SUPPORT_URL: Option<&'static str> = P::CLAP_SUPPORT_URL;
    const CLAP_FEATURES: &'static [ClapFeature] = P::CLAP_FEATURES;
    const CLAP_POLY_MODULATION_CONFIG: Option<PolyModulationConfig> = P::CLAP_POLY_MODULATION_CONFIG;

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        if let Some(plugin) = &self.plugin {
            plugin.remote_controls(context);
        }
    }
}

impl<P: Vst3Plugin> Vst3Plugin for Guarded<P> {
    const VST3_CLASS_ID: [u8; 16] = P::VST3_CLASS_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = P::VST3_SUBCATEGORIES;
}
