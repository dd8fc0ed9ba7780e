//! Linux on Arm: built with Debian's compilers, run by qemu.

use std::path::PathBuf;
use std::process::Command;

use super::debian::Debian;
use super::{PACKAGES, Proof, separated};
use crate::error::TaskError;
use crate::run::{create_dir, run, target_dir};

const TRIPLE: &str = "aarch64-unknown-linux-gnu";
const DEBIAN: &[&str] = &[
    "rustc",
    "cargo",
    "ca-certificates",
    "gcc",
    "libc6-dev",
    "pkgconf",
    "gcc-aarch64-linux-gnu",
    "libc6-dev-arm64-cross",
    "qemu-user",
    "libstd-rust-dev:arm64",
];
/// What the editor is linked to.
const WINDOWS: &[&str] = &[
    "libgl-dev:arm64",
    "libx11-xcb-dev:arm64",
    "libxcb1-dev:arm64",
    "libxcb-icccm4-dev:arm64",
    "libxcb-dri2-0-dev:arm64",
    "libxcursor-dev:arm64",
    "libxkbcommon-dev:arm64",
    "libxkbcommon-x11-dev:arm64",
];
/// The tests of the networks, encoders and the streams around them, many against numbers that other programs computed: all but those
/// that [`prove`] names as left.
const GOLDEN: &[&str] = &[
    "accelerated",
    "allocations",
    "band_mask",
    "batch",
    "bundled",
    "clap",
    "encoder",
    "htsat",
    "imported",
    "keeper",
    "nearest",
    "precision",
    "resunet",
    "streaming",
];
/// −100 dB: other kernels and another mathematics library round otherwise.
const NEAR: f32 = 1e-5;

/// Tests kernels and networks, and compares what the command and the plug-in make with what they make here.
pub(super) fn prove(proof: &mut Proof) -> Result<(), TaskError> {
    let mut debian = None;
    proof.step("a Debian with compilers for arm64", || {
        debian = Some(Debian::with("arm64", &[DEBIAN, WINDOWS].concat())?);
        Ok(format!("Debian's packages suffice to build for {TRIPLE}"))
    });
    let Some(debian) = debian else { return Ok(()) };
    proof.step("kernels under qemu", || {
        run(build(&debian, "test").args(["--package", "earmark-kernels"]))?;
        Ok("all tests of the kernels pass, NEON's against their scalar twins".to_owned())
    });
    proof.step("networks under qemu", || {
        let mut tests = build(&debian, "test");
        tests.args(packages()).arg("--no-fail-fast");
        run(tests.args(GOLDEN.iter().flat_map(|name| ["--test", name])))?;
        Ok(format!(
            "the networks compute what other programs computed: {}; with fewer repetitions and settings than elsewhere, and in `batch` a quarter of AudioSep's channels",
            GOLDEN.join(", ")
        ))
    });
    proof.step("`earmark separate` under qemu", || separate(&debian));
    proof.step("the plug-in, and the demo through it", || demo(&debian));
    proof.step("unit tests of the networks under qemu", || {
        // With dependencies of its own features: in a call for all packages, `--lib` would mean the unit tests of all of them.
        run(build(&debian, "test").args(["--package", "earmark-models", "--features", "gpu", "--lib"]))?;
        Ok("all unit tests of the networks pass".to_owned())
    });
    proof.left("a processor: all of it ran under qemu, on which nothing is said about speed");
    proof.left("the test `gpu` of the networks: it computes on Mesa's software Vulkan, which compiles for the processor as it goes");
    proof.left("the test `clap_full_size` of the networks, here as everywhere where nobody names RoBERTa's tokenizer, which is not in the repository");
    proof.left("the editor on a screen of arm64: it is linked and not drawn");
    Ok(())
}

fn packages() -> impl Iterator<Item = &'static str> {
    let packages = PACKAGES.iter().flat_map(|package| ["--package", package]);
    packages.chain(["--features", "earmark-tests/hosts"])
}

/// Its Cargo with what it needs to link and to run for arm64.
fn build(debian: &Debian, subcommand: &str) -> Command {
    let mut cargo = debian.cargo(TRIPLE, subcommand);
    cargo
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "aarch64-linux-gnu-gcc",
        )
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", "qemu-aarch64")
        // For tests that would take too long in full.
        .env("EARMARK_EMULATED", "1")
        .env("PKG_CONFIG_ALLOW_CROSS", "1")
        .env(
            "PKG_CONFIG_LIBDIR",
            "/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig",
        );
    cargo
}

/// What was built there.
fn built(debian: &Debian, name: &str) -> PathBuf {
    debian.folder().join(TRIPLE).join("debug").join(name)
}

/// A program of arm64, to be run there.
fn emulated(debian: &Debian, name: &str) -> Command {
    let mut command = debian.command("qemu-aarch64");
    command.arg(built(debian, name));
    command
}

fn separate(debian: &Debian) -> Result<String, TaskError> {
    run(build(debian, "build").args(packages()).args(["--bin", "earmark"]))?;
    separated::compare("arm64", emulated(debian, "earmark"), NEAR)
}

fn demo(debian: &Debian) -> Result<String, TaskError> {
    let mut plugin = build(debian, "build");
    run(plugin.args(packages()).args(["--lib", "--bin", "demo"]))?;
    let bundles = target_dir()?.join("cross").join("arm64-bundles");
    create_dir(&bundles)?;
    let library = built(debian, "libearmark_plugin.so");
    let bundle = bundles.join("Earmark.clap");
    std::fs::copy(&library, &bundle).map_err(|source| TaskError::File {
        action: "copy",
        path: library,
        source,
    })?;
    let out = target_dir()?.join("cross").join("arm64-demo");
    let mut demo = emulated(debian, "demo");
    run(demo
        .arg("--bundles")
        .arg(&bundles)
        .args(["--examples", "examples", "--out"])
        .arg(&out))?;
    Ok(
        "the plug-in links with Debian's X11 libraries of arm64; its CLAP passes the demo in clack-host"
            .to_owned(),
    )
}
