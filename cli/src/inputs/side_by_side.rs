//! Several files at once, their results in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Does `work` on each of `all`, `jobs` at a time, and hands what comes of it to `each` in the order of `all`, from this thread. A
/// result for which `goes_on` is false is the last that is begun.
pub(crate) fn run<T: Sync, R: Send>(
    all: &[T],
    jobs: usize,
    work: impl Fn(usize, &T) -> R + Sync,
    goes_on: impl Fn(&R) -> bool + Sync,
    mut each: impl FnMut(&T, R),
) {
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    let worker = |sender: mpsc::Sender<(usize, R)>| {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = all.get(i) else {
                return;
            };
            let result = work(i, item);
            if !goes_on(&result) {
                next.store(all.len(), Ordering::Relaxed);
            }
            if sender.send((i, result)).is_err() {
                return;
            }
        }
    };
    let worker = &worker;
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, all.len().max(1)) {
            let sender = sender.clone();
            scope.spawn(move || worker(sender));
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        for (i, result) in results {
            waiting.insert(i, result);
            while let Some(result) = waiting.remove(&due) {
                each(&all[due], result);
                due += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_order_whoever_is_first() {
        let all: Vec<u64> = vec![30, 1, 20, 0, 10, 2];
        for jobs in [1, 3, 20] {
            let mut seen = Vec::new();
            let work = |i: usize, &pause: &u64| {
                std::thread::sleep(Duration::from_millis(pause));
                (i, pause)
            };
            run(&all, jobs, work, |_| true, |_, result| seen.push(result));
            assert_eq!(
                seen,
                all.iter().copied().enumerate().collect::<Vec<_>>(),
                "{jobs} at a time"
            );
        }
        run(
            &[],
            4,
            |_, _: &u64| (),
            |()| true,
            |_, ()| panic!("there is nothing"),
        );
    }

    #[test]
    fn nothing_is_begun_after_the_last() {
        let all: Vec<usize> = (0..100).collect();
        let mut seen = 0;
        run(&all, 1, |i, _| i < 5, |&goes_on| goes_on, |_, _| seen += 1);
        assert_eq!(seen, 6);
    }
}
