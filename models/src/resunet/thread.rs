//! A thread that owns a device.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::patience::{Patience, Waiting};
use crate::error::ModelError;

/// What a device answers, or why it does not.
pub(super) type Answer<T> = Result<T, String>;

/// A thread that does a device's jobs. What fails once is not tried again.
pub(super) struct DeviceThread<J> {
    name: String,
    jobs: Option<Sender<J>>,
    thread: Option<JoinHandle<()>>,
    /// Disconnected when the thread has done with the device.
    ending: Mutex<Receiver<()>>,
    waiting: Mutex<Waiting>,
    /// Why the device is not used any more.
    fault: Arc<OnceLock<String>>,
}

impl<J: Send + 'static> DeviceThread<J> {
    /// Runs `run`, which owns a device called `name` and returns when there will be no more jobs. It must not compute after a
    /// fault.
    ///
    /// # Errors
    /// [`ModelError::Device`] when the system gives no thread.
    pub(super) fn new(
        name: &str,
        run: impl FnOnce(&Receiver<J>, &OnceLock<String>) + Send + 'static,
    ) -> Result<DeviceThread<J>, ModelError> {
        let (sender, jobs) = channel();
        let (alive, ending) = channel();
        let fault = Arc::new(OnceLock::new());
        let its_fault = fault.clone();
        let thread = std::thread::Builder::new()
            .name("earmark-device".into())
            .spawn(move || {
                // It lets go of the device when it returns.
                run(&jobs, &its_fault);
                drop(alive);
            })
            .map_err(|error| ModelError::Device {
                name: name.into(),
                reason: error.to_string(),
            })?;
        Ok(DeviceThread {
            name: name.into(),
            jobs: Some(sender),
            thread: Some(thread),
            ending: Mutex::new(ending),
            waiting: Mutex::default(),
            fault,
        })
    }

    /// What people call the device.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Why it is not used any more, if it is not.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// Gives it a job that nobody waits for. Whether there is anybody to do it.
    pub(super) fn send(&self, job: J) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok())
    }

    /// Gives it a job, and waits for the answer. A device that answers nobody within `patience`, nor within the step of anybody else
    /// who waits, has failed.
    pub(super) fn ask<T>(
        &self,
        patience: Patience,
        job: impl FnOnce(SyncSender<Answer<T>>) -> J,
    ) -> Answer<T> {
        if let Some(fault) = self.fault.get() {
            return Err(fault.clone());
        }
        let (reply, answer) = sync_channel(1);
        let begun = Instant::now();
        self.waiting.lock().come(patience, begun);
        let answer = if self.send(job(reply)) {
            self.wait(&answer, patience, begun)
        } else {
            Err(ENDED.into())
        };
        let answered = answer.is_ok().then(Instant::now);
        self.waiting.lock().go(patience, answered);
        answer.inspect_err(|reason| {
            let _ = self.fault.set(reason.clone());
        })
    }

    /// How many wait for an answer.
    #[cfg(test)]
    pub(super) fn awaited(&self) -> usize {
        self.waiting.lock().count()
    }

    fn wait<T>(&self, answer: &Receiver<Answer<T>>, patience: Patience, begun: Instant) -> Answer<T> {
        loop {
            let asleep = Instant::now();
            let left = self.waiting.lock().left(patience, asleep);
            let nap = left.unwrap_or_default().min(NAP);
            match answer.recv_timeout(nap) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => return Err(ENDED.into()),
                Err(RecvTimeoutError::Timeout) if left.is_some() => {
                    let now = Instant::now();
                    let stood = (now - asleep).saturating_sub(nap);
                    if stood > NAP {
                        self.waiting.lock().stood_still(stood, now);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let silent = begun.elapsed().as_secs_f64();
                    return Err(format!("it has not answered for {silent:.1} s"));
                }
            }
        }
    }
}

/// Who waits looks up so often. Whoever then finds that far more time has passed has not slept: the process was stopped, or the
/// machine gave it no time.
const NAP: Duration = Duration::from_millis(50);

/// Why there is no answer of a device whose thread is not there.
const ENDED: &str = "its thread has ended";

/// How long a device may take for the jobs that it is at, and for letting go of its memory, when nobody needs it any more.
pub(super) const LEAVE: Duration = Duration::from_secs(2);

/// The same of one that has failed: where its thread still runs, it is given up for hung already.
const LEAVE_AFTER_A_FAULT: Duration = Duration::from_millis(50);

impl<J> Drop for DeviceThread<J> {
    /// Waits for the thread, as a library must not be unloaded under a running one; but not for one that hangs in a driver,
    /// which would hang the host too. Such a thread is left behind: the plug-in's library stays loaded.
    fn drop(&mut self) {
        self.jobs = None;
        let leave = match self.fault.get() {
            None => LEAVE,
            Some(_) => LEAVE_AFTER_A_FAULT,
        };
        let ended = matches!(
            self.ending.get_mut().recv_timeout(leave),
            Err(RecvTimeoutError::Disconnected)
        );
        match self.thread.take() {
            Some(thread) if ended => drop(thread.join()),
            _ => tracing::error!("{} hangs; its thread is left behind", self.name),
        }
    }
}
