//! `process` never allocates.
//!
//! The wrapper's check ends the whole process, so it is made in a second one, whose end the test sees. It needs a build of
//! the plug-in with debug assertions and the feature `assert_process_allocs`, named by `EARMARK_CHECKED_LIBRARY`.

use std::path::PathBuf;
use std::process::Command;

use earmark_tests::render::{Blocks, play, wait_until_ready};
use earmark_tests::scene::QUERY;
use earmark_tests::{Automation, HostError, Plugin, Scene};

const CHILD: &str = "EARMARK_ALLOCATION_CHILD";

fn checked_library() -> PathBuf {
    PathBuf::from(std::env::var_os("EARMARK_CHECKED_LIBRARY").expect(
        "EARMARK_CHECKED_LIBRARY names no library: run `cargo xtask test`, which builds it, or build it with \
         `cargo build -p earmark-plugin --features assert_process_allocs` and name target/debug/libearmark_plugin.so",
    ))
}

#[test]
fn process_never_allocates() -> Result<(), HostError> {
    let library = checked_library();
    if std::env::var_os(CHILD).is_some() {
        return process_everything(&library);
    }
    let child = Command::new(std::env::current_exe().expect("the test knows where it is"))
        .args(["--exact", "process_never_allocates", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("the test can start itself");
    assert!(
        child.status.success(),
        "an allocation in `process`, or another failure: {}\n{}{}",
        child.status,
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
    Ok(())
}

/// All that `process` does: separating, automation of every parameter, telling presence, silence, reset; live and offline.
fn process_everything(library: &std::path::Path) -> Result<(), HostError> {
    for offline in [false, true] {
        let mut plugin = Plugin::of(library)?;
        plugin.select_channels(2)?;
        plugin.edit_state(|state| state.set_query(0, QUERY))?;
        plugin.set_offline(offline)?;
        plugin.activate(48_000.0, 512)?;
        wait_until_ready(&mut plugin, 48_000.0, 2, 512)?;
        let changes: Vec<Automation> = plugin
            .params()?
            .iter()
            .enumerate()
            .flat_map(|(index, param)| {
                let (smallest, largest, default) = param.range;
                [smallest, largest, default].map(|value| (index, param.id, value))
            })
            .enumerate()
            .map(|(step, (_, param, value))| Automation {
                frame: 1_000 + step * 2_003,
                param,
                value,
            })
            .collect();
        let mut input = Scene::new(48_000.0, 2)?.mixture.slice(0..96_000);
        for channel in &mut input.channels {
            channel.resize(144_000, 0.0);
        }
        plugin.listen();
        play(
            &mut plugin,
            &input,
            Blocks::Random {
                largest: 512,
                seed: 3,
            },
            &changes,
        )?;
        assert!(!plugin.told().is_empty(), "presence has not moved");
        plugin.reset()?;
        play(&mut plugin, &input.slice(0..48_000), Blocks::Of(512), &[])?;
    }
    Ok(())
}
