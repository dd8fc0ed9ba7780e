//! Streams whose columns a device keeps: all instances' on one thread, which begins the blocks that wait before it takes the
//! first answer.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use num_complex::Complex32;

use super::patience::Patience;
use super::remote::{Remote, RemoteStream};
use super::streaming::{StreamSettings, Streaming};
use super::thread::{Answer, DeviceThread};
use super::window::{Due, Window};
use crate::error::ModelError;
use crate::separator::{Condition, DeviceWork};

/// A network on a device that keeps the state of its streams.
pub trait ColumnGraph: Send + Sync {
    /// Begins a stream.
    ///
    /// # Errors
    /// Whatever the device says.
    fn stream(
        &self,
        conditions: &[Condition],
        settings: StreamSettings,
    ) -> Result<Box<dyn ColumnStream>, ModelError>;

    /// What a stream costs the device, where it is counted.
    fn work(&self, _settings: StreamSettings) -> Option<DeviceWork> {
        None
    }
}

/// A stream on such a device, whose blocks are computed while those of others are begun.
pub trait ColumnStream {
    /// Begins a block, `[block, bins]`.
    ///
    /// # Errors
    /// Whatever the device says.
    fn begin(&mut self, magnitudes: &[f32]) -> Result<(), ModelError>;

    /// Waits for the block that was begun last and writes its masks, `[queries, block, bins]`.
    ///
    /// # Errors
    /// Whatever the device says.
    fn finish(&mut self, masks: &mut [Complex32]) -> Result<(), ModelError>;

    /// See [`MaskStream::skip_first`](crate::MaskStream::skip_first).
    fn skip_first(&mut self, frames: usize);

    /// See [`MaskStream::end_after`](crate::MaskStream::end_after).
    fn end_after(&mut self, frames: usize);

    /// See [`MaskStream::reset`](crate::MaskStream::reset).
    fn reset(&mut self);
}

/// What the thread is asked for; streams go by number.
enum Job {
    Open {
        conditions: Arc<[Condition]>,
        settings: StreamSettings,
    },
    Push {
        /// `[block, bins]`.
        magnitudes: Vec<f32>,
        /// Complex masks of the block, of all queries.
        masks: usize,
        reply: SyncSender<Answer<Vec<Complex32>>>,
    },
    SkipFirst(usize),
    EndAfter(usize),
    Reset,
    Close,
}

/// A thread that owns a device and the streams on it.
pub struct Keeper {
    thread: DeviceThread<(u64, Job)>,
    graph: Weak<dyn ColumnGraph>,
    opened: AtomicU64,
}

impl Keeper {
    /// Starts a thread for `graph` on the device that people know by this name.
    ///
    /// # Errors
    /// [`ModelError::Device`] when the system gives no thread.
    pub fn new(name: &str, graph: Arc<dyn ColumnGraph>) -> Result<Keeper, ModelError> {
        // Its last owner is most likely the thread: where the device is let go may hang.
        let its = Arc::downgrade(&graph);
        let run = move |jobs: &Receiver<(u64, Job)>, fault: &OnceLock<String>| run(&*graph, jobs, fault);
        Ok(Keeper {
            thread: DeviceThread::new(name, run)?,
            graph: its,
            opened: AtomicU64::new(0),
        })
    }
}

impl Remote for Keeper {
    fn name(&self) -> &str {
        self.thread.name()
    }

    fn fault(&self) -> Option<&str> {
        self.thread.fault()
    }

    fn work(&self, cpu: &Streaming) -> Option<DeviceWork> {
        self.graph.upgrade()?.work(cpu.settings())
    }

    fn reach(&self, cpu: &Streaming) -> usize {
        // For the processor, should it have to go on.
        cpu.settings().context
    }

    fn stream(
        self: Arc<Self>,
        cpu: &Streaming,
        conditions: &Arc<[Condition]>,
        patience: Duration,
    ) -> Box<dyn RemoteStream> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let job = Job::Open {
            conditions: conditions.clone(),
            settings: cpu.settings(),
        };
        self.thread.send((number, job));
        Box::new(Kept {
            keeper: self,
            number,
            patience: Patience::of(patience),
        })
    }
}

/// A stream's end that is not on the device.
struct Kept {
    keeper: Arc<Keeper>,
    number: u64,
    patience: Patience,
}

impl Kept {
    fn send(&self, job: Job) {
        // Should the thread have ended, the next push says so.
        self.keeper.thread.send((self.number, job));
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.send(Job::Close);
    }
}

impl RemoteStream for Kept {
    fn push(
        &mut self,
        magnitudes: &[f32],
        _: &Window,
        _: Option<&Due>,
        masks: &mut [Complex32],
    ) -> Result<(), String> {
        let answer = self.keeper.thread.ask(self.patience, |reply| {
            let job = Job::Push {
                magnitudes: magnitudes.to_vec(),
                masks: masks.len(),
                reply,
            };
            (self.number, job)
        })?;
        masks.copy_from_slice(&answer);
        Ok(())
    }

    fn skip_first(&mut self, frames: usize) {
        self.send(Job::SkipFirst(frames));
    }

    fn end_after(&mut self, frames: usize) {
        self.send(Job::EndAfter(frames));
    }

    fn awaited(&mut self, awaited: bool) {
        self.patience.awaited = awaited;
    }

    fn reset(&mut self) {
        self.send(Job::Reset);
    }
}

/// A block that was begun, and who waits for it.
struct Begun {
    number: u64,
    masks: usize,
    reply: SyncSender<Answer<Vec<Complex32>>>,
}

type Streams = HashMap<u64, Answer<Box<dyn ColumnStream>>>;

fn run(graph: &dyn ColumnGraph, jobs: &Receiver<(u64, Job)>, fault: &OnceLock<String>) {
    let mut streams = Streams::new();
    while let Ok(first) = jobs.recv() {
        let mut begun = Vec::new();
        for (number, job) in std::iter::once(first).chain(jobs.try_iter()) {
            // What a stream has begun is finished before it hears of anything else.
            if begun.iter().any(|block: &Begun| block.number == number) {
                begun.drain(..).for_each(|block| finish(&mut streams, block));
            }
            begun.extend(take(graph, &mut streams, number, job, fault));
        }
        begun.drain(..).for_each(|block| finish(&mut streams, block));
    }
}

/// Does a job, or begins to.
fn take(
    graph: &dyn ColumnGraph,
    streams: &mut Streams,
    number: u64,
    job: Job,
    fault: &OnceLock<String>,
) -> Option<Begun> {
    if let Job::Open { conditions, settings } = job {
        let opened = guarded(|| match fault.get() {
            Some(fault) => Err(fault.clone()),
            None => graph.stream(&conditions, settings).map_err(reason),
        });
        streams.insert(number, opened);
        return None;
    }
    if let Job::Close = job {
        streams.remove(&number);
        return None;
    }
    let Some(stream) = streams.get_mut(&number) else {
        if let Job::Push { reply, .. } = job {
            let _ = reply.try_send(Err("its stream has ended".into()));
        }
        return None;
    };
    let outcome = match (stream, &job) {
        (Err(reason), _) => Err(reason.clone()),
        (Ok(stream), Job::Push { magnitudes, .. }) => guarded(|| match fault.get() {
            Some(fault) => Err(fault.clone()),
            None => stream.begin(magnitudes).map_err(reason),
        }),
        (Ok(stream), Job::SkipFirst(frames)) => guarded(|| {
            stream.skip_first(*frames);
            Ok(())
        }),
        (Ok(stream), Job::EndAfter(frames)) => guarded(|| {
            stream.end_after(*frames);
            Ok(())
        }),
        (Ok(stream), Job::Reset) => guarded(|| {
            stream.reset();
            Ok(())
        }),
        (Ok(_), Job::Open { .. } | Job::Close) => Ok(()),
    };
    match (job, outcome) {
        (Job::Push { masks, reply, .. }, Ok(())) => Some(Begun { number, masks, reply }),
        (Job::Push { reply, .. }, Err(reason)) => {
            // Who does not wait any more has fallen back.
            let _ = reply.try_send(Err(reason));
            None
        }
        (_, Err(reason)) => {
            // The next push says it.
            streams.insert(number, Err(reason));
            None
        }
        (_, Ok(())) => None,
    }
}

fn finish(streams: &mut Streams, block: Begun) {
    let Begun { number, masks, reply } = block;
    let answer = match streams.get_mut(&number) {
        Some(Ok(stream)) => guarded(|| {
            let mut values = vec![Complex32::default(); masks];
            stream.finish(&mut values).map_err(reason)?;
            Ok(values)
        }),
        Some(Err(reason)) => Err(reason.clone()),
        None => Err("its stream has ended".into()),
    };
    let _ = reply.try_send(answer);
}

/// A driver's binding may panic where it should say an error.
fn guarded<T>(compute: impl FnOnce() -> Answer<T>) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|_| Err("its code panicked".into()))
}

/// Why a device does not do it, without the advice of an error that ends something.
fn reason(error: ModelError) -> String {
    match error {
        ModelError::Device { reason, .. } => reason,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{channel, sync_channel};

    use parking_lot::Mutex;

    use super::*;
    use crate::resunet::streaming::Halo;
    use crate::separator::EncoderKind;

    /// Remembers what its streams were asked for, in order.
    struct Noting(Arc<Mutex<Vec<String>>>);

    struct Noted(f32, Arc<Mutex<Vec<String>>>);

    impl ColumnGraph for Noting {
        fn stream(
            &self,
            conditions: &[Condition],
            _: StreamSettings,
        ) -> Result<Box<dyn ColumnStream>, ModelError> {
            Ok(Box::new(Noted(conditions[0].values[0], self.0.clone())))
        }
    }

    impl Noted {
        fn note(&self, what: &str) {
            self.1.lock().push(format!("{what} {}", self.0));
        }
    }

    impl ColumnStream for Noted {
        fn begin(&mut self, _: &[f32]) -> Result<(), ModelError> {
            self.note("begin");
            Ok(())
        }

        fn finish(&mut self, masks: &mut [Complex32]) -> Result<(), ModelError> {
            self.note("finish");
            masks.fill(Complex32::new(self.0, 0.0));
            Ok(())
        }

        fn skip_first(&mut self, _: usize) {}

        fn end_after(&mut self, _: usize) {}

        fn reset(&mut self) {
            self.note("reset");
        }
    }

    #[test]
    fn blocks_that_wait_are_all_begun_before_the_first_answer_is_waited_for() {
        let (sender, jobs) = channel();
        let settings = StreamSettings {
            hop: 1,
            lookahead: 0,
            context: 0,
            halo: Halo::Once,
        };
        let push = |number: u64| {
            let (reply, answer) = sync_channel(1);
            let job = Job::Push {
                magnitudes: vec![0.0],
                masks: 1,
                reply,
            };
            sender.send((number, job)).unwrap();
            answer
        };
        for number in 0..3 {
            let condition = Condition {
                encoder: EncoderKind::Clap,
                values: [number as f32].into(),
            };
            let conditions = [condition].into();
            sender.send((number, Job::Open { conditions, settings })).unwrap();
        }
        let answers = [push(0), push(1), push(2)];
        // Nothing is done to a stream before its block is there.
        sender.send((1, Job::Reset)).unwrap();
        let last = push(1);
        drop(sender);
        let notes = Arc::new(Mutex::new(Vec::new()));
        run(&Noting(notes.clone()), &jobs, &OnceLock::new());
        assert_eq!(
            *notes.lock(),
            [
                "begin 0", "begin 1", "begin 2", "finish 0", "finish 1", "finish 2", "reset 1", "begin 1",
                "finish 1"
            ]
        );
        for (number, answer) in answers.into_iter().enumerate() {
            assert_eq!(
                answer.recv().unwrap(),
                Ok(vec![Complex32::new(number as f32, 0.0)])
            );
        }
        assert_eq!(last.recv().unwrap(), Ok(vec![Complex32::new(1.0, 0.0)]));
    }

    #[test]
    fn a_stream_that_nobody_opened_says_so() {
        let (sender, jobs) = channel();
        let (reply, answer) = sync_channel(1);
        let job = Job::Push {
            magnitudes: Vec::new(),
            masks: 0,
            reply,
        };
        sender.send((7, job)).unwrap();
        drop(sender);
        run(&Noting(Arc::default()), &jobs, &OnceLock::new());
        assert_eq!(answer.recv().unwrap(), Err("its stream has ended".into()));
    }
}
