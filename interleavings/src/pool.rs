//! The pool that shares the work of a layer.

use std::sync::Arc;

use loom::cell::UnsafeCell;

use crate::threads::Threads;

/// What each task writes without any lock: loom complains where the caller reads it before it is known to be written, and
/// where two threads do one task.
struct Results(Vec<UnsafeCell<usize>>);

// SAFETY: that no two threads touch a cell at a time is what loom checks.
unsafe impl Sync for Results {}

impl Results {
    fn new(tasks: usize) -> Results {
        Results((0..tasks).map(|_| UnsafeCell::new(0)).collect())
    }

    fn add(&self, task: usize) {
        // SAFETY: as above.
        self.0[task].with_mut(|cell| unsafe { *cell += 1 });
    }

    fn all_are(&self, count: usize) -> bool {
        // SAFETY: as above.
        self.0
            .iter()
            .all(|cell| cell.with(|cell| unsafe { *cell }) == count)
    }
}

/// All orders with at most three threads taken off the processor before they wait by themselves: bugs that need more are
/// rare, and orders grow without bound.
fn model(work: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(work);
}

#[test]
fn all_tasks_are_done_once_before_run_returns_and_the_pool_ends() {
    model(|| {
        let threads = Threads::new(2);
        let results = Results::new(2);
        threads.run(2, |task| results.add(task));
        assert!(results.all_are(1));
    });
}

#[test]
fn one_job_after_the_other_is_whole() {
    model(|| {
        let threads = Threads::new(2);
        let results = Results::new(2);
        for round in 1..=2 {
            threads.run(2, |task| results.add(task));
            assert!(results.all_are(round));
        }
    });
}

#[test]
fn two_callers_get_their_own_results() {
    model(|| {
        let threads = Arc::new(Threads::new(2));
        let other = {
            let threads = threads.clone();
            loom::thread::spawn(move || {
                let results = Results::new(2);
                threads.run(2, |task| results.add(task));
                assert!(results.all_are(1));
            })
        };
        let results = Results::new(2);
        threads.run(2, |task| results.add(task));
        assert!(results.all_are(1));
        other.join().expect("the other caller ends");
    });
}

#[test]
fn a_pool_without_work_ends() {
    model(|| drop(Threads::new(2)));
}
