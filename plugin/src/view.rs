//! From parameters and session to what the editor shows.

use earmark_controls::{OwnMix, SLOTS};
use earmark_engine::Heard;
use earmark_gui::{
    CardView, ComputingView, LatencyView, ModelView, OffersView, PresetView, SlotView, SoundView, Status,
    View,
};
use earmark_kernels::Threads;
use earmark_models::Model;

use crate::params::EarmarkParams;
use crate::session::{Computing, Snapshot};
use crate::state::{NamedSound, StoredSlot};

/// The present view.
pub(crate) fn view(params: &EarmarkParams, snapshot: Snapshot) -> View {
    let active = params.active_slot().map(usize::from);
    let also = params.also_slot().map(usize::from);
    let bypassed = params.bypass.value();
    let status = status(params.heard(), bypassed, &snapshot);
    let usual = View::default();
    View {
        slots: slots(&snapshot.slots),
        active,
        also: also.filter(|_| also != active),
        mode: params.mode.value().into(),
        numbers: params.numbers(),
        target_muted: params.mute_target.value(),
        rest_muted: params.mute_rest.value(),
        stereo: snapshot.stereo,
        timing: snapshot.timing,
        bypassed,
        status,
        late_blocks: snapshot.late_blocks,
        meters: snapshot.meters.unwrap_or_default(),
        mono: snapshot.mono,
        loudness: snapshot.loudness,
        top_hz: snapshot.top_hz,
        columns: snapshot.columns,
        column_seconds: snapshot.column_seconds.unwrap_or(usual.column_seconds),
        audition: snapshot.audition,
        history_seconds: snapshot.history_seconds,
        held: snapshot.held,
        listening: snapshot.listening,
        presets: snapshot
            .presets
            .into_iter()
            .map(|(name, factory)| PresetView { name, factory })
            .collect(),
        preset: snapshot.preset,
        compare: snapshot.compare,
        latency: snapshot.latency.map(|(samples, rate)| LatencyView {
            samples,
            milliseconds: 1000.0 * samples as f64 / rate,
        }),
        models: snapshot.models.iter().map(model).collect(),
        model: model(&snapshot.model),
        coming: snapshot.coming,
        quality: snapshot.quality,
        quality_latency: snapshot.quality_latency,
        trim: snapshot.trim,
        computing: computing(snapshot.computing, !snapshot.model.has_qualities()),
        threads: snapshot.threads,
        usual_threads: Threads::usual(),
        // The page of models has a life of its own: see `App::ui`.
        offers: OffersView::default(),
        doubt: params
            .heard()
            .slots()
            .find_map(|slot| snapshot.doubts[usize::from(slot)].clone()),
        near: params.heard().slots().map(usize::from).find_map(|slot| {
            let near = &snapshot.near[slot];
            let others = near.iter().filter(|name| **name != snapshot.slots[slot].text);
            (!near.is_empty()).then(|| (slot, others.cloned().collect()))
        }),
        look: snapshot.look,
        notice: snapshot.notice,
        more: params.more.load(),
        version: env!("CARGO_PKG_VERSION").into(),
        ..usual
    }
}

fn slots(stored: &[StoredSlot; SLOTS]) -> [SlotView; SLOTS] {
    std::array::from_fn(|i| slot(i, &stored[i]))
}

/// A slot as the editor shows it. One that nobody has touched has the colour of its place.
fn slot(place: usize, stored: &StoredSlot) -> SlotView {
    if is_untouched(stored) {
        return SlotView::empty(place);
    }
    SlotView {
        text: stored.text.clone(),
        negative: stored.negative.clone(),
        sounds: stored.sounds.iter().filter_map(sound).collect(),
        name: stored.name.clone(),
        colour: stored.colour,
        own: stored.own,
    }
}

/// A sound without words, as the editor keeps it: as a project would.
fn sound(named: &NamedSound) -> Option<SoundView> {
    Some(SoundView {
        title: named.title(),
        wanted: named.wanted,
        outline: named.outline().to_vec(),
        picture: named.is_picture(),
        content: serde_json::to_string(named).ok()?,
    })
}

/// Whether a slot is as it comes with a new project.
pub(crate) fn is_untouched(stored: &StoredSlot) -> bool {
    *stored == StoredSlot::default()
}

/// A slot of the editor's as it is stored.
pub(crate) fn stored(slot: SlotView) -> StoredSlot {
    StoredSlot {
        text: slot.text,
        negative: slot.negative,
        sounds: slot
            .sounds
            .iter()
            .filter_map(|sound| {
                let kept = NamedSound::of(serde_json::from_str(&sound.content).ok()?);
                let named = if kept.title() == sound.title {
                    kept
                } else {
                    kept.renamed(&sound.title)
                };
                Some(NamedSound {
                    wanted: sound.wanted,
                    ..named
                })
            })
            .collect(),
        name: slot.name,
        colour: slot.colour,
        own: slot.own.map(OwnMix::clamped),
        ..StoredSlot::default()
    }
}

/// Where models are computed, as the editor names it.
fn computing(computing: Computing, processor_only: bool) -> ComputingView {
    let card = |(device, refused)| CardView { device, refused };
    ComputingView {
        chosen: computing.chosen,
        cards: computing.accelerators.into_iter().map(card).collect(),
        now: computing.now,
        fault: computing.fault,
        changing: computing.changing,
        waits: computing.waits,
        processor_only,
    }
}

fn model(model: &Model) -> ModelView {
    ModelView {
        name: model.id.clone(),
        title: model.title.clone(),
        licence: model.licence.replace(" OR ", " or "),
    }
}

/// What matters most comes first: what the person switched off, what is wrong, what is still to come.
fn status(heard: Heard, bypassed: bool, snapshot: &Snapshot) -> Status {
    if bypassed {
        return Status::Bypassed;
    }
    if let Some(sentence) = &snapshot.failure {
        return Status::Failed(sentence.clone());
    }
    let slots = || heard.slots().map(usize::from);
    if slots().next().is_none() {
        Status::Off
    } else if snapshot.listening && !snapshot.loading {
        Status::Reading
    } else if slots().all(|slot| snapshot.slots[slot].is_empty()) {
        Status::Empty
    } else if snapshot.loading {
        Status::Loading
    } else if slots().any(|slot| snapshot.pending[slot]) {
        Status::Reading
    } else if snapshot.resting {
        Status::TooSlow
    } else {
        Status::Hearing
    }
}

#[cfg(test)]
mod tests {
    use earmark_controls::Mode;

    use super::*;
    use crate::session::Session;

    #[test]
    fn a_new_instance_asks_for_a_sound() {
        let session = Session::new();
        let params = EarmarkParams::new(&session);
        let view = view(&params, session.snapshot());
        assert_eq!(view.status, Status::Empty);
        assert_eq!(view.active, Some(0));
        assert_eq!(view.mode, Mode::Isolate);
        assert_eq!(
            view.latency, None,
            "unknown before the host has activated the plug-in"
        );
        assert_eq!(view.model.name, "earmark-small");
    }

    #[test]
    fn slots_go_to_the_editor_and_come_back() {
        let session = Session::new();
        let params = EarmarkParams::new(&session);
        let shown = SlotView {
            text: "typing".into(),
            negative: "speech".into(),
            sounds: vec![SoundView {
                title: "a picture".into(),
                wanted: false,
                outline: vec![],
                picture: false,
                content: r#"{"image":"face","name":"a picture","unwanted":true}"#.into(),
            }],
            name: "keys".into(),
            colour: 5,
            own: Some(OwnMix {
                mode: Mode::Remove,
                target_db: -3.0,
                rest_db: 1.5,
                attenuation_limit_db: 20.0,
            }),
        };
        session.put_slot(6, stored(shown.clone()));
        let view = view(&params, session.snapshot());
        assert_eq!(view.slots[6], shown);
        assert_eq!(
            view.slots[3],
            SlotView::empty(3),
            "an untouched slot has the colour of its place"
        );
        assert!(view.presets.iter().any(|preset| preset.factory));
    }

    #[test]
    fn the_most_important_word_is_said() {
        let session = Session::new();
        session.edit(3, "rain");
        let mut snapshot = session.snapshot();
        assert_eq!(status(Some(3).into(), true, &snapshot), Status::Bypassed);
        assert_eq!(status(Heard::OFF, false, &snapshot), Status::Off);
        assert_eq!(status(Some(0).into(), false, &snapshot), Status::Empty);
        assert_eq!(status(Some(3).into(), false, &snapshot), Status::Loading);
        snapshot.loading = false;
        snapshot.pending[3] = true;
        assert_eq!(status(Some(3).into(), false, &snapshot), Status::Reading);
        snapshot.pending[3] = false;
        assert_eq!(status(Some(3).into(), false, &snapshot), Status::Hearing);
        let (slot, also) = (Some(0), Some(3));
        let with_empty = Heard { slot, also };
        assert_eq!(
            status(with_empty, false, &snapshot),
            Status::Hearing,
            "the other slot alone is heard"
        );
        let (slot, also) = (None, Some(3));
        assert_eq!(status(Heard { slot, also }, false, &snapshot), Status::Off);
        snapshot.pending[3] = true;
        assert_eq!(status(with_empty, false, &snapshot), Status::Reading);
        snapshot.pending[3] = false;
        snapshot.resting = true;
        assert_eq!(status(Some(3).into(), false, &snapshot), Status::TooSlow);
        snapshot.failure = Some("broken".into());
        assert_eq!(
            status(Heard::OFF, false, &snapshot),
            Status::Failed("broken".into())
        );
    }
}
