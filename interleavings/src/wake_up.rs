//! The wake-up between worker and audio thread.

use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};

use crate::clock::Still;
use crate::signal::Signal;

/// A worker hands back `blocks`, one by one; the audio thread waits for each.
fn hand_back(blocks: usize) {
    loom::model(move || {
        let shared = Arc::new((Signal::default(), AtomicUsize::new(0)));
        let worker = {
            let shared = shared.clone();
            loom::thread::spawn(move || {
                for _ in 0..blocks {
                    shared.1.fetch_add(1, Ordering::Release);
                    shared.0.notify();
                }
            })
        };
        for block in 1..=blocks {
            let ready = || shared.1.load(Ordering::Acquire) >= block;
            assert!(shared.0.wait(&Still, Duration::from_secs(1), ready));
        }
        worker.join().expect("the worker ends");
    });
}

#[test]
fn a_block_that_is_handed_back_while_the_audio_thread_goes_to_sleep_wakes_it() {
    hand_back(1);
}

#[test]
fn no_block_of_several_is_slept_through() {
    hand_back(2);
}
