//! `earmark models list`.

mod common;

use std::path::Path;

use common::prints;
use serde_json::Value;

#[test]
fn the_bundled_model_is_listed_and_can_be_asked_for_by_its_name() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed: Value =
        serde_json::from_str(&prints(here, &["models", "list", "--json"])).expect("a JSON array");
    let first = &listed[0];
    let name = first["name"].as_str().expect("a name");
    assert_eq!(first["available"], true);
    assert_eq!(first["encoder"], "minilm");
    assert!(
        first["latency_seconds"]
            .as_f64()
            .is_some_and(|seconds| seconds > 0.0 && seconds <= 0.5)
    );
    assert!(prints(here, &["models", "list"]).contains(name));

    let folder = tempfile::tempdir().expect("a folder for the test");
    common::write_wav(
        &folder.path().join("in.wav"),
        48_000,
        &common::scene(1, 9_600, 48_000),
    );
    prints(
        folder.path(),
        &["separate", "in.wav", "a dog", "-o", "named.wav", "--model", name],
    );
    prints(
        folder.path(),
        &["separate", "in.wav", "a dog", "-o", "default.wav"],
    );
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("the output");
    assert_eq!(read("named.wav"), read("default.wav"));
}
