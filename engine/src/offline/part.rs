//! One part of a signal: from blocks of the signal to blocks of every query's target.

use earmark_models::SeparatorSpec;

use super::cut::Begin;
use super::head::Block;
use super::{Channels, Offline};
use crate::error::EngineError;
use crate::worker::analysis::Analysis;
use crate::worker::delay::Delay;
use crate::worker::edges::Edges;
use crate::worker::listener::Listener;
use crate::worker::output::Output;
use crate::worker::shapes::Shapes;
use crate::worker::target::Target;

/// The state of a part.
pub(super) struct Part {
    /// Steps of an engine block, frames of a step, and the masks' lag in frames.
    steps: usize,
    frames: u64,
    lookahead: u64,
    /// The first block that is heard, and the first frame of it.
    heard: u64,
    heard_frame: u64,
    analysis: Analysis,
    listener: Listener,
    /// Of each query.
    targets: Vec<(Target, Output)>,
    /// `[channel]`: the signal as late as the targets, which is the same for all of them, and what the separator hears of it as
    /// late as the masked signals.
    delays: Vec<Delay>,
    delayed: Channels,
    model_delays: Vec<Delay>,
    analysed: Channels,
    /// Nobody shapes a file's masks.
    shapes: Shapes,
}

impl Part {
    /// The part that is heard from block `heard` on.
    pub(super) fn new(offline: &Offline, begin: Begin, heard: u64) -> Result<Part, EngineError> {
        let Offline {
            separator,
            config,
            geometry,
            plan,
            ..
        } = offline;
        let spec: &SeparatorSpec = separator.spec();
        let edges = Edges::of(geometry, true);
        let mut analysis = Analysis::new(geometry, spec, plan, (config.channels, config.channel_mode), 0);
        let frames = geometry.steps as u64 * spec.block as u64;
        analysis.reset(edges, begin.block * frames);
        let lanes = analysis.lanes();
        let listener = Listener::new(
            &**separator,
            spec,
            &offline.conditions,
            lanes,
            (begin.frame, begin.heard),
        )?;
        let targets = offline.choices.iter().map(|choice| -> Result<_, EngineError> {
            let channels = (config.channels, lanes);
            let mut target = Target::new(spec, plan, choice.clone(), channels, begin.frame);
            if begin.block == 0 && edges.is_whole() {
                target.begin();
            }
            Ok((target, Output::of_delayed(geometry, config.channels, lanes)?))
        });
        let delays = |len: usize| (0..config.channels).map(|_| Delay::new(len)).collect();
        Ok(Part {
            steps: geometry.steps,
            frames: spec.block as u64,
            lookahead: spec.lookahead as u64,
            heard,
            heard_frame: begin.heard,
            targets: targets.collect::<Result<_, _>>()?,
            delays: delays(geometry.delay()),
            delayed: vec![vec![0.0; geometry.block]; config.channels],
            model_delays: delays(geometry.algorithmic_delay),
            analysed: vec![vec![0.0; geometry.step]; config.channels],
            analysis,
            listener,
            shapes: Shapes::new(geometry, (spec.stft.hop, spec.stft.window)),
        })
    }

    /// Reads the next block, and gives the targets as of it once they are heard, `[query][channel][sample]`.
    pub(super) fn push(&mut self, block: &Block) -> Result<Option<Vec<Channels>>, EngineError> {
        self.analysis.set_edges(block.edges);
        for (_, output) in &mut self.targets {
            output.begin();
        }
        for step in 0..self.steps {
            self.analysis.step(&block.taken, step);
            self.read_step()?;
            let len = self.analysed.first().map_or(0, Vec::len);
            for (channel, (delay, analysed)) in
                self.model_delays.iter_mut().zip(&mut self.analysed).enumerate()
            {
                analysed.copy_from_slice(block.taken.samples(channel, step * len, len));
                delay.process(analysed);
            }
            let analysed = &self.analysed;
            for (target, output) in &mut self.targets {
                output.hear_of(
                    step as i64,
                    |channel| &analysed[channel],
                    |lane, out| out.copy_from_slice(target.gain(lane)),
                    |channel, out| out.copy_from_slice(target.wave(channel)),
                );
            }
        }
        // The resampler remembers the block before the first one that is heard.
        let resamples = block.index + 1 >= self.heard;
        for ((delay, delayed), samples) in self.delays.iter_mut().zip(&mut self.delayed).zip(&*block.host) {
            delayed.copy_from_slice(samples);
            delay.process(delayed);
        }
        if !resamples {
            return Ok(None);
        }
        let delayed = &self.delayed;
        let targets = self.targets.iter_mut().map(|(_, output)| {
            let mut target: Channels = delayed.iter().map(|samples| vec![0.0; samples.len()]).collect();
            let assembled = output.assemble(delayed, &mut target);
            assembled.map_err(|reason| EngineError::Separation { reason })?;
            Ok(target)
        });
        let targets = targets.collect::<Result<Vec<_>, EngineError>>()?;
        Ok((block.index >= self.heard).then_some(targets))
    }

    /// Has the masks computed that are due, and what they make of the mixture where that is heard.
    fn read_step(&mut self) -> Result<(), EngineError> {
        if self.listener.backlog(&self.analysis) == 0 {
            return Ok(());
        }
        let cursor = self.listener.cursor();
        let is_heard = cursor + self.frames > self.heard_frame + self.lookahead;
        let targets = &mut self.targets;
        self.listener.read_step(&self.analysis, true, |lane, sounds| {
            for (target, _) in targets.iter_mut().filter(|_| is_heard) {
                target.take(lane, sounds);
            }
        })?;
        for (target, _) in targets.iter_mut().filter(|_| is_heard) {
            target.synthesize_step(&self.analysis, &self.shapes, cursor);
        }
        Ok(())
    }
}
