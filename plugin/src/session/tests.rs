//! Which model is heard when, and what is kept of a wish that cannot be fulfilled.

use earmark_engine::{Relay, Waiting};
use earmark_models::{bundled, catalogue};

use super::*;

fn project(model: &str) -> StoredQueries {
    StoredQueries {
        model: ModelRef {
            id: model.into(),
            ..ModelRef::default()
        },
        ..StoredQueries::default()
    }
}

/// What a host's activation does.
fn activate(session: &Session) -> Relay {
    let config = EngineConfig::new(48_000.0, 1, 512);
    let (spec, _) = session.prepare();
    let (engine, handle) = Engine::new(config.clone(), &spec).unwrap();
    let (mut engine, relay) = Relay::new(engine, &config);
    session.attach(handle, relay, &config);
    engine.set_waiting(Waiting::Offline);
    engine
}

#[test]
fn a_query_that_is_too_long_is_used_as_far_as_it_goes_and_that_is_said() {
    let session = Session::new();
    let _engine = activate(&session);
    // Every mark is a token of its own.
    session.edit(0, &"?".repeat(earmark_gui::QUERY_LIMIT));
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    let shown = session.snapshot();
    assert_eq!(shown.failure, None);
    assert!(
        shown
            .notice
            .is_some_and(|notice| notice.contains("longer than the model can read"))
    );
    session.dismiss_notice();
    session.edit(0, "a dog barking");
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    assert_eq!(session.snapshot().notice, None);
}

#[test]
fn a_project_chooses_the_model_before_the_audio_starts() {
    let session = Session::new();
    assert_eq!(session.prepare(), (bundled::spec().clone(), false));
    session.restore(&project(catalogue::RANDOM));
    assert_eq!(session.prepare().0.id, catalogue::RANDOM);
    assert_eq!(session.stored().model.id, catalogue::RANDOM);
}

#[test]
fn the_bundled_model_stands_in_for_one_that_is_missing_and_the_wish_is_kept() {
    let session = Session::new();
    let mut wish = project("no such model");
    wish.quality = Quality::Best;
    wish.put(2, "rain");
    session.restore(&wish);
    assert_eq!(session.prepare().0, *bundled::spec());
    let notice = session.snapshot().notice.unwrap();
    assert!(
        notice.contains("no such model") && notice.contains("bundled"),
        "{notice}"
    );
    let stored = session.stored();
    assert_eq!(
        (stored.model.id.as_str(), stored.quality),
        ("no such model", Quality::Best)
    );
    assert!(session.has_query(2));
}

#[test]
fn a_model_that_needs_more_latency_waits_for_the_host_and_is_not_forgotten() {
    let session = Session::new();
    let _engine = activate(&session);
    session.edit(0, "rain");
    session.choose(catalogue::RANDOM, Quality::Best).unwrap();
    let shown = session.snapshot();
    assert_eq!(shown.model.id, bundled::ID, "what runs goes on");
    assert_eq!(shown.coming.as_deref(), Some(catalogue::RANDOM));
    assert_eq!(shown.quality, Some(Quality::Best));
    let notice = shown.notice.unwrap();
    assert!(
        notice.contains(catalogue::RANDOM) && notice.contains("restart"),
        "{notice}"
    );
    assert!(
        session.take_restart() && !session.take_restart(),
        "the host is asked, once"
    );
    session.edit(1, "wind");
    let stored = session.stored();
    assert_eq!(
        (stored.model.id.as_str(), stored.quality),
        (catalogue::RANDOM, Quality::Best)
    );
    assert_eq!(stored.slots[0].text, "rain");
    assert_eq!(stored.slots[1].text, "wind", "an edit belongs to what comes, too");
    assert_eq!(session.prepare().0.id, catalogue::RANDOM);
    assert!(session.has_query(0) && session.has_query(1));
}

#[test]
fn a_model_that_fits_takes_over_while_the_sound_goes_on() {
    let session = Session::new();
    session.restore(&project(catalogue::RANDOM));
    let mut engine = activate(&session);
    let latency = engine.latency();
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    session.edit(0, "rain");
    session.choose(bundled::ID, Quality::Balanced).unwrap();
    assert_eq!(session.snapshot().model.id, catalogue::RANDOM);
    assert_eq!(session.stored().model.id, bundled::ID);
    let begin = Instant::now();
    while session.snapshot().model.id != bundled::ID {
        engine.process(&mut [&mut [0.1; 512]], &[]);
        assert_eq!(engine.latency(), latency);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
    let shown = session.snapshot();
    assert_eq!((shown.failure, shown.coming), (None, None));
    assert!(session.has_query(0) && session.is_ready());
    assert!(session.take_restart(), "less latency would do");
    let (spec, fits) = session.prepare();
    assert_eq!((&spec, fits), (bundled::spec(), false));
}

#[test]
fn what_is_chosen_while_another_model_takes_over_is_heard_after_it() {
    let session = Session::new();
    let mut wish = project(catalogue::RANDOM);
    wish.quality = Quality::Best;
    session.restore(&wish);
    let mut engine = activate(&session);
    session.choose(catalogue::RANDOM, Quality::Fast).unwrap();
    let begin = Instant::now();
    while session.inner.lock().coming.as_ref().unwrap().offered.is_none() {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    session.choose(bundled::ID, Quality::Balanced).unwrap();
    assert_eq!(session.stored().model.id, bundled::ID);
    let mut heard = vec![];
    while heard.last().is_none_or(|(id, _)| id != bundled::ID) {
        engine.process(&mut [&mut [0.1; 512]], &[]);
        let shown = session.snapshot();
        let now = (shown.model.id, session.inner.lock().line.choice.quality());
        if heard.last() != Some(&now) {
            heard.push(now);
        }
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
    let qualities: Vec<Quality> = heard.iter().map(|(_, quality)| *quality).collect();
    assert_eq!(qualities[..2], [Quality::Best, Quality::Fast]);
    assert_eq!(heard.len(), 3);
}
