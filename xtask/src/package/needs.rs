//! What a Linux library needs where it is loaded.

use std::collections::BTreeSet;

use goblin::elf::Elf;

use crate::error::TaskError;

/// The newest glibc that a release may need: Ubuntu 22.04's. Debian 12 has 2.36.
const GLIBC: (u32, u32) = (2, 35);

/// Debian's packages of the libraries that are linked.
const LINKED: &[(&str, &str)] = &[
    ("libc.so.6", "libc6"),
    ("libm.so.6", "libc6"),
    ("libdl.so.2", "libc6"),
    ("libpthread.so.0", "libc6"),
    ("ld-linux-x86-64.so.2", "libc6"),
    ("ld-linux-aarch64.so.1", "libc6"),
    ("libgcc_s.so.1", "libgcc-s1"),
];

/// What the editor opens when it is shown, which no linker knows.
const OPENED: &[&str] = &[
    "libgl1",
    "libx11-6",
    "libx11-xcb1",
    "libxcb1",
    "libxkbcommon-x11-0",
    "libxkbcommon0",
];

/// Refuses a library that is too new for the systems that a release is for.
pub(super) fn check(name: &str, library: &[u8]) -> Result<(), TaskError> {
    let (major, minor) = glibc(&parse(name, library)?);
    if (major, minor) <= GLIBC {
        return Ok(());
    }
    Err(TaskError::Package(format!(
        "{name} needs glibc {major}.{minor}, but releases are for {}.{} and later. Build on Debian 12 or Ubuntu 22.04; packaging/README.md has a container for it",
        GLIBC.0, GLIBC.1
    )))
}

/// What `Depends:` says for these libraries, sorted.
pub(super) fn depends<'a>(libraries: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<String, TaskError> {
    let mut packages: BTreeSet<String> = OPENED.iter().map(|name| (*name).to_owned()).collect();
    let mut newest = (0, 0);
    for (name, library) in libraries {
        let elf = parse(name, library)?;
        newest = newest.max(glibc(&elf));
        for needed in &elf.libraries {
            let known = LINKED.iter().find(|(file, _)| file == needed);
            let (_, package) = known.ok_or_else(|| {
                TaskError::Package(format!(
                    "{name} links to {needed}. Add its Debian package to xtask/src/package/needs.rs"
                ))
            })?;
            packages.insert((*package).to_owned());
        }
    }
    packages.remove("libc6");
    packages.insert(format!("libc6 (>= {}.{})", newest.0, newest.1));
    Ok(packages.into_iter().collect::<Vec<_>>().join(", "))
}

fn parse<'a>(name: &str, library: &'a [u8]) -> Result<Elf<'a>, TaskError> {
    Elf::parse(library)
        .map_err(|error| TaskError::Package(format!("{name} is no Linux library or program: {error}")))
}

/// The newest version of glibc whose symbols are used.
fn glibc(elf: &Elf) -> (u32, u32) {
    let mut newest = (0, 0);
    for need in elf.verneed.iter().flat_map(|needs| needs.iter()) {
        for symbols in need.iter() {
            let name = elf.dynstrtab.get_at(symbols.vna_name);
            newest = newest.max(name.and_then(version).unwrap_or_default());
        }
    }
    newest
}

/// `GLIBC_2.35` as `(2, 35)`; of others nothing.
fn version(symbol: &str) -> Option<(u32, u32)> {
    let mut numbers = symbol.strip_prefix("GLIBC_")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_not_texts() {
        assert_eq!(version("GLIBC_2.35"), Some((2, 35)));
        assert_eq!(version("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(version("GLIBC_PRIVATE").or(version("GCC_3.0")), None);
        assert!(version("GLIBC_2.4") < version("GLIBC_2.35"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_says_which_glibc_it_needs() {
        let own = std::env::current_exe()
            .and_then(std::fs::read)
            .expect("this test");
        let depends = depends([("test", own.as_slice())].into_iter()).expect("known libraries");
        assert!(
            depends.contains("libc6 (>= 2.") && depends.contains("libgcc-s1, libgl1"),
            "{depends}"
        );
        assert!(check("text", b"no library").is_err());
    }
}
