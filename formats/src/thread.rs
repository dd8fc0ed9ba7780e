//! Which thread this is, without an allocation.

/// A thread, for as long as it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thread(usize);

impl Thread {
    /// This one.
    pub(crate) fn current() -> Thread {
        thread_local! {
            static HERE: u8 = const { 0 };
        }
        // Two threads that run at once have not the same address for it.
        Thread(HERE.with(|here| std::ptr::from_ref(here).addr()))
    }
}

#[cfg(test)]
mod tests {
    use super::Thread;

    #[test]
    fn threads_are_told_apart() {
        let here = Thread::current();
        assert_eq!(here, Thread::current());
        std::thread::scope(|scope| {
            let other = scope.spawn(Thread::current).join();
            assert_ne!(other.ok(), Some(here));
        });
    }
}
