//! How the threads of a run are shared out among its files.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use earmark_kernels::Threads;

/// Files at once, and the threads of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crew {
    pub(crate) files: usize,
    pub(crate) threads: NonZeroUsize,
}

impl Crew {
    /// Of so many `files`. Where nobody says how many threads there are, there are as many as processors; where nobody says how many
    /// files are done at once, each has one thread, or more where there are fewer files.
    pub(crate) fn of(threads: Option<NonZeroUsize>, jobs: Option<u16>, files: usize) -> Crew {
        let threads = threads.unwrap_or_else(all).get();
        let files = jobs.map_or(threads, usize::from).min(files).max(1);
        Crew {
            files,
            threads: NonZeroUsize::new(threads / files).unwrap_or(NonZeroUsize::MIN),
        }
    }

    /// Says to the pool that shares the layers of one stream, before a model is loaded, how many threads it is to have: all of them as
    /// far as layers can be shared out, for nothing else is to be done.
    pub(crate) fn fill_pool(threads: Option<NonZeroUsize>) {
        Threads::prefer(Some(threads.unwrap_or_else(all).min(SHARED)));
    }
}

/// Threads that share the layers of one stream at most. Beyond, parts of the signal side by side are quicker, although each hears
/// again what lies before it.
const SHARED: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// As many as there are processors.
pub(crate) fn all() -> NonZeroUsize {
    available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_first_and_what_is_left_of_the_threads_is_theirs() {
        let crew = |threads, jobs, files| {
            let Crew { files, threads } = Crew::of(NonZeroUsize::new(threads), jobs, files);
            (files, threads.get())
        };
        assert_eq!(crew(8, None, 20), (8, 1));
        assert_eq!(crew(8, None, 3), (3, 2));
        assert_eq!(crew(8, None, 1), (1, 8));
        assert_eq!(crew(8, Some(2), 20), (2, 4));
        assert_eq!(crew(2, Some(4), 20), (4, 1));
        assert_eq!(crew(1, None, 20), (1, 1));
        assert_eq!(crew(8, None, 0), (1, 8));
        assert_eq!(Crew::of(None, None, 1).threads, all());
    }
}
