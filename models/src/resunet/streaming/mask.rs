//! Logits of one frame to its masks.

use num_complex::Complex32;

use crate::mask::from_logits;

/// `logits` is `[bins − 1, stride]` with the three logits first; `masks` is `[bins]`. The network does not see the
/// Nyquist bin: the mask there is 0.
pub(super) fn of_frame(logits: &[f32], stride: usize, masks: &mut [Complex32]) {
    let Some((nyquist, masks)) = masks.split_last_mut() else {
        return;
    };
    *nyquist = Complex32::default();
    for (logits, mask) in logits.chunks_exact(stride).zip(masks) {
        *mask = from_logits([logits[0], logits[1], logits[2]]);
    }
}
