//! The decorators around nice-plug's own CLAP wrapper, as hosts go about them that keep to the standard, and as others do.
#![allow(unsafe_code)]

#[path = "shared/clap_host.rs"]
mod host;
#[path = "shared/probe.rs"]
mod probe;

use std::ffi::CStr;
use std::ptr::{null, null_mut};
use std::sync::atomic::Ordering;

use clap_sys::ext::gui::{CLAP_EXT_GUI, CLAP_WINDOW_API_X11, clap_plugin_gui};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::ext::render::{CLAP_EXT_RENDER, CLAP_RENDER_OFFLINE, CLAP_RENDER_REALTIME, clap_plugin_render};
use clap_sys::process::{CLAP_PROCESS_CONTINUE_IF_NOT_QUIET, CLAP_PROCESS_ERROR};
use earmark_formats::parameter_number;
use host::{Host, Kind};

/// One call's length in samples.
const SAMPLES: usize = 480;

#[test]
fn events_beyond_the_block_come_with_its_last_sample() {
    for time in [480, 481, 500, 513, 5000, u32::MAX] {
        let plugin = Host::new(Kind::Complete).instance();
        plugin.activate(48_000.0, SAMPLES as u32);
        let heard = plugin.play(SAMPLES, &[(time, "gain", 1.0)]);
        assert_eq!(heard[..SAMPLES - 1], [0.0; SAMPLES - 1], "{time}");
        assert_eq!(heard[SAMPLES - 1], 1.0, "{time}");
    }
}

#[test]
fn events_out_of_order_come_as_soon_as_they_can() {
    let plugin = Host::new(Kind::Complete).instance();
    plugin.activate(48_000.0, SAMPLES as u32);
    let heard = plugin.play(
        SAMPLES,
        &[(300, "gain", 1.0), (100, "gain", 0.5), (400, "gain", 0.25)],
    );
    assert_eq!(heard[..300], [0.0; 300]);
    assert_eq!(heard[300..400], [0.5; 100]);
    assert_eq!(heard[400..], [0.25; 80]);
}

#[test]
fn events_change_nothing_outside_the_block() {
    let plugin = Host::new(Kind::Complete).instance();
    plugin.activate(48_000.0, SAMPLES as u32);
    // The buffers have room behind them, which must not be touched.
    let (around, status) = plugin.play_within(&[1.0; 64], 16, 32, &[(3_000, "gain", 1.0)]);
    assert_eq!(status, CLAP_PROCESS_CONTINUE_IF_NOT_QUIET);
    assert_eq!(around[..16], [1.0; 16]);
    assert_eq!(around[16..47], [0.0; 31]);
    assert_eq!(around[47..], [1.0; 17]);
}

#[test]
fn an_activation_asks_for_no_other_one() {
    let host = Host::new(Kind::Complete);
    let plugin = host.instance();
    plugin.activate(48_000.0, 64);
    assert_eq!((host.restarts(), host.latency_changes()), (0, 1));
    assert!(host.told_of_latency_while_activating());
    plugin.deactivate();
    plugin.activate(48_000.0, 64);
    assert_eq!(
        (host.restarts(), host.latency_changes()),
        (0, 1),
        "it is the same latency"
    );
    plugin.deactivate();
    plugin.activate(96_000.0, 64);
    assert_eq!((host.restarts(), host.latency_changes()), (0, 2));
    assert_eq!(plugin.latency(), 960);
    plugin.probe().restart.store(true, Ordering::Relaxed);
    plugin.play(64, &[]);
    assert_eq!(host.restarts(), 1, "the plug-in's own wish is passed on");
}

#[test]
fn a_host_without_any_extension_is_served() {
    for kind in [Kind::Bare, Kind::Hollow, Kind::Null] {
        let host = Host::new(kind);
        let plugin = host.instance();
        plugin.activate(48_000.0, SAMPLES as u32);
        assert_eq!(
            plugin.play(SAMPLES, &[(0, "gain", 1.0)]),
            [1.0; SAMPLES],
            "{kind:?}"
        );
        plugin.probe().host().mark_dirty();
        plugin.on_main_thread();
        let gui: &clap_plugin_gui = plugin.extension(CLAP_EXT_GUI).expect("it has an editor");
        // SAFETY: as a host calls it.
        unsafe {
            // The probe's editor has no window; what matters is that we get here.
            assert!(!gui.create.unwrap()(
                plugin.table(),
                CLAP_WINDOW_API_X11.as_ptr(),
                false
            ));
            gui.destroy.unwrap()(plugin.table());
        }
        plugin.deactivate();
    }
}

#[test]
fn a_project_that_has_changed_is_marked_on_the_main_thread() {
    let host = Host::new(Kind::Complete);
    let plugin = host.instance();
    let probe = plugin.probe().host().clone();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            probe.mark_dirty();
            probe.mark_dirty();
        });
    });
    assert_eq!(host.dirty_marks(), 0, "not from another thread");
    assert!(host.callbacks() > 0);
    plugin.on_main_thread();
    plugin.on_main_thread();
    assert_eq!(host.dirty_marks(), 1);
    drop(plugin);
    let callbacks = host.callbacks();
    probe.mark_dirty();
    assert_eq!(host.callbacks(), callbacks, "the instance is gone");
}

#[test]
fn the_plugin_knows_its_hosts_name() {
    assert_eq!(
        Host::new(Kind::Complete).instance().probe().host().name(),
        Some("Test Host")
    );
    assert_eq!(Host::new(Kind::Null).instance().probe().host().name(), None);
}

#[test]
fn an_offline_render_counts_from_its_first_block_and_needs_no_restart() {
    let host = Host::new(Kind::Complete);
    let plugin = host.instance();
    plugin.activate(48_000.0, 64);
    let render: &clap_plugin_render = plugin.extension(CLAP_EXT_RENDER).expect("it can render");
    for (mode, offline) in [(CLAP_RENDER_OFFLINE, true), (CLAP_RENDER_REALTIME, false)] {
        // SAFETY: as a host calls it.
        assert!(unsafe { render.set.unwrap()(plugin.table(), mode) });
        assert_eq!(plugin.probe().host().renders_offline(), offline);
    }
    assert_eq!(host.restarts(), 0);
    // SAFETY: as a host calls it.
    unsafe { render.set.unwrap()(plugin.table(), CLAP_RENDER_OFFLINE) };
    plugin.deactivate();
    plugin.activate(48_000.0, 64);
    assert!(plugin.probe().was_activated_offline());
    assert_eq!(host.restarts(), 0);
}

#[test]
fn an_output_in_the_place_of_another_input_overwrites_nothing() {
    let plugin = Host::new(Kind::Complete).instance();
    plugin.activate(48_000.0, 64);
    plugin.play(64, &[(0, "gain", 1.0)]);
    let (mut one, mut other) = ([0.25_f32; 64], [0.5_f32; 64]);
    let inputs = [one.as_mut_ptr(), other.as_mut_ptr()];
    let outputs = [other.as_mut_ptr(), one.as_mut_ptr()];
    plugin.play_at(&inputs, &outputs, 64);
    assert_eq!((other, one), ([0.25; 64], [0.5; 64]));
}

#[test]
fn buffers_that_are_none_are_refused() {
    let plugin = Host::new(Kind::Complete).instance();
    let mut place = [0.5_f32; 64];
    let at = place.as_mut_ptr();
    assert_eq!(
        plugin.play_at(&[at, at], &[at, at], 64),
        CLAP_PROCESS_ERROR,
        "not active"
    );
    plugin.activate(48_000.0, 64);
    assert_eq!(
        plugin.play_at(&[at, null_mut()], &[at, at], 64),
        CLAP_PROCESS_ERROR
    );
    assert_eq!(
        plugin.play_at(&[at, at], &[null_mut(), at], 64),
        CLAP_PROCESS_ERROR
    );
    // More channels than there are, and fewer.
    for (inputs, outputs) in [(3, 3), (2, 1), (0, 0), (1, 2)] {
        let status = plugin.play_at(&vec![at; inputs], &vec![at; outputs], 64);
        assert_ne!(status, CLAP_PROCESS_ERROR, "{inputs} {outputs}");
    }
    // SAFETY: nothing is what is to be refused.
    unsafe {
        let process = (*plugin.table()).process.unwrap();
        assert_eq!(process(plugin.table(), null()), CLAP_PROCESS_ERROR);
    }
}

/// A panic while processing allocates, which is what builds for the check of allocations end the program for.
#[cfg(not(feature = "assert_process_allocs"))]
#[test]
fn a_panic_while_processing_is_silence_until_the_next_activation() {
    let plugin = Host::new(Kind::Complete).instance();
    plugin.activate(48_000.0, 64);
    plugin.probe().panic_in("process");
    let (heard, status) = plugin.play_within(&[1.0; 64], 0, 64, &[]);
    assert_eq!((status, &heard[..]), (CLAP_PROCESS_ERROR, &[0.0; 64][..]));
    plugin.probe().panic_in("");
    let (heard, status) = plugin.play_within(&[1.0; 64], 0, 64, &[(0, "gain", 1.0)]);
    assert_eq!(
        (status, &heard[..]),
        (CLAP_PROCESS_ERROR, &[0.0; 64][..]),
        "it is not asked again"
    );
    plugin.deactivate();
    plugin.activate(48_000.0, 64);
    assert_eq!(plugin.play(64, &[(0, "gain", 1.0)]), [1.0; 64]);
}

#[test]
fn a_panic_is_a_refusal() {
    let host = Host::new(Kind::Complete);
    let plugin = host.instance();
    let saved = plugin.save().expect("a state");
    plugin.probe().panic_in("activate");
    assert!(!plugin.try_activate(48_000.0, 64));
    plugin.probe().panic_in("save");
    assert_eq!(plugin.save(), None);
    plugin.probe().panic_in("load");
    assert!(!plugin.load(&saved));
    plugin.probe().panic_in("text");
    let params: &clap_plugin_params = plugin.extension(CLAP_EXT_PARAMS).expect("it has parameters");
    let (gain, mut text, mut value) = (parameter_number("gain"), [0; 32], 0.0);
    // SAFETY: as a host calls it.
    unsafe {
        let table = plugin.table();
        assert!(!params.value_to_text.unwrap()(
            table,
            gain,
            0.5,
            text.as_mut_ptr(),
            32
        ));
        assert!(!params.text_to_value.unwrap()(
            table,
            gain,
            c"0.5".as_ptr(),
            &mut value
        ));
        plugin.probe().panic_in("");
        assert!(params.value_to_text.unwrap()(
            table,
            gain,
            0.5,
            text.as_mut_ptr(),
            32
        ));
        assert_eq!(CStr::from_ptr(text.as_ptr()), c"0.50 x");
        assert!(params.text_to_value.unwrap()(
            table,
            gain,
            c"0.25".as_ptr(),
            &mut value
        ));
        assert_eq!(value, 0.25);
    }
    assert!(plugin.load(&saved));
    plugin.activate(48_000.0, 64);
    plugin.probe().panic_in("deactivate");
    plugin.deactivate();
    plugin.probe().panic_in("drop");
    drop(plugin);
    probe::panic_when_made(true);
    assert!(host.try_instance().is_none());
    probe::panic_when_made(false);
    assert!(host.try_instance().is_some());
}
