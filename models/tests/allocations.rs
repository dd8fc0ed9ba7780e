//! What runs for every block must not allocate: transforms, the bundled separator's stream.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use earmark_models::bundled;
use earmark_models::stft::Plan;
use earmark_models::{Condition, EncoderKind};
use num_complex::Complex32;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn transforms_and_the_bundled_stream_do_not_allocate() {
    let separator = bundled::separator().unwrap();
    let spec = separator.spec().clone();
    let condition = |scale: f32| Condition {
        encoder: EncoderKind::MiniLm,
        values: (0..spec.condition_size)
            .map(|index| index as f32 * scale)
            .collect(),
    };
    let conditions = [condition(1e-4), condition(-1e-4)];
    let mut stream = separator.stream(&conditions).unwrap();
    let plan = Plan::new(spec.stft).unwrap();
    let (mut analyzer, mut synthesizer) = (plan.analyzer(), plan.synthesizer());
    let bins = spec.stft.bins();
    let mut samples = vec![0.5; spec.stft.hop];
    let mut spectra = vec![Complex32::default(); spec.block * bins];
    let mut magnitudes = vec![0.0; spec.block * bins];
    let mut masks = vec![Complex32::default(); conditions.len() * spectra.len()];
    // A thread keeps the memory in which it makes products.
    stream.push(&magnitudes, &mut masks).unwrap();
    assert_no_alloc(|| {
        for _ in 0..5 {
            for frame in spectra.chunks_exact_mut(bins) {
                analyzer.push(&samples, frame);
            }
            for (magnitude, value) in magnitudes.iter_mut().zip(&spectra) {
                *magnitude = value.norm();
            }
            stream.push(&magnitudes, &mut masks).unwrap();
            earmark_models::mask::apply(&masks[..spectra.len()], &mut spectra);
            for frame in spectra.chunks_exact(bins) {
                synthesizer.push(frame, &mut samples);
            }
        }
        stream.reset();
        analyzer.reset();
        synthesizer.reset();
    });
}
