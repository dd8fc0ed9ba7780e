//! What lies inside the binary: cheap to name, whole, and able to answer.

use std::time::Duration;

use cpu_time::ThreadTime;
use earmark_models::Selection;
use earmark_models::device::DeviceChoice;
use earmark_models::resunet::Quality;
use earmark_models::{ModelError, bundled};
use num_complex::Complex32;
use sha2::{Digest, Sha256};

#[test]
fn naming_the_bundled_model_decodes_nothing() {
    // The processor's time, not the clock's: other tests run meanwhile.
    let start = ThreadTime::now();
    let spec = bundled::spec();
    let took = start.elapsed();
    assert!(took < Duration::from_millis(5), "{took:?}");
    let hash = Sha256::digest(include_bytes!("../weights/earmark-small.safetensors"));
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(spec.sha256, hash);
}

#[test]
fn the_bundled_networks_stay_within_20_mb_and_all_weights_within_42() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/weights");
    let sizes = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len());
    let total: u64 = sizes.sum();
    assert!(total <= 42_000_000, "{total} bytes");
    let networks = include_bytes!("../weights/earmark-small.safetensors").len();
    assert!(networks <= 20_000_000, "{networks} bytes");
}

#[test]
fn a_query_in_words_gives_masks_between_0_and_1() {
    let separator = Selection::bundled()
        .find(bundled::ID)
        .unwrap()
        .load(Quality::default(), DeviceChoice::default())
        .unwrap();
    let spec = separator.spec();
    assert_eq!(spec, bundled::spec());
    let condition = bundled::encoder().unwrap().encode("a dog barking").unwrap();
    let mut stream = separator.stream(&[condition]).unwrap();
    let len = spec.block * spec.stft.bins();
    let mut masks = vec![Complex32::default(); len];
    for push in 0..20 {
        let magnitudes: Vec<f32> = (0..len)
            .map(|bin| ((bin * 37 + push * 11) % 97) as f32 / 97.0)
            .collect();
        stream.push(&magnitudes, &mut masks).unwrap();
    }
    assert!(
        masks
            .iter()
            .all(|mask| mask.im == 0.0 && mask.re > 0.0 && mask.re < 1.0)
    );
}

#[test]
fn an_unknown_model_is_answered_with_the_known_ones() {
    let Err(error) = Selection::bundled().find("earmark-huge") else {
        panic!("loaded")
    };
    assert!(matches!(error, ModelError::UnknownModel { .. }));
    assert!(
        error.to_string().contains("earmark-huge") && error.to_string().contains(bundled::ID),
        "{error}"
    );
    for model in Selection::bundled().models() {
        assert_eq!(model.spec(Quality::default()).unwrap().id, model.id);
    }
}
