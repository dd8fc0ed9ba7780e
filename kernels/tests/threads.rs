//! The pool does all the work, once, and gives its threads back.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use earmark_kernels::{Threads, alone};

#[test]
fn every_task_is_done_once() {
    for count in [0, 1, 2, 5] {
        let threads = Threads::new(count);
        assert_eq!(threads.count(), count.max(1));
        for tasks in [0, 1, 2, 3, 100] {
            let done: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
            threads.run(tasks, |task| {
                done[task].fetch_add(1, Ordering::Relaxed);
            });
            assert!(done.iter().all(|count| count.load(Ordering::Relaxed) == 1));
        }
    }
}

#[test]
fn several_callers_share_one_pool() {
    let threads = Arc::new(Threads::new(3));
    let sum = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    threads.run(7, |task| {
                        sum.fetch_add(task, Ordering::Relaxed);
                    });
                }
            });
        }
    });
    assert_eq!(sum.into_inner(), 4 * 200 * 21);
}

#[test]
fn who_works_alone_has_no_helpers_until_the_work_is_done() {
    let threads = Threads::new(3);
    let here = std::thread::current().id();
    let is_here = |_| assert_eq!(std::thread::current().id(), here);
    alone(|| {
        threads.run(100, is_here);
        alone(|| threads.run(100, is_here));
        threads.run(100, is_here);
    });
    let failed = catch_unwind(|| alone(|| panic!("this panic is part of the test")));
    assert!(failed.is_err());
    // A task that waits for another one ends only where both are done at the same time.
    let both = std::sync::Barrier::new(2);
    threads.run(2, |_| {
        both.wait();
    });
}

#[test]
fn a_panic_is_the_callers_and_the_pool_lives_on() {
    let threads = Threads::new(2);
    let failed = catch_unwind(AssertUnwindSafe(|| {
        threads.run(10, |task| assert!(task != 4, "this panic is part of the test"));
    }));
    assert!(failed.is_err());
    let count = AtomicUsize::new(0);
    threads.run(10, |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(count.into_inner(), 10);
}

#[test]
fn the_pool_of_the_process_is_one() {
    assert!(Arc::ptr_eq(&Threads::shared(), &Threads::shared()));
    assert!((1..=4).contains(&Threads::shared().count()));
    // What is preferred holds for pools to come.
    let usual = Threads::shared();
    assert_eq!(usual.count(), Threads::usual());
    Threads::prefer(NonZeroUsize::new(3));
    assert_eq!((Threads::shared().count(), usual.count()), (3, Threads::usual()));
    Threads::prefer(None);
    assert_eq!(Threads::shared().count(), Threads::usual());
}
