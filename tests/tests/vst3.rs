//! The VST3 with a query loaded: what it sounds like does not depend on who else renders, or on what it did before.

use std::ops::Range;

use earmark_tests::render::{Blocks, play};
use earmark_tests::state::encoded;
use earmark_tests::vst3::{Instance, Mode, Module};
use earmark_tests::{Audio, HostError, Scene, Setup, StateDocument};

const RATE: f64 = 48_000.0;
const FRAMES: usize = 96_000;
const BLOCK: usize = 512;

fn scene() -> Result<Audio, HostError> {
    Ok(Scene::new(RATE, 2)?.mixture.slice(0..FRAMES))
}

/// A state with the example's query, as a VST3 host stores it.
fn state() -> Result<Vec<u8>, HostError> {
    let mut plugin = Setup::default().inactive()?;
    Ok(StateDocument::parse(&plugin.save()?)?.to_json())
}

/// What the CLAP makes of it in an export.
fn export() -> Result<Audio, HostError> {
    play(&mut Setup::default().ready()?, &scene()?, Blocks::Of(BLOCK), &[])
}

fn block(
    instance: &Instance,
    input: &Audio,
    range: Range<usize>,
    heard: &mut Audio,
) -> Result<(), HostError> {
    let mut block = input.slice(range).channels;
    instance.process(&mut block)?;
    for (heard, block) in heard.channels.iter_mut().zip(&block) {
        heard.extend_from_slice(block);
    }
    Ok(())
}

/// What so many instances make of the scene that one thread renders in turn, as a DAW bounces its tracks.
fn render(instances: usize) -> Result<Vec<Audio>, HostError> {
    let (module, state, input) = (Module::built()?, state()?, scene()?);
    let made = (0..instances).map(|_| {
        let mut instance = module.instance()?;
        instance.load(&state)?;
        assert_eq!(instance.activate(RATE, BLOCK, Mode::Offline)?, 21_840);
        Ok(instance)
    });
    let made: Vec<Instance> = made.collect::<Result<_, HostError>>()?;
    let mut heard = vec![Audio::silence(RATE, 2, 0); instances];
    for range in Blocks::Of(BLOCK).ranges(FRAMES) {
        for (instance, heard) in made.iter().zip(&mut heard) {
            block(instance, &input, range.clone(), heard)?;
        }
    }
    Ok(heard)
}

#[test]
fn an_announced_render_has_no_holes_however_many_instances_it_has() -> Result<(), HostError> {
    let expected = export()?;
    assert!(expected.peak() > 0.01);
    for instances in [1, 2, 4] {
        for (number, heard) in render(instances)?.iter().enumerate() {
            assert!(
                *heard == expected,
                "instance {number} of {instances} sounds different"
            );
        }
    }
    Ok(())
}

#[test]
fn an_instance_renders_offline_between_two_live_stretches() -> Result<(), HostError> {
    let (module, input, expected) = (Module::built()?, scene()?, export()?);
    let mut instance = module.instance()?;
    instance.load(&state()?)?;
    for mode in [Mode::Live, Mode::Offline, Mode::Live, Mode::Offline] {
        instance.activate(RATE, BLOCK, mode)?;
        let mut heard = Audio::silence(RATE, 2, 0);
        // As fast as it goes, also live: what is late there is not the question.
        for range in Blocks::Of(BLOCK).ranges(FRAMES) {
            block(&instance, &input, range, &mut heard)?;
        }
        assert!(heard.channels.iter().flatten().all(|x| x.is_finite()));
        assert!(
            mode == Mode::Live || heard == expected,
            "the export sounds different"
        );
        instance.deactivate();
    }
    Ok(())
}

#[test]
fn a_rate_beyond_all_others_passes_the_sound_through() -> Result<(), HostError> {
    let mut instance = Module::built()?.instance()?;
    instance.load(&state()?)?;
    assert_eq!(instance.activate(1_234_567.8, BLOCK, Mode::Live)?, 0);
    let input = Audio::noise(RATE, 2, BLOCK, 0.5);
    let mut heard = input.channels.clone();
    instance.process(&mut heard)?;
    assert_eq!(heard, input.channels);
    instance.deactivate();
    assert_eq!(instance.activate(RATE, BLOCK, Mode::Live)?, 21_840);
    Ok(())
}

#[test]
fn a_state_comes_back_as_it_was_saved() -> Result<(), HostError> {
    let module = Module::built()?;
    let (one, other) = (module.instance()?, module.instance()?);
    one.load(&state()?)?;
    let saved = encoded(|| one.save())?;
    other.load(&saved)?;
    assert_eq!(other.save()?, saved);
    for damaged in [&saved[..saved.len() / 2], b"{", b"", b"[[[[", &[0xff; 64]] {
        assert!(other.load(damaged).is_err());
    }
    assert_eq!(other.save()?, saved, "a damaged state changes nothing");
    Ok(())
}
