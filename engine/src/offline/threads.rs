//! The parts of a signal side by side, their results in order.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};

use earmark_models::PROCESSOR;

use super::cut::Begin;
use super::head::{Block, Head};
use super::part::Part;
use super::{Channels, Offline};
use crate::error::EngineError;

/// How far ahead of what is given out is read where nothing else says so, in seconds.
const AHEAD_SECONDS: f64 = 4.0;

/// What a worker is to do.
struct Job {
    begin: Begin,
    heard: u64,
    blocks: Receiver<Arc<Block>>,
    targets: Sender<Result<Vec<Channels>, EngineError>>,
}

/// A part that is being computed, or waits for a worker.
struct Open {
    /// One past its last block.
    end: u64,
    /// Until it has all of them.
    blocks: Option<Sender<Arc<Block>>>,
    targets: Receiver<Result<Vec<Channels>, EngineError>>,
}

impl Offline {
    /// Reads a signal with `read` until it hands over less than it could (`block[channel]` is filled from its start; the number of
    /// samples is returned), and gives the mixture, `[channel][sample]`, as it was read but for what is no number, which is 0, and
    /// the targets in time with it, `[query][channel][sample]`, to `each`. All see the same number of samples. Both are called on
    /// this thread.
    ///
    /// `threads` compute, and `samples` is the signal's length as far as it is known. What comes out does not depend on either:
    /// only the last bits may. Memory does not grow with the signal, but with the threads.
    ///
    /// # Errors
    /// Those of `read` and `each`; [`EngineError::Separation`] where the model fails.
    pub fn run<E: From<EngineError>>(
        &self,
        threads: usize,
        samples: Option<u64>,
        mut read: impl FnMut(&mut [Vec<f32>]) -> Result<usize, E>,
        mut each: impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let total = samples.map(|samples| self.blocks(samples));
        let length = self
            .run_up
            .part(&self.geometry, total, self.side_by_side(threads) as u64);
        let workers = if length.is_some() { threads } else { 1 };
        // One stream alone shares the work of its layers.
        let is_alone = workers > 1 || threads == 1;
        let (jobs, to_do) = channel::<Job>();
        let to_do = Mutex::new(to_do);
        std::thread::scope(|scope| {
            for number in 0..workers {
                std::thread::Builder::new()
                    .name(format!("earmark-part-{number}"))
                    .spawn_scoped(scope, || self.work(&to_do, is_alone))
                    .map_err(EngineError::Thread)?;
            }
            // What is left of it when this ends, by whatever reason, ends the workers.
            let mut line = Line::new(self, jobs, length, workers)?;
            line.run(&mut read, &mut each)
        })
    }

    /// How many parts `threads` compute at once.
    fn side_by_side(&self, threads: usize) -> usize {
        // A card is one, and has memory for so many streams. A stream that keeps all threads busy by itself hears nothing twice, and
        // its weights are read once for all of them.
        let is_one = self.separator.computed_on() != PROCESSOR || self.separator.threads() >= threads;
        if is_one { 1 } else { threads }
    }

    /// Does jobs until there are none.
    fn work(&self, jobs: &Mutex<Receiver<Job>>, is_alone: bool) {
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            let targets = job.targets.clone();
            let work = || {
                if is_alone {
                    earmark_models::alone(|| self.compute(&job))
                } else {
                    self.compute(&job)
                }
            };
            // The streams are the model's code.
            let done = catch_unwind(AssertUnwindSafe(work));
            let failure = done.unwrap_or_else(|_| {
                Err(EngineError::Separation {
                    reason: "its code panicked".into(),
                })
            });
            if let Err(error) = failure {
                // Nobody listens where the run has ended already.
                let _ = targets.send(Err(error));
            }
        }
    }

    fn compute(&self, job: &Job) -> Result<(), EngineError> {
        let mut part = Part::new(self, job.begin, job.heard)?;
        for block in &job.blocks {
            if let Some(targets) = part.push(&block)?
                && job.targets.send(Ok(targets)).is_err()
            {
                break;
            }
        }
        Ok(())
    }
}

/// A part that ended without a word.
fn lost() -> EngineError {
    EngineError::Separation {
        reason: "its thread has ended".into(),
    }
}

/// The caller's side: what is read, what is being computed, what is given out.
struct Line<'a> {
    offline: &'a Offline,
    jobs: Sender<Job>,
    /// Blocks of a part; all of them where the signal is not cut.
    length: u64,
    /// Blocks that may be read ahead of what is given out.
    ahead: u64,
    head: Head,
    /// The parts that are not given out yet.
    open: VecDeque<Open>,
    /// The first block of the next part.
    next_part: u64,
    /// Blocks given out.
    given: u64,
    /// The input's blocks, as they came, from block `first_kept` on.
    mixture: VecDeque<Arc<Channels>>,
    first_kept: u64,
}

impl<'a> Line<'a> {
    fn new(
        offline: &'a Offline,
        jobs: Sender<Job>,
        length: Option<u64>,
        workers: usize,
    ) -> Result<Line<'a>, EngineError> {
        let seconds = offline.geometry.block as f64 / offline.geometry.host_rate as f64;
        let ahead = (AHEAD_SECONDS / seconds) as u64 + 2;
        Ok(Line {
            offline,
            jobs,
            length: length.unwrap_or(u64::MAX),
            // Every worker has its part, and a quarter of one makes up for their differences.
            ahead: length.map_or(ahead, |length| length * (workers as u64 - 1) + length / 4 + 2),
            head: Head::new(offline)?,
            open: VecDeque::new(),
            next_part: 0,
            given: 0,
            mixture: VecDeque::new(),
            first_kept: 0,
        })
    }

    fn run<E: From<EngineError>>(
        &mut self,
        read: &mut impl FnMut(&mut [Vec<f32>]) -> Result<usize, E>,
        each: &mut impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let total = self.total();
            if total.is_some_and(|total| self.given >= total) {
                return Ok(());
            }
            let next = self.head.next();
            // What is there is given out before more is read: input may come slowly.
            let targets = if total.is_none_or(|total| next < total) && next < self.given + self.ahead {
                self.read(read)?;
                self.ready()?
            } else {
                Some(self.next_targets()?)
            };
            if let Some(targets) = targets {
                self.give(&targets, each)?;
            }
        }
    }

    /// Blocks of the whole signal, where its end was read.
    fn total(&self) -> Option<u64> {
        self.head.end().map(|samples| self.offline.blocks(samples))
    }

    /// Reads a block and hands it to the parts that hear it.
    fn read<E: From<EngineError>>(
        &mut self,
        read: &mut impl FnMut(&mut [Vec<f32>]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let (mixture, block) = self.head.block(read, self.offline.config.channels)?;
        self.mixture.push_back(mixture);
        let block = Arc::new(block);
        // The parts that begin with it: several where a run-up is longer than a part.
        loop {
            let begin = self.offline.run_up.begin(self.next_part);
            let is_over = self.total().is_some_and(|total| self.next_part >= total);
            if begin.block > block.index || is_over {
                break;
            }
            self.begin_part(begin);
        }
        for open in &mut self.open {
            if let Some(blocks) = &open.blocks {
                // A worker that has failed says so by its targets.
                let _ = blocks.send(block.clone());
            }
            if block.index + 1 == open.end {
                open.blocks = None;
            }
        }
        Ok(())
    }

    fn begin_part(&mut self, begin: Begin) {
        let (to_part, blocks) = channel();
        let (targets, from_part) = channel();
        let heard = self.next_part;
        let job = Job {
            begin,
            heard,
            blocks,
            targets,
        };
        // The workers live as long as this does.
        let _ = self.jobs.send(job);
        self.next_part = heard.saturating_add(self.length);
        self.open.push_back(Open {
            end: self.next_part,
            blocks: Some(to_part),
            targets: from_part,
        });
    }

    /// Waits for the targets of the next block.
    fn next_targets(&mut self) -> Result<Vec<Channels>, EngineError> {
        let open = self.open.front().ok_or_else(lost)?;
        let targets = open.targets.recv().map_err(|_| lost())??;
        self.count();
        Ok(targets)
    }

    /// The targets of the next block, if they are computed.
    fn ready(&mut self) -> Result<Option<Vec<Channels>>, EngineError> {
        let Some(open) = self.open.front() else {
            return Ok(None);
        };
        let targets = match open.targets.try_recv() {
            Ok(targets) => targets?,
            Err(TryRecvError::Empty) => return Ok(None),
            Err(TryRecvError::Disconnected) => return Err(lost()),
        };
        self.count();
        Ok(Some(targets))
    }

    /// Counts a block that is given out.
    fn count(&mut self) {
        self.given += 1;
        if self.open.front().is_some_and(|open| self.given == open.end) {
            self.open.pop_front();
        }
    }

    /// Hands on what of the block given out last belongs to the signal.
    fn give<E>(
        &mut self,
        targets: &[Channels],
        each: &mut impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let len = self.offline.geometry.block as u64;
        let delay = self.offline.geometry.delay() as u64;
        let begin = (self.given - 1) * len;
        let first = self.offline.output_begin(0).max(begin);
        let end = self
            .head
            .end()
            .map_or(u64::MAX, |samples| self.offline.output_begin(samples))
            .min(begin + len);
        if first < end {
            let part = (first - begin) as usize..(end - begin) as usize;
            let targets: Vec<Vec<&[f32]>> = targets
                .iter()
                .map(|target| target.iter().map(|channel| &channel[part.clone()]).collect())
                .collect();
            let mixture = self.input(first - delay, end - delay);
            let mixture: Vec<&[f32]> = mixture.iter().map(Vec::as_slice).collect();
            each(&mixture, &targets)?;
        }
        // What lies before the next block is not asked for again.
        while (self.first_kept + 1) * len <= (begin + len).saturating_sub(delay) {
            self.mixture.pop_front();
            self.first_kept += 1;
        }
        Ok(())
    }

    /// The input from one position of the stream to another.
    fn input(&self, from: u64, to: u64) -> Channels {
        let len = self.offline.geometry.block as u64;
        let mut input = vec![Vec::with_capacity((to - from) as usize); self.offline.config.channels];
        for block in from / len..to.div_ceil(len) {
            let begin = block * len;
            let part = (from.max(begin) - begin) as usize..(to.min(begin + len) - begin) as usize;
            let kept = &self.mixture[(block - self.first_kept) as usize];
            for (all, channel) in input.iter_mut().zip(kept.iter()) {
                all.extend_from_slice(&channel[part.clone()]);
            }
        }
        input
    }
}
