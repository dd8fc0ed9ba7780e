//! A long file needs no more memory than a short one.
#![cfg(target_os = "linux")]

mod common;

use std::path::Path;
use std::time::Duration;

/// Highest resident memory of a run, in MiB, as the system counts it.
fn peak(folder: &Path, input: &str, threads: &str) -> f64 {
    let arguments = [
        "separate",
        input,
        "a dog barking",
        "-o",
        "out.wav",
        "--rest",
        "rest.wav",
        "--threads",
        threads,
    ];
    let mut child = common::command(folder, &arguments)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("earmark runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0f64;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kibibytes) =
            line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok())
        {
            peak = peak.max(kibibytes / 1024.0);
        }
        if let Some(status) = child.try_wait().expect("earmark can be waited for") {
            assert!(status.success());
            return peak;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn memory_does_not_grow_with_the_file() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // At 48 kHz in floating point: 10 minutes are 110 MiB of input, and twice that of output.
    let minute = common::scene(1, 60 * 48_000, 48_000);
    let long: Vec<f32> = minute[0].iter().copied().cycle().take(600 * 48_000).collect();
    common::write_wav(&folder.path().join("long.wav"), 48_000, &[long]);
    common::write_wav(&folder.path().join("short.wav"), 48_000, &minute);
    for threads in ["1", "2"] {
        let peak = |input| peak(folder.path(), input, threads);
        let (short, long) = (peak("short.wav"), peak("long.wav"));
        assert!(
            short > 10.0,
            "the short run was measured at {short} MiB: too early"
        );
        assert!(
            long < 1.2 * short,
            "{threads} threads: a minute took {short:.1} MiB, 10 minutes took {long:.1} MiB"
        );
    }
}
