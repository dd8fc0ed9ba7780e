//! Windows of all instances on one device, several at once, each under one query or several.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use num_complex::Complex32;

use super::net::ResUNet;
use super::patience::Patience;
use super::remote::{Remote, RemoteStream};
use super::streaming::{REACH, Streaming};
use super::thread::{Answer, DeviceThread};
use super::window::{Due, Window};
use crate::error::ModelError;
use crate::separator::Condition;

/// Most windows that are computed at once: more would keep the first of them waiting.
pub(crate) const MOST: usize = 8;

/// A network that is computed on windows; [`ResUNet`] is one, on any device of candle's.
pub trait WindowGraph: Send + Sync {
    /// See [`ResUNet::logits_of_windows`].
    ///
    /// # Errors
    /// Whatever the device says.
    fn logits_of_windows(
        &self,
        windows: &[(&[f32], &Condition)],
        rows: Range<usize>,
    ) -> Result<Vec<Vec<f32>>, ModelError>;
}

impl WindowGraph for ResUNet {
    fn logits_of_windows(
        &self,
        windows: &[(&[f32], &Condition)],
        rows: Range<usize>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        ResUNet::logits_of_windows(self, windows, rows)
    }
}

/// A window on its way to the device. It is computed once under each of its conditions.
struct WindowJob {
    /// `[frames, bins]`.
    magnitudes: Vec<f32>,
    conditions: Arc<[Condition]>,
    rows: Range<usize>,
    /// Logits under each condition.
    reply: SyncSender<Answer<Vec<Vec<f32>>>>,
}

impl WindowJob {
    fn is_like(&self, other: &WindowJob) -> bool {
        (self.magnitudes.len(), &self.rows) == (other.magnitudes.len(), &other.rows)
    }
}

/// A thread that owns a device: while it computes, windows of other instances gather, and are computed together when it has
/// done.
pub struct Batcher(DeviceThread<WindowJob>);

impl Batcher {
    /// Starts a thread for `graph` on the device that people know by this name.
    ///
    /// # Errors
    /// [`ModelError::Device`] when the system gives no thread.
    pub fn new(name: &str, graph: Arc<dyn WindowGraph>) -> Result<Batcher, ModelError> {
        let run = move |jobs: &Receiver<WindowJob>, fault: &OnceLock<String>| run(&*graph, jobs, fault);
        Ok(Batcher(DeviceThread::new(name, run)?))
    }

    /// Logits of a window under each condition; the frames `rows` of it. A device that does not answer within `patience`
    /// has failed.
    fn ask(
        &self,
        magnitudes: &[f32],
        conditions: &Arc<[Condition]>,
        rows: Range<usize>,
        patience: Patience,
    ) -> Answer<Vec<Vec<f32>>> {
        self.0.ask(patience, |reply| WindowJob {
            magnitudes: magnitudes.to_vec(),
            conditions: conditions.clone(),
            rows,
            reply,
        })
    }
}

impl Remote for Batcher {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn fault(&self) -> Option<&str> {
        self.0.fault()
    }

    fn reach(&self, cpu: &Streaming) -> usize {
        // A graph keeps no state.
        REACH * cpu.config().time_pooling()
    }

    fn stream(
        self: Arc<Self>,
        _: &Streaming,
        conditions: &Arc<[Condition]>,
        patience: Duration,
    ) -> Box<dyn RemoteStream> {
        Box::new(Windows {
            batcher: self,
            conditions: conditions.clone(),
            patience: Patience::of(patience),
        })
    }
}

struct Windows {
    batcher: Arc<Batcher>,
    conditions: Arc<[Condition]>,
    patience: Patience,
}

impl RemoteStream for Windows {
    fn push(
        &mut self,
        _: &[f32],
        window: &Window,
        due: Option<&Due>,
        masks: &mut [Complex32],
    ) -> Result<(), String> {
        let Some(due) = due else { return Ok(()) };
        let logits = self.batcher.ask(
            window.magnitudes(),
            &self.conditions,
            due.rows.clone(),
            self.patience,
        )?;
        due.fill(&logits, masks, window.bins());
        Ok(())
    }

    fn awaited(&mut self, awaited: bool) {
        self.patience.awaited = awaited;
    }
}

fn run(graph: &dyn WindowGraph, jobs: &Receiver<WindowJob>, fault: &OnceLock<String>) {
    let mut waiting: Vec<WindowJob> = Vec::new();
    loop {
        if waiting.is_empty() {
            match jobs.recv() {
                Ok(job) => waiting.push(job),
                Err(_) => return,
            }
        }
        waiting.extend(jobs.try_iter());
        let first = waiting.remove(0);
        let mut count = first.conditions.len();
        let mut batch = vec![first];
        let mut index = 0;
        while index < waiting.len() && count < MOST {
            let job = &waiting[index];
            if job.is_like(&batch[0]) && count + job.conditions.len() <= MOST {
                count += job.conditions.len();
                batch.push(waiting.remove(index));
            } else {
                index += 1;
            }
        }
        let windows: Vec<(&[f32], &Condition)> = batch
            .iter()
            .flat_map(|job| {
                job.conditions
                    .iter()
                    .map(|condition| (&*job.magnitudes, condition))
            })
            .collect();
        let rows = batch[0].rows.clone();
        // A driver's binding may panic where it should say an error.
        let answers = catch_unwind(AssertUnwindSafe(|| match fault.get() {
            Some(fault) => Err(fault.clone()),
            None => graph
                .logits_of_windows(&windows, rows)
                .map_err(|error| error.to_string()),
        }));
        let answers = answers.unwrap_or_else(|_| Err("its code panicked".into()));
        let mut answers = answers.map(Vec::into_iter);
        for job in &batch {
            let answer = match &mut answers {
                Ok(logits) => Ok(logits.take(job.conditions.len()).collect()),
                Err(reason) => Err(reason.clone()),
            };
            // Who does not wait any more has fallen back.
            let _ = job.reply.try_send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, channel, sync_channel};

    use parking_lot::Mutex;

    use super::*;
    use crate::resunet::thread::LEAVE;
    use crate::separator::EncoderKind;

    /// Remembers how many windows it was given at a time, and answers each with its first value and its condition's.
    struct Counting(Mutex<Vec<usize>>);

    impl WindowGraph for Counting {
        fn logits_of_windows(
            &self,
            windows: &[(&[f32], &Condition)],
            _: Range<usize>,
        ) -> Result<Vec<Vec<f32>>, ModelError> {
            self.0.lock().push(windows.len());
            let answer = |(window, condition): &(&[f32], &Condition)| vec![window[0], condition.values[0]];
            Ok(windows.iter().map(answer).collect())
        }
    }

    /// Windows of so many frames under so many queries, which wait all at once: how many the graph is given at a time.
    fn batches(given: &[(usize, usize)]) -> Vec<usize> {
        let (sender, jobs) = mpsc::channel();
        let send = |(first, &(frames, queries))| {
            let (reply, answer) = sync_channel(1);
            let condition = |query| Condition {
                encoder: EncoderKind::Clap,
                values: [query as f32].into(),
            };
            sender
                .send(WindowJob {
                    magnitudes: vec![first as f32; frames],
                    conditions: (0..queries).map(condition).collect(),
                    rows: 0..1,
                    reply,
                })
                .unwrap();
            answer
        };
        let answers: Vec<_> = given.iter().enumerate().map(send).collect();
        drop(sender);
        let graph = Counting(Mutex::default());
        run(&graph, &jobs, &OnceLock::new());
        for (index, (answer, &(_, queries))) in answers.iter().zip(given).enumerate() {
            let expected = (0..queries).map(|query| vec![index as f32, query as f32]);
            assert_eq!(answer.recv().unwrap(), Ok(expected.collect()));
        }
        graph.0.into_inner()
    }

    /// Never comes back before it is let go, as a driver does whose card is gone.
    struct Hanging(Mutex<Receiver<()>>);

    impl WindowGraph for Hanging {
        fn logits_of_windows(
            &self,
            _: &[(&[f32], &Condition)],
            _: Range<usize>,
        ) -> Result<Vec<Vec<f32>>, ModelError> {
            let _ = self.0.lock().recv();
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_device_that_hangs_is_left_behind() {
        let (let_go, held) = channel();
        let batcher = Batcher::new("a card", Arc::new(Hanging(Mutex::new(held)))).unwrap();
        let condition = Condition {
            encoder: EncoderKind::Clap,
            values: [0.0].into(),
        };
        let patience = Patience::of(Duration::from_millis(20));
        let answer = batcher.ask(&[0.0], &[condition].into(), 0..1, patience);
        assert!(answer.is_err_and(|reason| reason.contains("has not answered")));
        let (done, dropped) = channel();
        let dropping = std::thread::spawn(move || {
            drop(batcher);
            done.send(())
        });
        let waited = dropped.recv_timeout(3 * LEAVE);
        drop(let_go);
        dropping.join().unwrap().unwrap();
        assert_eq!(waited, Ok(()), "dropping it waited for the driver");
    }

    /// Asks a device that hangs with `patience`, behind somebody of the patience `before`: whether it is taken for failed by then.
    fn gives_up(before: Option<Patience>, patience: Patience) -> bool {
        let (let_go, held) = channel();
        let batcher = Batcher::new("a card", Arc::new(Hanging(Mutex::new(held)))).unwrap();
        let condition = Condition {
            encoder: EncoderKind::Clap,
            values: [0.0].into(),
        };
        let ask = |patience| batcher.ask(&[0.0], &[condition.clone()].into(), 0..1, patience);
        std::thread::scope(|scope| {
            let others = usize::from(before.is_some());
            if let Some(before) = before {
                scope.spawn(move || ask(before));
            }
            while batcher.0.awaited() < others {
                std::thread::yield_now();
            }
            let asking = scope.spawn(|| ask(patience));
            while batcher.0.awaited() <= others && !asking.is_finished() {
                std::thread::yield_now();
            }
            // Long enough for whoever does not wait at all.
            std::thread::sleep(Duration::from_millis(50));
            let gave_up = asking.is_finished() || batcher.fault().is_some();
            drop(let_go);
            gave_up
        })
    }

    /// As an instance does while another one has the first steps of another quality computed on the same device.
    #[test]
    fn who_waits_behind_a_step_that_may_take_long_does_not_take_the_device_for_failed() {
        let long = Patience::of(Duration::from_secs(600));
        assert!(!gives_up(Some(long), Patience::of(Duration::ZERO)));
    }

    #[test]
    fn a_render_waits_for_a_device_that_nobody_who_plays_would_wait_for() {
        let plays = Patience::of(Duration::ZERO);
        let renders = Patience {
            awaited: true,
            ..plays
        };
        assert!(!gives_up(None, renders));
        assert!(gives_up(None, plays));
    }

    #[test]
    fn windows_that_wait_are_computed_together_and_each_gets_its_own_answer() {
        // Ten of one length, and one of another among them.
        let lengths: Vec<_> = (0..11).map(|index| (if index == 3 { 9 } else { 8 }, 1)).collect();
        assert_eq!(batches(&lengths), [8, 1, 2]);
    }

    #[test]
    fn the_queries_of_a_stream_stay_together() {
        assert_eq!(batches(&[(8, 3), (8, 6), (8, 5), (8, 1)]), [8, 7]);
        assert_eq!(batches(&[(8, MOST + 1), (8, 1)]), [MOST + 1, 1]);
    }
}
