//! Memory that is there before the audio thread needs it.

/// Zeros whose pages the system has handed over: the first write to memory that was merely promised costs a page fault, and the
/// audio thread must not be who pays for it.
pub(crate) fn zeros(len: usize) -> Vec<f32> {
    let mut zeros = vec![0.0; len];
    // Else the compiler may see that zeros are written over zeros.
    std::hint::black_box(&mut zeros).fill(0.0);
    zeros
}
