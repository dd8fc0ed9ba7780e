//! From parameters and session to what the editor shows.

use earmark_gui::{LatencyView, Levels, Mode, ModelView, OffersView, Quality, SlotView, Status, View};
use earmark_kernels::Threads;
use earmark_models::catalogue::Model;
use earmark_models::resunet;

use crate::params::{EarmarkParams, ModeParam};
use crate::session::Snapshot;
use crate::state::SLOTS;

/// The present view.
pub(crate) fn view(params: &EarmarkParams, snapshot: Snapshot) -> View {
    let active = params.active_slot().map(usize::from);
    let bypassed = params.bypass.value();
    let status = status(active, bypassed, &snapshot);
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
        slots: slots(snapshot.texts),
        active,
        mode,
        target_db: params.target.value(),
        rest_db: params.rest.value(),
        attenuation_limit_db: params.limit.value(),
        wet: params.wet.value(),
        bypassed,
        status,
        late_blocks: snapshot.late_blocks,
        levels,
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
        threads: snapshot.threads,
        usual_threads: Threads::usual(),
        // The page of models has a life of its own: see `App::ui`.
        offers: OffersView::default(),
        notice: snapshot.notice,
        version: env!("CARGO_PKG_VERSION").into(),
        ..View::default()
    }
}

fn slots(texts: [String; SLOTS]) -> [SlotView; SLOTS] {
    let mut slot = 0;
    texts.map(|text| {
        let empty = SlotView::empty(slot);
        slot += 1;
        SlotView { text, ..empty }
    })
}

/// As the editor names it.
fn quality(quality: resunet::Quality) -> Quality {
    match quality {
        resunet::Quality::Fast => Quality::Fast,
        resunet::Quality::Balanced => Quality::Balanced,
        resunet::Quality::Best => Quality::Best,
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
fn status(active: Option<usize>, bypassed: bool, snapshot: &Snapshot) -> Status {
    if bypassed {
        return Status::Bypassed;
    }
    if let Some(sentence) = &snapshot.failure {
        return Status::Failed(sentence.clone());
    }
    let Some(slot) = active else { return Status::Off };
    if snapshot.texts[slot].is_empty() {
        Status::Empty
    } else if snapshot.loading {
        Status::Loading
    } else if snapshot.pending[slot] {
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
    fn the_most_important_word_is_said() {
        let session = Session::new();
        session.edit(3, "rain");
        let mut snapshot = session.snapshot();
        assert_eq!(status(Some(3), true, &snapshot), Status::Bypassed);
        assert_eq!(status(None, false, &snapshot), Status::Off);
        assert_eq!(status(Some(0), false, &snapshot), Status::Empty);
        assert_eq!(status(Some(3), false, &snapshot), Status::Loading);
        snapshot.loading = false;
        snapshot.pending[3] = true;
        assert_eq!(status(Some(3), false, &snapshot), Status::Reading);
        snapshot.pending[3] = false;
        assert_eq!(status(Some(3), false, &snapshot), Status::Hearing);
        snapshot.resting = true;
        assert_eq!(status(Some(3), false, &snapshot), Status::TooSlow);
        snapshot.failure = Some("broken".into());
        assert_eq!(status(None, false, &snapshot), Status::Failed("broken".into()));
    }
}
