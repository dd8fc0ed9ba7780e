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
fn a_card_that_is_named_is_opened_and_software_only_then() {
    let report: Value = serde_json::from_str(&prints(Path::new("."), &["devices", "--json"])).unwrap();
    let cards: Vec<&str> = report["cards"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let Some(software) = cards.iter().find(|card| card.contains("software")) else {
        panic!("No software Vulkan was found, only {cards:?}; install the package mesa-vulkan-drivers.");
    };
    let (name, _) = software.split_once(" (Vulkan").unwrap();
    let line = |name: &str| {
        let output = common::command(Path::new("."), &["devices"])
            .env("EARMARK_CARD", name)
            .output()
            .unwrap();
        let table = String::from_utf8(output.stdout).unwrap();
        table
            .lines()
            .find(|line| line.starts_with("gpu "))
            .unwrap()
            .to_owned()
    };
    assert!(line(name).ends_with("can be used"), "{}", line(name));
    assert!(
        line("abacus").contains("there is no graphics card \"abacus\""),
        "{}",
        line("abacus")
    );
    if cards.iter().all(|card| card.contains("software")) {
        assert!(line("").contains("no graphics card with Vulkan"), "{}", line(""));
    }
}
