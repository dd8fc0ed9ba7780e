//! The whole signal at once, without an engine: what streaming is held against.

use earmark_engine::Trim;
use earmark_models::stft::offline::OfflineStft;
use earmark_models::{Condition, ModelError, Separator, SeparatorSpec, mask};
use num_complex::Complex32;

/// The engine's automatic level goes no further than this, in dB.
const MOST_DB: f64 = 40.0;

/// The target in a mixture at the model's rate: the centred transform with the signal reflected at its ends, masks from the
/// network over all frames, the inverse transform. The level at which the network hears is one for the whole signal.
///
/// # Errors
/// [`ModelError`] when the signal is shorter than half a window or the network fails.
pub fn separate(
    separator: &dyn Separator,
    condition: &Condition,
    trim: Trim,
    mixture: &[f32],
) -> Result<Vec<f32>, ModelError> {
    let spec = separator.spec();
    let stft = OfflineStft::new(spec.stft)?;
    let mut spectrogram = stft.analyze(mixture)?;
    let (bins, frames) = (spectrogram.bins, spectrogram.frames);
    let factor = factor(spec, trim, mixture);

    let mut stream = separator.stream(std::slice::from_ref(condition))?;
    stream.awaited(true);
    let size = spec.block * bins;
    // The masks come `lookahead` frames late: as many frames of silence push the last ones out.
    let blocks = (frames + spec.lookahead).div_ceil(spec.block);
    let mut magnitudes: Vec<f32> = spectrogram.values.iter().map(|x| factor * x.norm()).collect();
    magnitudes.resize(blocks * size, 0.0);
    let mut masks = vec![Complex32::default(); blocks * size];
    for (magnitudes, masks) in magnitudes.chunks_exact(size).zip(masks.chunks_exact_mut(size)) {
        stream.push(magnitudes, masks)?;
    }
    let first = spec.lookahead * bins;
    mask::apply(&masks[first..first + frames * bins], &mut spectrogram.values);
    stft.synthesize(&spectrogram, mixture.len())
}

/// What the magnitudes are multiplied by.
fn factor(spec: &SeparatorSpec, trim: Trim, mixture: &[f32]) -> f32 {
    let db = match trim {
        Trim::Fixed(db) => f64::from(db),
        Trim::Automatic => {
            let power = mixture.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
            let level = 10.0 * (power / mixture.len().max(1) as f64).max(1e-20).log10();
            let (low, high) = (f64::from(spec.levels.0), f64::from(spec.levels.1));
            (level.clamp(low, high) - level).clamp(-MOST_DB, MOST_DB)
        }
    };
    10f64.powf(db / 20.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_models::stft::{StftConfig, WindowKind};
    use earmark_models::testing::UnitSeparator;

    #[test]
    fn a_mask_of_one_gives_the_signal_back_whatever_the_blocks() {
        let stft = StftConfig {
            window: 256,
            hop: 128,
            kind: WindowKind::SqrtHann,
        };
        let signal: Vec<f32> = (0..5_003).map(|n| (n as f32 * 0.05).sin()).collect();
        for (block, lookahead) in [(1, 0), (3, 5), (7, 2)] {
            let separator = UnitSeparator::new(32_000, stft, block, lookahead, 1.0);
            let query = UnitSeparator::query(1.0);
            let target = separate(&separator, &query, Trim::Automatic, &signal).expect("it can be separated");
            let error = signal
                .iter()
                .zip(&target)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(target.len() == signal.len() && error < 1e-5, "{error}");
        }
    }

    #[test]
    fn the_level_is_that_of_the_engine() {
        let stft = StftConfig {
            window: 256,
            hop: 128,
            kind: WindowKind::SqrtHann,
        };
        let separator = UnitSeparator::new(32_000, stft, 1, 0, 1.0);
        let spec = separator.spec();
        let at = |level: f32, trim| 20.0 * factor(spec, trim, &[10f32.powf(level / 20.0); 8]).log10();
        let near = |got: f32, expected: f32| assert!((got - expected).abs() < 1e-3, "{got}, not {expected}");
        near(at(spec.levels.0 - 10.0, Trim::Automatic), 10.0);
        near(at(spec.levels.1 + 6.0, Trim::Automatic), -6.0);
        near(at(spec.levels.1 - 1.0, Trim::Automatic), 0.0);
        near(at(spec.levels.0 - 60.0, Trim::Automatic), 40.0);
        near(at(-20.0, Trim::Fixed(-3.0)), -3.0);
    }
}
