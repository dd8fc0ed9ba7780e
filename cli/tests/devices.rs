//! `earmark devices`.

mod common;

use std::path::Path;

use common::prints;
use earmark_models::device::DeviceChoice;
use serde_json::Value;

#[test]
fn every_device_is_listed_with_what_speaks_against_it() {
    let table = prints(Path::new("."), &["devices"]);
    for choice in DeviceChoice::ALL {
        let line = table
            .lines()
            .find(|line| line.split_whitespace().next() == Some(choice.name()));
        let line = line.unwrap_or_else(|| panic!("{choice} is not in:\n{table}"));
        if !choice.is_accelerator() {
            assert!(line.ends_with("can be used"), "{line}");
        }
    }
    let report: Value = serde_json::from_str(&prints(Path::new("."), &["devices", "--json"])).unwrap();
    let devices = report["devices"].as_array().unwrap();
    assert_eq!(devices.len(), DeviceChoice::ALL.len());
    if cfg!(not(feature = "gpu")) {
        let card = devices.iter().find(|device| device["name"] == "gpu").unwrap();
        let refused = card["refused"].as_str().unwrap();
        assert!(refused.contains("the feature gpu"), "{refused}");
    }
}

#[test]
#[cfg(feature = "gpu")]
fn a_card_is_taken_by_a_part_of_its_name_and_software_only_then() {
    let report: Value = serde_json::from_str(&prints(Path::new("."), &["devices", "--json"])).unwrap();
    let cards = report["cards"].as_array().unwrap();
    let Some(software) = cards.iter().find(|card| card["is_software"] == true) else {
        panic!("No software Vulkan was found, only {cards:?}; install the package mesa-vulkan-drivers.");
    };
    let name = software["name"].as_str().unwrap();
    let part = name.split_whitespace().next().unwrap_or(name);
    let bench = |device: &str| {
        let arguments = [
            "bench",
            "--device",
            device,
            "--seconds",
            "1",
            "--repeats",
            "1",
            "--json",
        ];
        serde_json::from_str::<Value>(&prints(Path::new("."), &arguments)).unwrap()
    };
    // The bundled model has no use for a card.
    for named in [name, &part.to_uppercase()] {
        assert_eq!(bench(named)["device"], "the processor", "{named}");
    }
    let mut devices = report["devices"].as_array().unwrap().iter();
    let gpu = devices.find(|device| device["name"] == "gpu").unwrap();
    if cards.iter().all(|card| card["is_software"] == true) {
        let refused = gpu["refused"].as_str().unwrap();
        assert!(refused.contains("no graphics card with Vulkan"), "{refused}");
    }
}
