//! Windows of all instances on one device, several at once.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use super::net::ResUNet;
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

/// A window on its way to the device.
struct Job {
    /// `[frames, bins]`.
    magnitudes: Vec<f32>,
    condition: Condition,
    rows: Range<usize>,
    reply: SyncSender<Result<Vec<f32>, String>>,
}

impl Job {
    fn is_like(&self, other: &Job) -> bool {
        (self.magnitudes.len(), &self.rows) == (other.magnitudes.len(), &other.rows)
    }
}

/// A thread that owns a device: while it computes, windows of other instances gather, and are computed together when it has
/// done. What fails once is not tried again.
pub struct Batcher {
    name: String,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Why the device is not used any more.
    fault: Arc<OnceLock<String>>,
}

impl Batcher {
    /// Starts a thread for `graph` on the device that people know by this name.
    ///
    /// # Errors
    /// [`ModelError::Device`] when the system gives no thread.
    pub fn new(name: &str, graph: Arc<dyn WindowGraph>) -> Result<Batcher, ModelError> {
        let (sender, jobs) = channel();
        let fault = Arc::new(OnceLock::new());
        let its_fault = fault.clone();
        let thread = std::thread::Builder::new()
            .name("earmark-device".into())
            .spawn(move || run(&*graph, &jobs, &its_fault))
            .map_err(|error| ModelError::Device {
                name: name.into(),
                reason: error.to_string(),
            })?;
        Ok(Batcher {
            name: name.into(),
            jobs: Some(sender),
            thread: Some(thread),
            fault,
        })
    }

    /// What people call the device.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why it is not used any more, if it is not.
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// Logits of a window; the frames `rows` of it. A device that does not answer within `patience` has failed.
    pub(super) fn ask(
        &self,
        magnitudes: &[f32],
        condition: &Condition,
        rows: Range<usize>,
        patience: Duration,
    ) -> Result<Vec<f32>, String> {
        if let Some(fault) = self.fault.get() {
            return Err(fault.clone());
        }
        let (reply, answer) = sync_channel(1);
        let job = Job {
            magnitudes: magnitudes.to_vec(),
            condition: condition.clone(),
            rows,
            reply,
        };
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        let answer = match answer.recv_timeout(patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) if sent => {
                Err(format!("it has not answered for {:.1} s", patience.as_secs_f64()))
            }
            Err(_) => Err("its thread has ended".into()),
        };
        answer.inspect_err(|reason| {
            let _ = self.fault.set(reason.clone());
        })
    }
}

impl Drop for Batcher {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A library must not be unloaded under a running thread. It ends with the batch that it is at.
            let _ = thread.join();
        }
    }
}

fn run(graph: &dyn WindowGraph, jobs: &Receiver<Job>, fault: &OnceLock<String>) {
    let mut waiting: Vec<Job> = Vec::new();
    loop {
        if waiting.is_empty() {
            match jobs.recv() {
                Ok(job) => waiting.push(job),
                Err(_) => return,
            }
        }
        waiting.extend(jobs.try_iter());
        let first = waiting.remove(0);
        let mut batch = vec![first];
        let mut index = 0;
        while index < waiting.len() && batch.len() < MOST {
            if waiting[index].is_like(&batch[0]) {
                batch.push(waiting.remove(index));
            } else {
                index += 1;
            }
        }
        let windows: Vec<(&[f32], &Condition)> = batch
            .iter()
            .map(|job| (&*job.magnitudes, &job.condition))
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
        let answers: Vec<Result<Vec<f32>, String>> = match answers {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(reason) => batch.iter().map(|_| Err(reason.clone())).collect(),
        };
        for (job, answer) in batch.iter().zip(answers) {
            // Who does not wait any more has fallen back.
            let _ = job.reply.try_send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;
    use crate::separator::EncoderKind;

    /// Remembers how many windows it was given at a time, and answers each with its first value.
    struct Counting(Mutex<Vec<usize>>);

    impl WindowGraph for Counting {
        fn logits_of_windows(
            &self,
            windows: &[(&[f32], &Condition)],
            _: Range<usize>,
        ) -> Result<Vec<Vec<f32>>, ModelError> {
            self.0.lock().unwrap().push(windows.len());
            Ok(windows.iter().map(|(window, _)| window[..1].to_vec()).collect())
        }
    }

    #[test]
    fn windows_that_wait_are_computed_together_and_each_gets_its_own_answer() {
        let (sender, jobs) = mpsc::channel();
        let send = |first: f32, frames: usize| {
            let (reply, answer) = sync_channel(1);
            let condition = Condition {
                encoder: EncoderKind::Clap,
                values: [1.0].into(),
            };
            sender
                .send(Job {
                    magnitudes: vec![first; frames],
                    condition,
                    rows: 0..1,
                    reply,
                })
                .unwrap();
            answer
        };
        // Ten of one length, and one of another among them.
        let answers: Vec<_> = (0..11)
            .map(|index| send(index as f32, if index == 3 { 9 } else { 8 }))
            .collect();
        drop(sender);
        let graph = Counting(Mutex::default());
        run(&graph, &jobs, &OnceLock::new());
        for (index, answer) in answers.iter().enumerate() {
            assert_eq!(answer.recv().unwrap(), Ok(vec![index as f32]));
        }
        assert_eq!(*graph.0.lock().unwrap(), [8, 1, 2]);
    }
}
