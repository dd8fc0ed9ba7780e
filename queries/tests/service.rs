//! The background thread, with what is really bundled.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use earmark_models::device::DeviceChoice;
use earmark_models::model::{Model, RANDOM};
use earmark_models::resunet::Quality;
use earmark_models::selection::Selection;
use earmark_models::{ModelError, bundled};
use earmark_queries::{EncodeJob, QueryError, Service, Sound, Sounds};

const LONG: Duration = Duration::from_secs(60);

/// Jobs that are wanted as long as the sounds are there.
fn jobs(texts: &[&str]) -> (Sounds, Vec<EncodeJob>) {
    let mut sounds = Sounds::default();
    let texts: Vec<Sound> = texts.iter().map(|&text| text.into()).collect();
    let jobs = sounds.keep(&texts, |_| None);
    (sounds, jobs)
}

#[test]
fn separators_are_loaded_once_and_shared() {
    let (tell, told) = mpsc::channel();
    for _ in 0..2 {
        let tell = tell.clone();
        let (quality, device) = (Quality::default(), DeviceChoice::default());
        Service::shared().separator(&Model::bundled(), quality, device, move |loaded| {
            tell.send(loaded).unwrap()
        });
    }
    let one = told.recv_timeout(LONG).unwrap().unwrap();
    let other = told.recv_timeout(LONG).unwrap().unwrap();
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(one.spec(), bundled::spec());
}

#[test]
fn texts_are_encoded_and_errors_are_told() {
    let (tell, told) = mpsc::channel();
    let (_sounds, jobs) = jobs(&["a dog barking", "  "]);
    assert_eq!(jobs.len(), 2);
    for job in jobs {
        let tell = tell.clone();
        Service::shared().encode(&Model::bundled(), job, move |_, encoded| {
            tell.send(encoded).unwrap()
        });
    }
    let condition = told.recv_timeout(LONG).unwrap().unwrap();
    assert_eq!(condition.notice(), None, "nothing was left out");
    let condition = condition.condition;
    assert_eq!(condition.values.len(), bundled::spec().condition_size);
    assert!(matches!(
        told.recv_timeout(LONG).unwrap(),
        Err(QueryError::Model(ModelError::EmptyQuery))
    ));
}

#[test]
fn a_panicking_listener_does_not_end_the_service() {
    let (tell, told) = mpsc::channel();
    let random = Selection::bundled().find(RANDOM).unwrap();
    let (_sounds, mut jobs) = jobs(&["rain", "wind"]);
    let (second, first) = (jobs.pop().unwrap(), jobs.pop().unwrap());
    Service::shared().encode(&random, first, |_, _| panic!("this panic is part of the test"));
    Service::shared().encode(&random, second, move |_, encoded| {
        tell.send(encoded.err()).unwrap()
    });
    let error = told.recv_timeout(LONG).unwrap().unwrap();
    assert!(error.to_string().contains(RANDOM), "{error}");
}
