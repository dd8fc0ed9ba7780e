//! A Debian of its own in `target/cross`, with compilers for other systems: nothing of this machine's is changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::TaskError;
use crate::run::{create_dir, output, remove_dir, run, succeeds, target_dir, write};
use crate::system;

/// The release that has a Rust of this workspace's age.
const RELEASE: &str = "sid";
/// Where there is no other mirror in this machine's sources.
const MIRROR: &str = "http://deb.debian.org/debian/";
const SCRIPT: &str = "xtask/src/cross/enter.sh";

/// The folder that such a Debian lies in.
pub(super) struct Debian {
    root: PathBuf,
    workspace: PathBuf,
    target: PathBuf,
    /// The system that its Cargo builds for, as `cargo xtask cross` names it.
    system: &'static str,
}

impl Debian {
    /// Makes it unless it is there, and installs what is missing of `packages`, to build for `system`; `NAME:ARCHITECTURE` is a
    /// package of another processor.
    ///
    /// # Errors
    /// [`TaskError::Root`] for a user who may not mount and change roots; what debootstrap and apt say.
    pub(super) fn with(system: &'static str, packages: &[&str]) -> Result<Debian, TaskError> {
        if !system::is_root() {
            return Err(TaskError::Root);
        }
        let target = target_dir()?;
        let workspace = std::env::current_dir().map_err(|source| TaskError::File {
            action: "find",
            path: ".".into(),
            source,
        })?;
        let debian = Debian {
            workspace,
            root: target.join("cross").join("debian"),
            target,
            system,
        };
        debian.make()?;
        debian.install(packages)?;
        Ok(debian)
    }

    /// `program`, to be run in it and in the workspace, which has the same path there.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh"])
            .arg(self.workspace.join(SCRIPT))
            .arg(&self.root)
            .arg(program)
            .env("EARMARK_WORKSPACE", &self.workspace)
            .env("EARMARK_TARGET", &self.target)
            .env("EARMARK_REGISTRY", registry());
        command
    }

    /// Its Cargo, which builds for `triple` in [`folder`](Self::folder).
    pub(super) fn cargo(&self, triple: &str, subcommand: &str) -> Command {
        let mut cargo = self.command("cargo");
        cargo
            .args([subcommand, "--locked", "--target", triple])
            .env("CARGO_TARGET_DIR", self.folder())
            .env("CARGO_INCREMENTAL", "0");
        cargo
    }

    /// Where its Cargo builds; one for each system, so that they can be built side by side.
    pub(super) fn folder(&self) -> PathBuf {
        self.target.join("cross").join(self.system)
    }

    /// A path inside it, as seen from outside.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    fn make(&self) -> Result<(), TaskError> {
        // debootstrap takes this folder away when it is done.
        let unfinished = self.path("debootstrap").exists();
        if self.path("var/lib/dpkg/status").exists() && !unfinished {
            return Ok(());
        }
        system::ensure(&["debootstrap"])?;
        remove_dir(&self.root)?;
        create_dir(&self.root)?;
        run(Command::new("debootstrap")
            .args(["--variant=minbase", RELEASE])
            .arg(&self.root)
            .arg(mirror()))?;
        write(&self.path("etc/apt/apt.conf.d/90host"), apt_options()?)
    }

    fn install(&self, packages: &[&str]) -> Result<(), TaskError> {
        let missing: Vec<&str> = packages
            .iter()
            .copied()
            .filter(|package| !self.has(package))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let foreign: BTreeSet<&str> = missing
            .iter()
            .filter_map(|name| Some(name.split_once(':')?.1))
            .collect();
        for architecture in foreign {
            run(self.command("dpkg").args(["--add-architecture", architecture]))?;
        }
        let apt_get = |words: &[&str]| {
            let mut command = self.command("apt-get");
            run(command.args(words).env("DEBIAN_FRONTEND", "noninteractive"))
        };
        apt_get(&["update", "-qq"])?;
        apt_get(
            &[
                &["install", "-y", "-qq", "--no-install-recommends"],
                missing.as_slice(),
            ]
            .concat(),
        )?;
        apt_get(&["clean"])?;
        self.trust_what_this_machine_trusts()
    }

    fn has(&self, package: &str) -> bool {
        let mut query = Command::new("chroot");
        query.arg(&self.root).args([
            "dpkg-query",
            "--show",
            "--showformat=${db:Status-Status}",
            package,
        ]);
        query
            .output()
            .is_ok_and(|output| output.stdout.starts_with(b"installed"))
    }

    /// A registry behind a certificate of this machine's own is reached from within, too.
    fn trust_what_this_machine_trusts(&self) -> Result<(), TaskError> {
        let (here, there) = (
            "/etc/ssl/certs/ca-certificates.crt",
            "etc/ssl/certs/ca-certificates.crt",
        );
        if Path::new(here).exists() && self.path("etc/ssl/certs").exists() {
            write(&self.path(there), crate::run::read(Path::new(here))?)?;
        }
        Ok(())
    }
}

/// The mirror that this machine takes its own packages from, where it is a Debian.
fn mirror() -> String {
    let mut targets = Command::new("apt-get");
    targets.args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Origin: Debian",
        "Component: main",
    ]);
    let listed = targets.output().map(|output| output.stdout).unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed);
    let usable = listed.lines().find(|line| !line.contains("security"));
    usable.unwrap_or(MIRROR).to_owned()
}

/// How this machine's apt reaches mirrors: through a proxy, or one that stands still.
fn apt_options() -> Result<String, TaskError> {
    if !succeeds(Command::new("apt-config").arg("--version")) {
        return Ok(String::new());
    }
    let dumped = output(Command::new("apt-config").arg("dump"))?;
    Ok(reaching(&String::from_utf8_lossy(&dumped)))
}

/// Those options among all that `apt-config dump` prints.
fn reaching(dumped: &str) -> String {
    let of_interest = [
        "Acquire::Check-",
        "Acquire::http",
        "Acquire::https",
        "Acquire::Retries",
    ];
    dumped
        .lines()
        .filter(|line| of_interest.iter().any(|start| line.starts_with(start)))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Where this machine's Cargo keeps what it downloads.
fn registry() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    home.unwrap_or_default().join("registry")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_how_a_mirror_is_reached_is_taken_over() {
        let dumped = "Acquire::Check-Valid-Until \"false\";\nAcquire::http::Proxy \"http://p:1\";\n\
                      Acquire::cdrom::mount \"/media\";\nDPkg::Post-Invoke \"\";\n";
        assert_eq!(
            reaching(dumped),
            "Acquire::Check-Valid-Until \"false\";\nAcquire::http::Proxy \"http://p:1\";\n"
        );
        assert!(mirror().starts_with("http"), "{}", mirror());
    }
}
