//! A thread that is there while there is something to do.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// An idle thread ends after this time, and frees its state with it: nobody unloads a library under it for long.
const IDLE: Duration = Duration::from_secs(10);

type Task<State> = Box<dyn FnOnce(&mut State) + Send>;

/// One thread, started with the first task, that does one task after the other on a state of its own.
pub(super) struct Background<State> {
    queue: Mutex<Queue<State>>,
    more: Condvar,
}

struct Queue<State> {
    tasks: VecDeque<Task<State>>,
    running: bool,
}

impl<State> Default for Background<State> {
    fn default() -> Self {
        Background {
            queue: Mutex::new(Queue {
                tasks: VecDeque::new(),
                running: false,
            }),
            more: Condvar::new(),
        }
    }
}

impl<State: Default + 'static> Background<State> {
    /// Has a task done after those that were put before it.
    pub(super) fn put(self: &Arc<Self>, task: impl FnOnce(&mut State) + Send + 'static) {
        let mut queue = self.queue.lock();
        queue.tasks.push_back(Box::new(task));
        if queue.running {
            self.more.notify_one();
            return;
        }
        let background = self.clone();
        match std::thread::Builder::new()
            .name("earmark-service".into())
            .spawn(move || background.work())
        {
            Ok(_) => queue.running = true,
            // The next task tries again; until then the input passes.
            Err(error) => tracing::error!("no thread for loading and encoding: {error}"),
        }
    }

    fn work(&self) {
        let mut state = State::default();
        loop {
            let task = {
                let mut queue = self.queue.lock();
                if queue.tasks.is_empty() {
                    self.more.wait_for(&mut queue, IDLE);
                }
                let task = queue.tasks.pop_front();
                queue.running = task.is_some();
                task
            };
            let Some(task) = task else { return };
            // What a caller does with the result is its own affair; the tasks of others go on.
            if catch_unwind(AssertUnwindSafe(|| task(&mut state))).is_err() {
                tracing::error!("a task of the service panicked");
            }
        }
    }
}
