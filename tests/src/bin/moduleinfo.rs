//! What a VST3 library says of itself, for its bundle: hosts that find it there need not load the library to list it.
//!
//! `moduleinfo LIBRARY` writes the standard's `moduleinfo.json` to standard output.

use std::path::Path;
use std::process::ExitCode;

use earmark_tests::HostError;
use earmark_tests::vst3::{ClassInfo, Module};
use serde_json::{Value, json};

/// `PFactoryInfo::FactoryFlags`.
const DISCARDABLE: i32 = 1 << 0;
const NON_DISCARDABLE: i32 = 1 << 3;
const UNICODE: i32 = 1 << 4;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("Give the VST3 library that is to be described.");
        return ExitCode::from(2);
    };
    match describe(Path::new(&path)) {
        Ok(info) => {
            println!("{info:#}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn describe(library: &Path) -> Result<Value, HostError> {
    let module = Module::load(library)?;
    let (info, classes) = (module.info(), module.classes());
    let name = classes.first().map_or("", |class| &class.name);
    let version = classes.first().map_or("", |class| &class.version);
    Ok(json!({
        "Name": name,
        "Version": version,
        "Factory Info": {
            "Vendor": info.vendor,
            "URL": info.url,
            "E-Mail": info.email,
            "Flags": {
                "Unicode": info.flags & UNICODE != 0,
                "Classes Discardable": info.flags & DISCARDABLE != 0,
                "Component Non Discardable": info.flags & NON_DISCARDABLE != 0,
            },
        },
        "Compatibility": [],
        "Classes": classes.iter().map(class).collect::<Vec<Value>>(),
    }))
}

fn class(class: &ClassInfo) -> Value {
    json!({
        "CID": class.id.map(|byte| format!("{byte:02X}")).concat(),
        "Category": class.category,
        "Name": class.name,
        "Vendor": class.vendor,
        "Version": class.version,
        "SDKVersion": class.sdk,
        "Sub Categories": class.subcategories,
        "Class Flags": class.flags,
        "Cardinality": class.cardinality,
        "Snapshots": [],
    })
}
