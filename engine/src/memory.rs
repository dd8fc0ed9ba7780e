//! Memory that is there before the audio thread needs it.

/// Zeros whose pages the system has handed over: the first write to memory that was merely promised costs a page fault, and the
/// audio thread must not be who pays for it.
pub(crate) fn zeros(len: usize) -> Vec<f32> {
    let mut zeros = vec![0.0; len];
    // Else the compiler may see that zeros are written over zeros.
    std::hint::black_box(&mut zeros).fill(0.0);
    zeros
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Pages of this process that are in memory, in bytes.
    fn resident() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux says it");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        kib.expect("a number of KiB") * 1024
    }

    #[test]
    fn memory_is_there_before_anybody_writes_to_it() {
        const BYTES: usize = 256 << 20;
        let before = resident();
        let zeros = zeros(BYTES / size_of::<f32>());
        let grown = resident().saturating_sub(before);
        drop(zeros);
        // Other tests of this process free memory meanwhile.
        assert!(grown > BYTES / 2, "{grown} of {BYTES} bytes are there");
    }
}
