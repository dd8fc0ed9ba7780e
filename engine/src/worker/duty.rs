//! Live blocks before everything else.
//!
//! All instances of a process share processors and the threads of the model. A block that somebody is about to hear must not wait
//! behind an audition, which nobody hears before it is done.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// Workers of this process that are computing a block for a listener.
static LIVE_BLOCKS: AtomicUsize = AtomicUsize::new(0);

/// One look at them, and so many before an audition goes on all the same: a machine with no time to spare must not keep it from
/// ever being done.
const LOOK: Duration = Duration::from_millis(1);
const LOOKS: usize = 200;

/// A live block is being computed while this lives.
pub(crate) struct LiveBlock(());

impl LiveBlock {
    pub(crate) fn begin() -> LiveBlock {
        LIVE_BLOCKS.fetch_add(1, Ordering::Relaxed);
        LiveBlock(())
    }
}

impl Drop for LiveBlock {
    fn drop(&mut self) {
        LIVE_BLOCKS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets the live blocks of all instances pass, for at most a fifth of a second.
pub(crate) fn let_live_blocks_pass() {
    for _ in 0..LOOKS {
        if LIVE_BLOCKS.load(Ordering::Relaxed) == 0 {
            return;
        }
        std::thread::sleep(LOOK);
    }
}

/// This thread computes for a listener. Where the system asks for a privilege that the process lacks, it stays as it is.
pub(crate) fn raise_priority() {
    let above_usual = ThreadPriorityValue::try_from(75u8).map(ThreadPriority::Crossplatform);
    let raised = above_usual.map(set_current_thread_priority);
    if let Ok(Err(error)) = raised {
        tracing::debug!("the worker runs at the usual priority: {error}");
    }
}

/// Nobody hears what this thread computes before it is done.
pub(crate) fn lower_priority() {
    if let Err(error) = set_current_thread_priority(ThreadPriority::Min) {
        tracing::debug!("the audition runs at the usual priority: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn an_audition_lets_a_live_block_pass_and_is_not_kept_for_ever() {
        let block = LiveBlock::begin();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let_live_blocks_pass();
                done.store(true, Ordering::Release);
            });
            std::thread::sleep(20 * LOOK);
            assert!(!done.load(Ordering::Acquire), "it went on beside a live block");
            drop(block);
        });
        let _endless = LiveBlock::begin();
        let_live_blocks_pass();
    }
}
