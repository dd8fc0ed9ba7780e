//! The system packages that building and testing need, on Debian and its relatives.

use std::process::Command;

use crate::error::TaskError;
use crate::run::{run, succeeds};

/// To compile the editor and link it. Names separated by `|` are the same package under the names of several releases.
pub(crate) const BUILD: &[&str] = &[
    "pkg-config|pkgconf",
    "libgl1-mesa-dev",
    "libx11-xcb-dev",
    "libxcb1-dev",
    "libxcb-icccm4-dev",
    "libxcb-dri2-0-dev",
    "libxcursor-dev",
    "libxkbcommon-dev",
    "libxkbcommon-x11-dev",
];

/// To link for Windows and for Linux on Arm, and to run what is linked for the latter.
pub(crate) const CROSS: &[&str] = &[
    "gcc-mingw-w64-x86-64-posix",
    "gcc-aarch64-linux-gnu",
    "libc6-dev-arm64-cross",
    "qemu-user",
];

/// What the Python hosts' wheels link to.
pub(crate) const HOSTS: &[&str] = &["libgl1", "libglib2.0-0|libglib2.0-0t64", "libatomic1"];

/// A screen for the editor where there is none, and somebody to type.
pub(crate) const SCREEN: &[&str] = &["xvfb", "openbox", "xdotool", "libgl1-mesa-dri"];

/// A sound server where there is no sound card: JACK with its dummy driver, for `earmark live`.
pub(crate) const JACK: &[&str] = &["jackd2"];

/// A graphics card where there is none: Mesa's software Vulkan, which the tests of graphics cards run on.
pub(crate) const VULKAN: &[&str] = &["libvulkan1", "mesa-vulkan-drivers"];

/// A Python that can make a virtual environment, for machines where `python3` cannot.
pub(crate) const PYTHON: &[&str] = &["python3", "python3-venv"];

/// What the training recipe runs on in its test.
pub(crate) const RECIPE: &[&str] = &["python3-torch", "python3-numpy", "python3-venv"];

/// Whether packages can be installed by [`ensure`].
pub(crate) fn is_debian() -> bool {
    cfg!(target_os = "linux") && succeeds(Command::new("dpkg-query").arg("--version"))
}

/// Installs what is missing of `packages`, or says which command would.
///
/// Systems without `dpkg` are left alone: the compiler will name what it lacks.
///
/// # Errors
/// [`TaskError::Packages`] when something is missing and neither root nor password-free sudo is at hand.
pub(crate) fn ensure(packages: &[&str]) -> Result<(), TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !is_debian() {
        println!(
            "    This is not a Debian system: skipped installing {}.",
            packages.join(" ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = packages
        .iter()
        .filter(|names| !installed(names))
        .filter_map(|names| available(names))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("    Missing system packages: {}", missing.join(" "));
    let sudo: &[&str] = if is_root() {
        &[]
    } else if succeeds(Command::new("sudo").args(["-n", "true"])) {
        &["sudo", "-n"]
    } else {
        return Err(TaskError::Packages {
            command: format!("sudo apt-get install {}", missing.join(" ")),
        });
    };
    let apt_get = |arguments: &[&str]| {
        let words: Vec<&str> = sudo
            .iter()
            .copied()
            .chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(arguments);
        run(&mut command)
    };
    apt_get(&["update", "-qq"])?;
    apt_get(
        &[
            &["install", "-y", "-qq", "--no-install-recommends"],
            missing.as_slice(),
        ]
        .concat(),
    )
}

fn installed(names: &str) -> bool {
    names.split('|').any(|name| {
        Command::new("dpkg-query")
            .args(["--show", "--showformat=${db:Status-Status}", name])
            .output()
            .is_ok_and(|output| output.stdout.starts_with(b"installed"))
    })
}

/// The name under which this release knows the package; the first where it knows none, for a clear error of apt's.
fn available(names: &str) -> Option<&str> {
    let known = |name: &&str| succeeds(Command::new("apt-cache").args(["show", "--no-all-versions", name]));
    names.split('|').find(known).or_else(|| names.split('|').next())
}

/// Whether this user may do everything.
pub(crate) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
