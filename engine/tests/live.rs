//! Live means live: the bundled model against the system's clock, stereo at 48 kHz. All else about time is tested with a clock of
//! the tests' own (`realtime.rs`); this sees that the two are not different worlds.

mod common;

use std::time::{Duration, Instant};

use common::noise;
use earmark_engine::{Change, ChangeKind, Engine, EngineConfig, MixSettings};
use earmark_models::bundled;

const RATE: f64 = 48_000.0;
const SECONDS: f64 = 4.0;
const BLOCK: usize = 256;

/// Plays in blocks of 256, `burst` of them at once, and returns how the engine fared.
fn play(burst: usize) -> earmark_engine::Status {
    let (mut engine, handle) = Engine::new(EngineConfig::new(RATE, 2, BLOCK), bundled::spec()).unwrap();
    handle.set_separator(bundled::separator().unwrap()).unwrap();
    let condition = bundled::encoder()
        .unwrap()
        .encode("the sound of hitting the keyboard")
        .unwrap();
    handle.set_query(0, Some(condition));
    let mut changes = vec![Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }];
    let input = noise(48_000, 1);
    let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
    let (begun, mut played) = (Instant::now(), 0);
    while (played as f64) < SECONDS * RATE {
        for _ in 0..burst {
            let at = played % (input.len() - BLOCK);
            left.copy_from_slice(&input[at..at + BLOCK]);
            right.copy_from_slice(&input[input.len() - BLOCK - at..input.len() - at]);
            engine.process(&mut [&mut left, &mut right], &changes);
            changes.clear();
            played += BLOCK;
        }
        std::thread::sleep(Duration::from_secs_f64(played as f64 / RATE).saturating_sub(begun.elapsed()));
    }
    let status = handle.status();
    println!(
        "bursts of {burst}: the worker needs {:.2} s of CPU for {SECONDS} s; {status:?}",
        f64::from(status.load) * SECONDS
    );
    status
}

#[test]
fn the_bundled_model_is_never_late() {
    // In bursts of 200 ms.
    let status = play(37);
    assert_eq!(status.late_blocks, 0, "{status:?}");
    assert!(status.blocks as f64 > 0.9 * SECONDS / 0.04, "{status:?}");
    assert_eq!(status.phase, earmark_engine::Phase::Running);
}
