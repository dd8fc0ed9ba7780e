//! One part of a signal: from blocks of the signal to blocks of every query's target.

use earmark_models::SeparatorSpec;

use super::cut::Begin;
use super::head::Block;
use super::{Channels, Offline};
use crate::error::EngineError;
use crate::worker::analysis::Analysis;
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
            Ok((target, Output::new(geometry, config.channels, lanes)?))
        });
        Ok(Part {
            steps: geometry.steps,
            frames: spec.block as u64,
            lookahead: spec.lookahead as u64,
            heard,
            heard_frame: begin.heard,
            targets: targets.collect::<Result<_, _>>()?,
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
            for (target, output) in &mut self.targets {
                output.step(
                    &block.taken,
                    step,
                    |lane, out| out.copy_from_slice(target.gain(lane)),
                    |channel, out| out.copy_from_slice(target.wave(channel)),
                );
            }
        }
        // The resampler remembers the block before the first one that is heard.
        let resamples = block.index + 1 >= self.heard;
        let mut targets = Vec::with_capacity(self.targets.len());
        for (_, output) in &mut self.targets {
            let mut samples = (*block.host).clone();
            if resamples {
                let finished = output.finish(&mut samples);
                finished.map_err(|reason| EngineError::Separation { reason })?;
            } else {
                output.pass(&samples);
            }
            targets.push(samples);
        }
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
