//! Sound through the engine on files: as long as it was, in time, and the mixture untouched.

mod common;

use std::num::NonZeroUsize;
use std::sync::Arc;

use common::{difference_db, scene};
use earmark_cli::CliError;
use earmark_cli::through::Through;
use earmark_models::Separator;
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::testing::UnitSeparator;

fn separator(mask: f32) -> Arc<dyn Separator> {
    let stft = StftConfig {
        window: 1024,
        hop: 512,
        kind: WindowKind::SqrtHann,
    };
    Arc::new(UnitSeparator::new(32_000, stft, 2, 1, mask))
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("one at least")
}

/// Mixture and target of a sound, of which `known` says how long it is, with a separator of this mask and so many threads.
fn through(sound: &[Vec<f32>], rate: f64, mask: f32, (count, known): (usize, bool)) -> [Vec<Vec<f32>>; 2] {
    let queries = [UnitSeparator::query(1.0).into()];
    let mut through =
        Through::whole(&separator(mask), &queries, rate, sound.len(), threads(count)).expect("it can be run");
    let mut position = 0;
    let (mut mixture, mut target) = (vec![Vec::new(); sound.len()], vec![Vec::new(); sound.len()]);
    let counts = through.run(
        known.then_some(sound[0].len() as u64),
        |block| {
            let count = block[0].len().min(sound[0].len() - position);
            for (to, from) in block.iter_mut().zip(sound) {
                to[..count].copy_from_slice(&from[position..position + count]);
            }
            position += count;
            Ok(count)
        },
        |x, t| {
            mixture
                .iter_mut()
                .zip(x)
                .for_each(|(all, part)| all.extend_from_slice(part));
            target
                .iter_mut()
                .zip(&t[0])
                .for_each(|(all, part)| all.extend_from_slice(part));
            Ok(())
        },
    );
    assert_eq!(counts.expect("the sound goes through").late_blocks, 0);
    [mixture, target]
}

#[test]
fn the_mixture_comes_back_bit_for_bit_at_any_length() {
    for frames in [0, 1, 511, 4095, 4096, 4097, 20_000] {
        let sound = scene(2, frames, 48_000);
        let [mixture, target] = through(&sound, 48_000.0, 1.0, (2, true));
        assert_eq!(mixture, sound, "{frames} samples");
        assert!(
            target.iter().all(|channel| channel.len() == frames),
            "{frames} samples"
        );
    }
}

#[test]
fn with_a_mask_of_one_the_target_is_the_input_in_time() {
    for rate in [32_000, 44_100, 48_000, 96_000] {
        let sound = scene(2, 40_001, rate);
        let [_, target] = through(&sound, f64::from(rate), 1.0, (1, true));
        // One sample late or early would leave a difference above -20 dB.
        let error = difference_db(&target, &sound);
        assert!(
            error < -60.0,
            "{rate} Hz: the target differs from the input by {error} dB"
        );
    }
}

#[test]
fn with_a_mask_of_zero_nothing_is_left() {
    let [_, target] = through(&scene(1, 30_000, 44_100), 44_100.0, 0.0, (1, true));
    assert!(target[0].iter().all(|sample| sample.abs() < 1e-6));
}

#[test]
fn threads_decide_nothing() {
    let sound = scene(2, 600_011, 44_100);
    let whole = through(&sound, 44_100.0, 0.7, (1, true));
    for count in [2, 3, 7] {
        for known in [true, false] {
            assert!(
                through(&sound, 44_100.0, 0.7, (count, known)) == whole,
                "{count} threads, of a sound whose length is known: {known}"
            );
        }
    }
}

#[test]
fn failures_of_either_end_are_handed_on() {
    let at = |rate: f64| {
        let queries = [UnitSeparator::query(1.0).into()];
        Through::whole(&separator(1.0), &queries, rate, 1, threads(2))
    };
    let fresh = || at(48_000.0).expect("it can be run");
    let read = fresh().run(None, |_| Err(CliError::Stopped), |_, _| Ok(()));
    assert!(matches!(read, Err(CliError::Stopped)));
    let each = fresh().run(None, |block| Ok(block[0].len()), |_, _| Err(CliError::Stopped));
    assert!(matches!(each, Err(CliError::Stopped)));
    assert!(matches!(at(10.0), Err(CliError::Engine(_))));
}

#[test]
fn each_query_has_its_target_of_the_same_sound() {
    let queries = [1.0, 0.25].map(|gain| UnitSeparator::query(gain).into());
    let mut through =
        Through::whole(&separator(1.0), &queries, 48_000.0, 1, threads(1)).expect("it can be run");
    let sound = scene(1, 20_000, 48_000).remove(0);
    let mut targets = [Vec::new(), Vec::new()];
    let counts = through.run_over(&sound, |_, heard| {
        for (all, target) in targets.iter_mut().zip(heard) {
            all.extend_from_slice(target[0]);
        }
        Ok(())
    });
    assert!(counts.expect("the sound goes through").blocks > 0);
    let quarter: Vec<f32> = targets[0].iter().map(|x| 0.25 * x).collect();
    let error = difference_db(&[targets[1].clone()], &[quarter]);
    assert!(targets[0].len() == 20_000 && error < -100.0, "{error} dB");
}
