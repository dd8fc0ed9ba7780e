//! The tensors of a ResUNet, in files.

use crate::part::Part;

/// By the names of AudioSep's checkpoint.
pub(super) const PART: Part = Part {
    title: "a separator",
    stored: "resunet.",
    modules: &["ss_model.", "module.ss_model.", "model.ss_model."],
    wrappers: &["module.", ""],
    roots: &["base.", "film."],
    // The matrices of the Fourier transform, and counters of training.
    unused_roots: &["base.stft.", "base.istft."],
    unused_ends: &[".num_batches_tracked"],
    example: "ss_model.base.pre_conv.weight",
    remedy: "AudioSep's checkpoint (audiosep_base_4M_steps.ckpt)",
};
