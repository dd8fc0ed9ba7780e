//! The threads that share the work of a layer.
//!
//! One pool serves all streams of a process, so that several instances on several tracks do not take more processors
//! than one. Who brings work takes part in it, and would do it alone if no thread were free. A thread that has nothing to
//! do sleeps.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use crate::sync::{
    AtomicBool, AtomicUsize, Builder, Condvar, JoinHandle, Mutex, MutexGuard, Ordering, PoisonError, SPINS,
    spin_loop,
};

std::thread_local! {
    static ALONE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Does `work` on this thread alone: no pool helps it. For those who keep every processor busy with work of their own, side by side:
/// sharing out each layer would only cost them.
pub fn alone<T>(work: impl FnOnce() -> T) -> T {
    /// Also where the work panics.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            ALONE.set(self.0);
        }
    }
    let _before = Before(ALONE.replace(true));
    work()
}

static POOL: std::sync::Mutex<Weak<Threads>> = std::sync::Mutex::new(Weak::new());
/// 0 where nobody has a preference.
static PREFERRED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// A pool of threads.
pub struct Threads {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
}

struct Shared {
    jobs: Mutex<Vec<Arc<PoolJob>>>,
    work: Condvar,
    stop: AtomicBool,
}

struct PoolJob {
    /// Valid until `left` is 0, which [`Threads::run`] waits for.
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    next: AtomicUsize,
    left: AtomicUsize,
    panicked: AtomicBool,
    done: (Mutex<()>, Condvar),
}

// SAFETY: the pointer is to something `Sync`, and is followed only while it is valid (see `PoolJob::help`).
unsafe impl Send for PoolJob {}
// SAFETY: as above; everything else is atomic or behind a lock.
unsafe impl Sync for PoolJob {}

impl Threads {
    /// A pool that works with `count` threads, that of the caller among them; 0 counts as 1.
    pub fn new(count: usize) -> Threads {
        let shared = Arc::new(Shared {
            jobs: Mutex::new(Vec::new()),
            work: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let helper = |number| {
            let shared = shared.clone();
            Builder::new()
                .name(format!("earmark-kernel-{number}"))
                .spawn(move || shared.serve())
                // A machine that has no thread to spare computes with those it has.
                .ok()
        };
        let helpers = (1..count).filter_map(helper).collect();
        Threads { shared, helpers }
    }

    /// The pool of this process, of [`Threads::usual`] threads or as many as [`Threads::prefer`] says. Its threads end with
    /// the last who holds it: a host may unload the library then.
    pub fn shared() -> Arc<Threads> {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = match PREFERRED.load(Ordering::Relaxed) {
            0 => Threads::usual(),
            count => count,
        };
        if let Some(threads) = pool.upgrade().filter(|threads| threads.count() == wanted) {
            return threads;
        }
        let threads = Arc::new(Threads::new(wanted));
        *pool = Arc::downgrade(&threads);
        threads
    }

    /// Half of the machine's processors, two at least and four at most where it has them, so that the host, its other
    /// plug-ins and the audio thread keep the rest.
    pub fn usual() -> usize {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
        (processors / 2).clamp(2, 4).min(processors)
    }

    /// Sets how many threads [`Threads::shared`] works with; `None` is [`Threads::usual`]. Who holds a pool keeps it.
    pub fn prefer(count: Option<NonZeroUsize>) {
        PREFERRED.store(count.map_or(0, NonZeroUsize::get), Ordering::Relaxed);
    }

    /// Threads that work at most, the caller's among them.
    pub fn count(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Calls `task` for 0 to `tasks` − 1, each once, in any order and on any thread, and returns when all are done.
    ///
    /// # Panics
    /// When one of them does.
    pub fn run(&self, tasks: usize, task: impl Fn(usize) + Sync) {
        if self.helpers.is_empty() || tasks < 2 || ALONE.get() {
            return (0..tasks).for_each(task);
        }
        type Task<'a> = *const (dyn Fn(usize) + Sync + 'a);
        let erased: Task = &task;
        let job = Arc::new(PoolJob {
            // SAFETY: only the lifetime changes; `help` does not follow the pointer after this function has returned.
            task: unsafe { std::mem::transmute::<Task<'_>, Task<'static>>(erased) },
            tasks,
            next: AtomicUsize::new(0),
            left: AtomicUsize::new(tasks),
            panicked: AtomicBool::new(false),
            done: Default::default(),
        });
        self.shared.jobs().push(job.clone());
        for _ in 0..self.helpers.len().min(tasks - 1) {
            self.shared.work.notify_one();
        }
        job.help();
        self.shared.jobs().retain(|other| !Arc::ptr_eq(other, &job));
        job.wait();
        assert!(!job.panicked.load(Ordering::Relaxed), "a task panicked");
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        {
            let _jobs = self.shared.jobs();
            self.shared.stop.store(true, Ordering::Relaxed);
            self.shared.work.notify_all();
        }
        for helper in self.helpers.drain(..) {
            // It has nothing to say: panics of tasks are the caller's.
            let _ = helper.join();
        }
    }
}

impl Shared {
    fn jobs(&self) -> MutexGuard<'_, Vec<Arc<PoolJob>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut jobs = self.jobs();
        while !self.stop.load(Ordering::Relaxed) {
            match jobs.iter().find(|job| job.has_more()).cloned() {
                Some(job) => {
                    drop(jobs);
                    job.help();
                    jobs = self.jobs();
                }
                None => jobs = self.work.wait(jobs).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl PoolJob {
    fn has_more(&self) -> bool {
        self.next.load(Ordering::Relaxed) < self.tasks
    }

    /// Takes tasks until none is left to take.
    fn help(&self) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.tasks {
                return;
            }
            // SAFETY: this task is not done, so `left` is above 0 and `run` still waits.
            let task = unsafe { &*self.task };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| task(index))) {
                self.panicked.store(true, Ordering::Relaxed);
                // Dropping it may panic too, and this function must not unwind while others still work on the task.
                std::mem::forget(payload);
            }
            if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                let _asleep = self.done.0.lock().unwrap_or_else(PoisonError::into_inner);
                self.done.1.notify_all();
            }
        }
    }

    fn wait(&self) {
        for _ in 0..SPINS {
            if self.left.load(Ordering::Acquire) == 0 {
                return;
            }
            spin_loop();
        }
        let mut asleep = self.done.0.lock().unwrap_or_else(PoisonError::into_inner);
        while self.left.load(Ordering::Acquire) > 0 {
            asleep = self.done.1.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
