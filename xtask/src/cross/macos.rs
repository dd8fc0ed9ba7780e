//! macOS: type-checked for both processors. Linking needs Apple's SDK.

use std::process::Command;

use super::Proof;
use super::debian::Debian;
use crate::error::TaskError;
use crate::run::{create_dir, read, remove_dir, run, write};

const PROCESSORS: &[&str] = &["aarch64", "x86_64"];
const DEBIAN: &[&str] = &[
    "rustc",
    "cargo",
    "rust-src",
    "ca-certificates",
    "gcc",
    "libc6-dev",
    "pkgconf",
    "llvm",
    "python3-pip",
];
const ZIG: &str = "ziglang==0.17.1";
/// A folder in the Debian that is there: the `cc` crate asks for Apple's tools where none is named.
const NO_SDK: &str = "/opt/zig";

/// Type-checks everything, tests among it, for both processors.
pub(super) fn prove(proof: &mut Proof) -> Result<(), TaskError> {
    let mut debian = None;
    proof.step("a Debian with Rust's own sources and Zig", || {
        let made = Debian::with("macos", DEBIAN)?;
        if !made.path(NO_SDK).exists() {
            let mut pip = made.command("pip");
            run(pip.args([
                "install",
                "--quiet",
                "--break-system-packages",
                "--no-deps",
                "--target",
                NO_SDK,
                ZIG,
            ]))?;
        }
        debian = Some(made);
        Ok("C for macOS is compiled by Zig, which has Darwin's headers".to_owned())
    });
    let Some(debian) = debian else { return Ok(()) };
    for processor in PROCESSORS {
        let triple = format!("{processor}-apple-darwin");
        let done = proof.step(&format!("the standard library of {triple}"), || {
            standard_library(&debian, &triple)?;
            Ok(format!("Rust's standard library type-checks for {triple}"))
        });
        if done {
            proof.step(&format!("everything for {triple}"), || {
                run(&mut check(&debian, processor, &triple))?;
                Ok(format!(
                    "every crate, program and test type-checks for {triple} without a warning"
                ))
            });
        }
    }
    proof.left("linking with AppKit, OpenGL, Security and CoreAudio, which takes Apple's SDK, and so bundles, signing and running");
    proof.left("the packaging script, for lipo, codesign, pkgbuild, hdiutil and notarytool are Apple's");
    Ok(())
}

fn check(debian: &Debian, processor: &str, triple: &str) -> Command {
    let variable = triple.replace('-', "_");
    let mut check = debian.cargo(triple, "check");
    check
        .args([
            "--workspace",
            "--all-targets",
            "--features",
            "earmark-tests/hosts",
        ])
        // What is used on Linux alone is dead code here, and an error in `cargo clippy` on a Mac.
        .env("CARGO_BUILD_WARNINGS", "deny")
        .env("SDKROOT", NO_SDK)
        .env("EARMARK_ZIG_TARGET", format!("{processor}-macos"))
        .env(
            format!("CC_{variable}"),
            std::path::absolute("xtask/src/cross/zig-cc.sh").unwrap_or_default(),
        )
        .env(format!("AR_{variable}"), "llvm-ar");
    check
}

/// Lays what `cargo check` reads of the standard library into the compiler's folder: Debian has none for macOS, and a workspace that
/// is built with `-Zbuild-std` itself is not the one that users build.
fn standard_library(debian: &Debian, triple: &str) -> Result<(), TaskError> {
    let library = debian.path("usr/lib/rustlib").join(triple);
    if library.exists() {
        return Ok(());
    }
    // Of any crate, one with a test: or libtest is not among it.
    let empty = debian.folder().join("empty");
    create_dir(&empty.join("src"))?;
    write(
        &empty.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    write(
        &empty.join("src").join("main.rs"),
        "fn main() {}\n\n#[test]\nfn nothing() {}\n",
    )?;
    let built = empty.join("target");
    run(debian
        .command("cargo")
        .args([
            "check",
            "--bins",
            "--tests",
            "-Zbuild-std=std,panic_unwind,test",
            "--target",
            triple,
        ])
        .arg("--manifest-path")
        .arg(empty.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &built)
        .env("RUSTC_BOOTSTRAP", "1"))?;
    let unfinished = debian.path("usr/lib/rustlib").join(format!("{triple}.part"));
    remove_dir(&unfinished)?;
    create_dir(&unfinished.join("lib"))?;
    let dependencies = built.join(triple).join("debug").join("deps");
    let failed = |action, path: &std::path::Path| {
        let path = path.to_owned();
        move |source| TaskError::File { action, path, source }
    };
    for entry in std::fs::read_dir(&dependencies).map_err(failed("read", &dependencies))? {
        let path = entry.map_err(failed("read", &dependencies))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".rmeta") && !name.starts_with("libempty") {
            write(&unfinished.join("lib").join(&*name), read(&path)?)?;
        }
    }
    std::fs::rename(&unfinished, &library).map_err(failed("write", &library))?;
    remove_dir(&empty)
}
