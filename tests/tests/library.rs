//! The library itself: what it holds, and what it needs of a system.

use std::path::PathBuf;

use earmark_tests::HostError;
use earmark_tests::bundle::{clap, repository};
use earmark_tests::vst3::Module;

/// The bundle's library; on macOS a bundle is a folder.
fn library() -> Result<Vec<u8>, HostError> {
    let path = clap()?;
    let file = if path.is_dir() {
        path.join("Contents/MacOS/Earmark")
    } else {
        path
    };
    std::fs::read(&file).map_err(|error| HostError::Load {
        path: file,
        reason: error.to_string(),
    })
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn it_holds_no_paths_of_the_machine_that_built_it() -> Result<(), HostError> {
    let library = library()?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    for folder in [Some(repository()), home].into_iter().flatten() {
        let folder = folder.canonicalize().unwrap_or(folder);
        assert!(
            !contains(&library, &folder.display().to_string()),
            "{} is in it",
            folder.display()
        );
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn it_asks_for_no_newer_glibc_than_the_readme_says() -> Result<(), HostError> {
    const GLIBC: (u32, u32) = (2, 35);
    let library = library()?;
    let names = library.split(|byte| *byte == 0).filter_map(|name| {
        let version = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
        Some((numbers.next()??, numbers.next()??))
    });
    let newest = names.max().expect("it needs a C library");
    assert!(newest <= GLIBC, "it needs glibc {newest:?}");
    Ok(())
}

/// Threads that nobody waits for may still run its code when a host unloads it: `plugin/build.rs`.
#[cfg(target_os = "linux")]
#[test]
fn it_stays_in_memory() -> Result<(), HostError> {
    const DYNAMIC: u32 = 2;
    const FLAGS_1: u64 = 0x6fff_fffb;
    const NODELETE: u64 = 8;
    let library = library()?;
    let number = |at: usize, bytes: usize| {
        let bytes = library[at..at + bytes].iter().rev();
        bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    // An ELF of 64 bits: its program headers, and in them the dynamic section.
    let (first, size, count) = (number(0x20, 8), number(0x36, 2), number(0x38, 2));
    let headers = (0..count).map(|index| (first + index * size) as usize);
    let dynamic = headers
        .filter(|&header| number(header, 4) == u64::from(DYNAMIC))
        .map(|header| (number(header + 8, 8) as usize, number(header + 32, 8) as usize))
        .next()
        .expect("it is linked dynamically");
    let entries = (dynamic.0..dynamic.0 + dynamic.1).step_by(16);
    let flags = entries
        .filter(|&entry| number(entry, 8) == FLAGS_1)
        .map(|entry| number(entry + 8, 8))
        .next();
    assert!(flags.is_some_and(|flags| flags & NODELETE != 0), "{flags:?}");
    Ok(())
}

#[test]
fn its_vst3_bundle_says_what_it_holds() -> Result<(), HostError> {
    let path = clap()?.with_file_name("Earmark.vst3/Contents/Resources/moduleinfo.json");
    let text = std::fs::read_to_string(&path).map_err(|error| HostError::Load {
        path,
        reason: error.to_string(),
    })?;
    let info: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let class = &Module::built()?.classes()[0];
    assert_eq!(info["Name"], "Earmark");
    assert_eq!(info["Factory Info"]["Vendor"], class.vendor.as_str());
    let told = &info["Classes"][0];
    assert_eq!(told["CID"], class.id.map(|byte| format!("{byte:02X}")).concat());
    assert_eq!(told["Name"], class.name.as_str());
    assert_eq!(told["Version"], class.version.as_str());
    assert_eq!(told["Sub Categories"], serde_json::json!(class.subcategories));
    assert_eq!(info["Classes"].as_array().map(Vec::len), Some(1));
    Ok(())
}
