//! Which model is heard when, and what is kept of a wish that cannot be fulfilled.

use std::time::Instant;

use earmark_controls::{ChannelMode, OwnMix};
use earmark_engine::{Engine, EngineConfig, Heard, Relay, WaitPolicy};
use earmark_models::bundled;
use earmark_models::model::RANDOM;
use earmark_models::resunet::Quality;

use super::next::Next;
use super::*;
use crate::state::{ModelRef, StoredQueries};

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
    let activation = session.activate();
    let (engine, handle) = Engine::new(config.clone(), activation.spec()).unwrap();
    let (mut engine, relay) = Relay::new(engine, &config);
    activation.attach(handle, relay, &config);
    engine.set_wait_policy(WaitPolicy::Offline);
    engine
}

/// Whether every text of every slot is encoded before long.
pub(super) fn all_encoded(session: &Session) -> bool {
    let until = Instant::now() + Duration::from_secs(60);
    while session.snapshot().pending.contains(&true) {
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

#[test]
fn a_list_of_projects_that_is_walked_through_is_not_waited_for() {
    let project = |n: usize| {
        let mut project = StoredQueries::default();
        (0..8).for_each(|slot| project.put(slot, &format!("project {n} sound {slot}")));
        project
    };
    let session = Session::new();
    let jobs = |n: usize| {
        session.restore(&project(n));
        session.inner.lock().line.jobs()
    };
    let earlier: Vec<_> = (0..49).flat_map(jobs).collect();
    let last = jobs(49);
    // The service passes over what is not wanted any more: see its own tests.
    assert!(earlier.iter().all(|job| !job.is_wanted()));
    assert!(all_encoded(&session));
    assert!(!last.iter().any(|job| job.is_wanted()));
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
fn a_query_that_the_model_does_not_understand_is_said_as_long_as_it_stands_there() {
    let session = Session::new();
    let _engine = activate(&session);
    for (text, understood) in [
        ("лай собаки", false),
        ("a dog barking", true),
        ("rain + 雨", false),
    ] {
        session.edit(2, text);
        assert!(session.wait_until_ready(Duration::from_secs(60)));
        let doubt = session.snapshot().doubts[2].clone();
        assert_eq!(doubt.is_none(), understood, "{text}: {doubt:?}");
        let named = doubt.is_none_or(|doubt| doubt.contains(text.rsplit(" + ").next().unwrap()));
        assert!(named, "{text}");
    }
}

#[test]
fn which_one_of_several_is_refused_in_words_and_each_is_heard() {
    let session = Session::new();
    let _engine = activate(&session);
    session.edit(1, "the second dog bark");
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    let notice = session.snapshot().notice.expect("it is said");
    assert!(
        notice.contains("Query 2 asks for the second one") && notice.contains("earmark separate"),
        "{notice}"
    );
    assert!(all_encoded(&session));
    session.edit(1, "dog bark");
    session.dismiss_notice();
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    assert_eq!(session.snapshot().notice, None);
}

#[test]
fn a_project_chooses_the_model_before_the_audio_starts() {
    let session = Session::new();
    let activation = session.activate();
    assert_eq!((activation.spec(), activation.fits()), (bundled::spec(), false));
    drop(activation);
    session.restore(&project(RANDOM));
    assert_eq!(session.activate().spec().id, RANDOM);
    assert_eq!(session.stored().model.id, RANDOM);
}

#[test]
fn the_bundled_model_stands_in_for_one_that_is_missing_and_the_wish_is_kept() {
    let session = Session::new();
    let mut wish = project("no such model");
    wish.quality = Quality::Best;
    wish.put(2, "rain");
    session.restore(&wish);
    assert_eq!(session.activate().spec(), bundled::spec());
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
    session.choose(RANDOM, Quality::Best).unwrap();
    let shown = session.snapshot();
    assert_eq!(shown.model.id, bundled::ID, "what runs goes on");
    assert_eq!(shown.coming.as_deref(), Some(RANDOM));
    assert_eq!(shown.quality, Some(Quality::Best));
    let notice = shown.notice.unwrap();
    assert!(notice.contains(RANDOM) && notice.contains("restart"), "{notice}");
    assert!(
        session.take_restart() && !session.take_restart(),
        "the host is asked, once"
    );
    session.edit(1, "wind");
    let stored = session.stored();
    assert_eq!(
        (stored.model.id.as_str(), stored.quality),
        (RANDOM, Quality::Best)
    );
    assert_eq!(stored.slots[0].text, "rain");
    assert_eq!(stored.slots[1].text, "wind", "an edit belongs to what comes, too");
    assert_eq!(session.activate().spec().id, RANDOM);
    assert!(session.has_query(0) && session.has_query(1));
}

#[test]
fn a_model_that_fits_takes_over_while_the_sound_goes_on() {
    let session = Session::new();
    session.restore(&project(RANDOM));
    let mut engine = activate(&session);
    let latency = engine.latency();
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    session.edit(0, "rain");
    session.choose(bundled::ID, Quality::Balanced).unwrap();
    assert_eq!(session.snapshot().model.id, RANDOM);
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
    let activation = session.activate();
    assert_eq!((activation.spec(), activation.fits()), (bundled::spec(), false));
}

#[test]
fn what_is_chosen_while_another_model_takes_over_is_heard_after_it() {
    let session = Session::new();
    let mut wish = project(RANDOM);
    wish.quality = Quality::Best;
    session.restore(&wish);
    let mut engine = activate(&session);
    session.choose(RANDOM, Quality::Fast).unwrap();
    let begin = Instant::now();
    while !is_offered(&session) {
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

#[test]
fn slots_are_named_moved_and_put_back() {
    let session = Session::new();
    for (slot, text) in ["a", "b", "c", "d"].iter().enumerate() {
        session.edit(slot, text);
    }
    session.rename(1, "  Second ");
    session.colour(1, 200);
    session.set_negative(1, "x");
    let own = OwnMix {
        target_db: 99.0,
        ..OwnMix::default()
    };
    session.set_own(1, Some(own));
    session.move_slot(1, 3);
    let texts = |session: &Session| {
        session.snapshot().slots[..4]
            .iter()
            .map(|slot| slot.text.as_str())
            .collect::<String>()
    };
    assert_eq!(texts(&session), "acdb");
    let moved = session.snapshot().slots[3].clone();
    assert_eq!(
        (moved.name.as_str(), moved.colour, moved.negative.as_str()),
        ("Second", 7, "x")
    );
    assert_eq!(moved.own.map(|own| own.target_db), Some(12.0));
    session.move_slot(3, 0);
    assert_eq!(texts(&session), "bacd");
    session.move_slot(0, 8);
    session.put_slot(8, moved.clone());
    assert_eq!(texts(&session), "bacd", "there is no ninth slot");
    session.put_slot(2, moved.clone());
    assert_eq!(session.snapshot().slots[2], moved);
    session.edit(2, "e");
    assert_eq!(
        session.snapshot().slots[2].name,
        "Second",
        "a new text leaves the rest of the slot alone"
    );
}

#[test]
fn a_query_that_names_too_many_sounds_is_cut_and_that_is_said() {
    let session = Session::new();
    session.edit(4, "a + b + c + d + e + f + g + h + i");
    let notice = session.snapshot().notice.unwrap();
    assert!(
        notice.contains("Query 5") && notice.contains("8 sounds"),
        "{notice}"
    );
}

#[test]
fn what_a_query_of_many_sounds_costs_is_said_once() {
    let session = Session::new();
    session.restore(&project(RANDOM));
    let _engine = activate(&session);
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    session.edit(2, "rain");
    assert_eq!(
        session.snapshot().notice,
        None,
        "one sound costs what the model costs"
    );
    session.edit(2, &["a", "b", "c", "d", "e", "f", "g", "h"].join(" + "));
    let notice = session.snapshot().notice.unwrap();
    let words = notice.split(' ').collect::<Vec<_>>();
    let unit = words.iter().position(|word| *word == "MiB").unwrap();
    let mib: usize = words[unit - 1].parse().unwrap();
    // `docs/performance.md`: 76 MiB for the first sound, and 67 for each of the others.
    assert!(
        (400..700).contains(&mib) && notice.contains("Query 3 names 8 sounds"),
        "{notice}"
    );
    session.dismiss_notice();
    session.edit(5, "wind");
    assert_eq!(session.snapshot().notice, None);
    session.choose(bundled::ID, Quality::Balanced).unwrap();
}

#[test]
fn two_queries_that_name_too_many_sounds_together_are_told_once() {
    let session = Session::new();
    session.edit(1, "a + b + c + d + e");
    session.edit(4, "e + f + g + h, not i");
    let pair = |slot, also| Heard {
        slot: Some(slot),
        also: Some(also),
    };
    let told = |heard| {
        session.watch_limit(heard);
        let notice = session.snapshot().notice;
        session.dismiss_notice();
        notice
    };
    for heard in [Some(1).into(), pair(4, 4), pair(1, 2), Heard::OFF] {
        assert_eq!(told(heard), None, "{heard:?}");
    }
    let notice = told(pair(4, 1)).unwrap();
    assert!(
        notice.contains("Queries 5 and 2") && notice.contains("8 sounds") && notice.contains("of query 2"),
        "{notice}"
    );
    assert_eq!(told(pair(4, 1)), None, "it has been said");
    session.edit(4, "e + f + g + h");
    assert_eq!(told(pair(4, 1)), None, "eight have room");
    session.edit(4, "e + f + g + h + i");
    assert!(told(pair(4, 1)).is_some());
    assert!(told(pair(1, 4)).is_some_and(|notice| notice.contains("of query 5")));
}

#[test]
fn each_channel_by_itself_takes_over_while_the_sound_goes_on() {
    let session = Session::new();
    let mut engine = activate(&session);
    session.edit(0, "rain");
    assert!(session.wait_until_ready(Duration::from_secs(60)));
    session.set_channel_mode(ChannelMode::Each);
    session.set_automation(Automation::AtOutput);
    let begin = Instant::now();
    while engine.taken_over() == 0 {
        engine.process(&mut [&mut [0.1; 512]], &[]);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
    let stored = session.stored();
    assert_eq!(
        (stored.stereo, stored.timing),
        (ChannelMode::Each, Some(Automation::AtOutput))
    );
    let activation = session.activate();
    assert_eq!(activation.channel_mode(), ChannelMode::Each);
    assert!(activation.fits(), "nothing is left for the next activation");
    let other = Session::new();
    other.restore(&stored);
    assert_eq!(
        (other.stored().stereo, other.automation()),
        (ChannelMode::Each, Automation::AtOutput)
    );
}

/// What a host's activation does, with something done while the engine is being made.
fn activate_while(session: &Session, block: usize, meanwhile: impl FnOnce()) -> Relay {
    let config = EngineConfig::new(48_000.0, 1, block);
    let activation = session.activate();
    let (engine, handle) = Engine::new(config.clone(), activation.spec()).unwrap();
    let (mut engine, relay) = Relay::new(engine, &config);
    meanwhile();
    activation.attach(handle, relay, &config);
    engine.set_wait_policy(WaitPolicy::Offline);
    engine
}

/// Whether another model waits for the audio thread to take over.
fn is_offered(session: &Session) -> bool {
    matches!(session.inner.lock().next, Next::Offered { .. })
}

/// Plays until this model in this quality is heard. Nobody asks the session meanwhile: it takes note of it by itself.
fn play_until(session: &Session, engine: &mut Relay, model: &str, quality: Quality) {
    let begin = Instant::now();
    let heard = || {
        let inner = session.inner.lock();
        inner.line.choice.model().id == model && inner.line.choice.quality() == quality
    };
    while !heard() {
        engine.process(&mut [&mut [0.1; 256]], &[]);
        assert!(begin.elapsed() < Duration::from_secs(60), "the choice is stuck");
    }
}

/// A session that hears with the slow variant, so that every other choice fits into its latency.
fn slow() -> (Arc<Session>, Relay) {
    let session = Session::new();
    session.restore(&StoredQueries {
        quality: Quality::Best,
        ..project(RANDOM)
    });
    let engine = activate(&session);
    (session, engine)
}

#[test]
fn what_is_chosen_while_the_host_activates_anew_is_heard_after_it() {
    let (session, _before) = slow();
    let mut engine = activate_while(&session, 256, || {
        session.choose(RANDOM, Quality::Fast).unwrap();
        assert!(
            session.inner.lock().next.line().is_none(),
            "nothing is made for an engine that is about to go"
        );
        assert_eq!(session.stored().quality, Quality::Fast);
        session.edit(3, "rain");
    });
    assert!(session.has_query(3), "an edit is heard at once");
    play_until(&session, &mut engine, RANDOM, Quality::Fast);
    assert!(session.has_query(3), "and belongs to what comes, too");
    session.choose(bundled::ID, Quality::Balanced).unwrap();
    play_until(&session, &mut engine, bundled::ID, Quality::Balanced);
}

#[test]
fn what_is_chosen_while_the_host_activates_what_it_has_is_heard_after_it() {
    let (session, mut engine) = slow();
    let activation = session.activate();
    assert!(activation.fits());
    session.choose(RANDOM, Quality::Fast).unwrap();
    activation.keep();
    play_until(&session, &mut engine, RANDOM, Quality::Fast);
}

#[test]
fn what_was_offered_before_an_activation_is_what_the_next_engine_is_made_for() {
    let (session, _before) = slow();
    session.choose(RANDOM, Quality::Fast).unwrap();
    let begin = Instant::now();
    while !is_offered(&session) {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut engine = activate(&session);
    assert_eq!(session.inner.lock().line.choice.quality(), Quality::Fast);
    session.choose(bundled::ID, Quality::Balanced).unwrap();
    play_until(&session, &mut engine, bundled::ID, Quality::Balanced);
}

#[test]
fn without_an_engine_the_newest_choice_is_what_the_next_one_is_made_for() {
    let (session, _engine) = slow();
    let activation = session.activate();
    session.choose(bundled::ID, Quality::Balanced).unwrap();
    // The host's rate is none that an engine can be made for.
    drop(activation);
    assert!(session.inner.lock().engine.is_none());
    assert_eq!(session.activate().spec(), bundled::spec());
}

#[test]
fn another_quality_leaves_the_channels_as_they_were() {
    let session = Session::new();
    session.set_channel_mode(ChannelMode::Each);
    session.choose(RANDOM, Quality::Fast).unwrap();
    assert_eq!(session.stored().stereo, ChannelMode::Each);
    assert_eq!(session.activate().channel_mode(), ChannelMode::Each);
}

#[test]
fn what_is_chosen_while_the_first_engine_is_made_waits_for_the_next() {
    let session = Session::new();
    let _engine = activate_while(&session, 512, || {
        session.choose(RANDOM, Quality::Best).unwrap();
    });
    let shown = session.snapshot();
    assert_eq!((shown.failure, shown.model.id.as_str()), (None, bundled::ID));
    assert_eq!(shown.coming.as_deref(), Some(RANDOM));
    assert!(
        session.take_restart(),
        "it needs more latency than was made room for"
    );
    assert_eq!(session.activate().spec().id, RANDOM);
}
