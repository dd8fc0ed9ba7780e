//! From parameters and session to what the editor shows.

use earmark_engine::{Heard, MixSettings};
use earmark_gui::{
    Audition, BANDS, CardView, Column, ComputingView, Device, LatencyView, Levels, Loudness, MixView, Mode,
    ModelView, OffersView, PresetView, Quality, Side, SlotView, SoundView, Status, Stereo, Timing, View,
};
use earmark_kernels::Threads;
use earmark_models::catalogue::Model;
use earmark_models::device::DeviceChoice;
use earmark_models::resunet;

use crate::params::{EarmarkParams, ModeParam};
use crate::session::{Computing, Snapshot};
use crate::state::{self, NamedSound, SLOTS, StoredMix, StoredMode, StoredSlot};

// The editor's columns are the engine's.
const _: () = assert!(BANDS == earmark_engine::BANDS && SLOTS == earmark_gui::SLOTS);

/// The present view.
pub(crate) fn view(params: &EarmarkParams, snapshot: Snapshot) -> View {
    let active = params.active_slot().map(usize::from);
    let also = params.also_slot().map(usize::from);
    let bypassed = params.bypass.value();
    let status = status(params.heard(), bypassed, &snapshot);
    let mode = match params.mode.value() {
        ModeParam::Isolate => Mode::Isolate,
        ModeParam::Remove => Mode::Remove,
        ModeParam::Custom => Mode::Custom,
    };
    let levels = snapshot.meters.as_ref().map_or_else(Levels::default, |meters| {
        // A mono bus leaves its second channel silent; it is shown twice as wide instead.
        let pair = |peaks: &[f32]| [peaks[0], if snapshot.mono { peaks[0] } else { peaks[1] }];
        Levels {
            input: pair(&meters.input),
            target: pair(&meters.target),
            output: pair(&meters.output),
        }
    });
    View {
        slots: slots(&snapshot.slots),
        active,
        also: also.filter(|_| also != active),
        mode,
        target_db: params.target.value(),
        rest_db: params.rest.value(),
        attenuation_limit_db: params.limit.value(),
        wet: params.wet.value(),
        sensitivity: params.shaping().sensitivity,
        floor_db: params.floor.value(),
        smoothing_ms: params.smoothing.value(),
        gate: params.gate.value(),
        target_muted: params.mute_target.value(),
        rest_muted: params.mute_rest.value(),
        stereo: match snapshot.stereo {
            state::Stereo::Linked => Stereo::Linked,
            state::Stereo::Each => Stereo::Each,
        },
        timing: match snapshot.timing {
            state::Timing::InTime => Timing::InTime,
            state::Timing::AtOutput => Timing::AtOutput,
        },
        bypassed,
        status,
        late_blocks: snapshot.late_blocks,
        levels,
        loudness: Loudness {
            input_lufs: snapshot.loudness.input,
            output_lufs: snapshot.loudness.output,
        },
        top_hz: snapshot.top_hz,
        presence: snapshot.meters.as_ref().map_or(0.0, |meters| meters.presence),
        columns: snapshot.columns.into_iter().map(column).collect(),
        audition: match snapshot.audition {
            earmark_engine::Audition::Off => Audition::Off,
            earmark_engine::Audition::Working(share) => Audition::Working(share),
            earmark_engine::Audition::Playing => Audition::Playing,
        },
        history_seconds: snapshot.history_seconds,
        presets: snapshot
            .presets
            .into_iter()
            .map(|(name, factory)| PresetView { name, factory })
            .collect(),
        preset: snapshot.preset,
        compare: if snapshot.compare == 'B' { Side::B } else { Side::A },
        latency: snapshot.latency.map(|(samples, rate)| LatencyView {
            samples,
            milliseconds: 1000.0 * samples as f64 / rate,
        }),
        models: snapshot.models.iter().map(model).collect(),
        model: model(&snapshot.model),
        coming: snapshot.coming,
        quality: snapshot.quality.map(quality),
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
        notice: snapshot.notice,
        version: env!("CARGO_PKG_VERSION").into(),
        ..View::default()
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
        own: stored.own.map(own),
    }
}

/// A sound without words, as the editor keeps it: as a project would.
fn sound(named: &NamedSound) -> Option<SoundView> {
    Some(SoundView {
        title: named.title(),
        wanted: named.wanted,
        content: serde_json::to_string(named).ok()?,
    })
}

/// Whether a slot is as it comes with a new project.
pub(crate) fn is_untouched(stored: &StoredSlot) -> bool {
    *stored == StoredSlot::default()
}

fn own(mix: StoredMix) -> MixView {
    MixView {
        mode: match mix.mode {
            StoredMode::Isolate => Mode::Isolate,
            StoredMode::Remove => Mode::Remove,
            StoredMode::Custom => Mode::Custom,
        },
        target_db: mix.target_db,
        rest_db: mix.rest_db,
        attenuation_limit_db: mix.attenuation_limit_db,
    }
}

/// A slot's own mix as the session takes it; wet stays the parameters'.
pub(crate) fn settings(mix: MixView) -> MixSettings {
    MixSettings {
        mode: match mix.mode {
            Mode::Isolate => earmark_engine::Mode::Isolate,
            Mode::Remove => earmark_engine::Mode::Remove,
            Mode::Custom => earmark_engine::Mode::Custom,
        },
        target_db: mix.target_db,
        rest_db: mix.rest_db,
        attenuation_limit_db: mix.attenuation_limit_db,
        ..MixSettings::default()
    }
}

/// A slot of the editor's as it is stored.
pub(crate) fn stored(slot: SlotView) -> StoredSlot {
    StoredSlot {
        text: slot.text,
        negative: slot.negative,
        sounds: slot
            .sounds
            .iter()
            .filter_map(|sound| serde_json::from_str(&sound.content).ok())
            .map(NamedSound::of)
            .collect(),
        name: slot.name,
        colour: slot.colour,
        own: slot.own.map(|mix| settings(mix).into()),
        ..StoredSlot::default()
    }
}

fn column(column: earmark_engine::Column) -> Column {
    Column {
        mixture: column.mixture,
        target: column.target,
        presence: column.presence,
    }
}

/// As the editor names it.
fn quality(quality: resunet::Quality) -> Quality {
    match quality {
        resunet::Quality::Fast => Quality::Fast,
        resunet::Quality::Balanced => Quality::Balanced,
        resunet::Quality::Best => Quality::Best,
    }
}

/// Where models are computed, as the editor names it.
fn computing(computing: Computing, processor_only: bool) -> ComputingView {
    let card = |(choice, refused)| CardView {
        device: device(choice),
        refused,
    };
    ComputingView {
        chosen: device(computing.chosen),
        cards: computing.accelerators.into_iter().map(card).collect(),
        now: computing.now,
        fault: computing.fault,
        changing: computing.changing,
        processor_only,
    }
}

fn device(choice: DeviceChoice) -> Device {
    match choice {
        DeviceChoice::Auto => Device::Automatic,
        DeviceChoice::Cpu => Device::Processor,
        DeviceChoice::Cuda => Device::Nvidia,
        DeviceChoice::Metal => Device::Apple,
        DeviceChoice::CandleCpu => Device::ProcessorAsCard,
    }
}

/// What the editor names so.
pub(crate) fn device_choice(device: Device) -> DeviceChoice {
    match device {
        Device::Automatic => DeviceChoice::Auto,
        Device::Processor => DeviceChoice::Cpu,
        Device::Nvidia => DeviceChoice::Cuda,
        Device::Apple => DeviceChoice::Metal,
        Device::ProcessorAsCard => DeviceChoice::CandleCpu,
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
                content: r#"{"image":"face","name":"a picture","unwanted":true}"#.into(),
            }],
            name: "keys".into(),
            colour: 5,
            own: Some(MixView {
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
