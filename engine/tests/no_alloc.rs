//! The audio thread allocates nothing. Alone in its file, because an allocation ends the process.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use common::live::Live;
use common::*;
use earmark_engine::{
    Automation, Change, ChangeKind, Clock, Engine, EngineConfig, Fields, Heard, Mix, Relay, Shaping,
    WaitPolicy,
};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn process_never_allocates() {
    let separator = TestSeparator::new(spec(), Rule::Stateful);
    let sleep = separator.sleep.clone();
    let clock = Arc::new(TestClock::default());
    let config = EngineConfig::new(44_100.0, 2, 4096);
    let (mut engine, handle) = Engine::with_clock(config, &separator.spec.clone(), clock.clone()).unwrap();
    handle.set_query(0, Some(condition(1.0)));
    handle.set_separator(Arc::new(separator)).unwrap();
    handle.set_query(1, Some(condition(0.5)));
    handle.set_own_gains(1, Some(Mix::default().into()));
    let (mut left, mut right) = (noise(4096, 1), noise(4096, 2));
    let input = noise(4096, 3);
    for call in 0..80 {
        // An editor is open.
        handle.columns();
        match call {
            10 | 18 => handle.audition(Some(1).into()).unwrap(),
            30 => handle.stop_audition(),
            40 => handle.hold(true),
            48 => handle.hold(false),
            // Somebody scrubs through what is kept.
            41..48 => drop(
                handle
                    .excerpt(Some(1).into(), None)
                    .unwrap()
                    .separate(|_| true)
                    .unwrap(),
            ),
            _ => {}
        }
        let mix = Mix {
            target_gain: 0.5,
            rest_gain: call as f32 / 60.0,
            ..Mix::default()
        };
        let changes = [
            Change {
                offset: 5,
                kind: ChangeKind::Mix(mix),
            },
            Change {
                offset: 600,
                kind: ChangeKind::Slot(Heard {
                    slot: [None, Some(0), Some(1)][call % 3],
                    also: [None, Some(1)][call / 3 % 2],
                }),
            },
            Change {
                offset: 700,
                kind: ChangeKind::Shaping(Shaping {
                    gate: call as f32 / 100.0,
                    smoothing_ms: 50.0,
                    ..Shaping::default()
                }),
            },
            Change {
                offset: 2000,
                kind: ChangeKind::Bypass(call % 7 == 0),
            },
        ];
        // In the last quarter the worker is too slow, and every block comes late or never.
        let waiting = [
            WaitPolicy::Offline,
            WaitPolicy::Always,
            WaitPolicy::Live,
            WaitPolicy::Live,
        ][call / 20];
        sleep.store(if call < 60 { 0 } else { 50_000_000 }, Ordering::Relaxed);
        let automation = if call % 2 == 0 {
            Automation::InTime
        } else {
            Automation::AtOutput
        };
        assert_no_alloc(|| {
            engine.set_wait_policy(waiting);
            engine.set_automation(automation);
            engine.set_by_hand(if call % 3 == 0 { Fields::WET } else { Fields::NONE });
            engine.set_resting(call % 4 == 0);
            engine.process(&mut [&mut left, &mut right], &changes);
            engine.process_split(&[&input, &input], &mut [&mut left], &mut [&mut right], &changes);
            if call % 13 == 12 {
                engine.reset();
            }
        });
        // The host plays, or it would be taken for one that renders.
        clock.pass(clock.now() + Duration::from_secs_f64(8192.0 / 44_100.0), || 0);
    }
    let (mut relay, offers) = Relay::new(engine, &EngineConfig::new(44_100.0, 2, 4096));
    for call in 0..60 {
        if call == 5 {
            let config = EngineConfig {
                least_latency: relay.latency(),
                ..EngineConfig::new(44_100.0, 2, 4096)
            };
            let (next, _queries) = engine_with(config, TestSeparator::new(spec(), Rule::Gain));
            offers.offer(next).unwrap();
        }
        assert_no_alloc(|| relay.process(&mut [&mut left, &mut right], &[]));
    }
    assert_eq!(offers.taken_over(), 1);
    let status = handle.status();
    assert!(status.blocks > 100 && status.late_blocks > 0, "{status:?}");
}

#[test]
fn what_is_revised_is_taken_without_allocating() {
    let mut live = Live::new(spec(), 0);
    let mut before = 0.5;
    for call in 0..400 {
        // Every 0.2 s, and twice within what lies ready.
        if call % 20 == 0 || call % 20 == 3 {
            let gain = if call % 40 < 20 { 0.5 } else { 1.0 };
            live.handle.set_query(0, Some(condition(gain)));
        }
        let mut samples = [0.5; 480];
        assert_no_alloc(|| live.engine.process(&mut [&mut samples], &[]));
        live.let_pass(480);
        if call > 200 && call % 20 == 12 {
            let now = samples[479];
            assert!((now - before).abs() > 0.2, "call {call}: {now} after {before}");
            before = now;
        }
    }
}
