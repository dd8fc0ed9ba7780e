//! Values in plain words.

use std::num::NonZeroUsize;

use crate::listening::Lately;
use crate::view::{
    Automation, ChannelMode, ComputingView, LatencyView, Mode, ModelState, ModelView, Quality, Scale,
    SlotView, Status, View,
};

/// One decimal with its sign, and no sign for zero.
fn signed(value: f32) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 {
        "0.0".into()
    } else {
        format!("{rounded:+.1}").replace('-', "\u{2212}")
    }
}

/// With a capital at its beginning.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// The delay in milliseconds and samples.
pub fn latency(latency: Option<LatencyView>) -> String {
    match latency {
        Some(latency) => {
            format!(
                "Latency {:.0} ms, {} samples",
                latency.milliseconds, latency.samples
            )
        }
        None => "Latency known when the host starts".into(),
    }
}

/// What a model is good at, and its licence.
pub fn model(model: &ModelView) -> String {
    format!("{} ({})", model.title, model.licence)
}

/// What the model in force costs: delay, and its licence.
pub fn cost(view: &View) -> String {
    let delay = view
        .latency
        .map(|latency| format!("{:.0} ms of latency", latency.milliseconds));
    let quality = view.quality.map(|quality| format!("quality: {}", quality.name()));
    let licence = Some(view.model.licence.clone()).filter(|licence| !licence.is_empty());
    let facts: Vec<String> = [delay, quality, licence].into_iter().flatten().collect();
    facts.join(" \u{b7} ")
}

/// How large the editor is drawn.
pub fn scale(scale: Scale) -> String {
    format!("{} %", scale.percent())
}

/// The same, with what it is drawn at where the window has no room for it: `drawn` is a factor.
pub fn scale_in_full(scale: Scale, drawn: f32) -> String {
    let meaning = "How large the editor is drawn, in every project. Ctrl+0 brings 100 % back";
    if drawn + 0.01 < scale.factor() {
        format!("{meaning}. {}", no_room_for(scale, drawn))
    } else {
        meaning.to_owned()
    }
}

/// That the window has no room for a scale, and what can be done.
pub fn no_room_for(wanted: Scale, drawn: f32) -> String {
    format!(
        "The host\u{2019}s window has no room for {}, so the editor is drawn at {:.0} %. Make the window larger, or choose less.",
        scale(wanted),
        drawn * 100.0
    )
}

/// How loud the model hears.
pub fn trim(trim: Option<f32>) -> String {
    match trim {
        None => "Level: automatic".into(),
        Some(0.0) => "Level: as it is".into(),
        Some(db) => format!("Level: {} dB", signed(db)),
    }
}

/// How many threads compute.
pub fn threads(threads: Option<NonZeroUsize>, usual: usize) -> String {
    match threads {
        None => format!("Threads: usual ({usual})"),
        Some(count) => format!("Threads: {count}"),
    }
}

/// Why models can be computed on the processor alone.
pub fn processor_alone(computing: &ComputingView) -> String {
    let refused: Vec<&str> = computing
        .cards
        .iter()
        .filter_map(|card| card.refused.as_deref())
        .collect();
    if refused.is_empty() {
        "there is nothing to choose: this build of Earmark has no code for graphics cards".into()
    } else {
        format!("there is nothing to choose. {}", refused.join(" "))
    }
}

/// Who needs to wait for every block, and what it costs.
pub const WAIT_FOR_EVERY_BLOCK: &str = "for hosts that render without saying so, where a file would have gaps; while you play, the host \
                                        may drop out where the model is too slow";

/// Where the model that is heard is computed.
pub fn computed_on(computing: &ComputingView) -> String {
    let Some(now) = &computing.now else {
        return "no model is loaded yet".into();
    };
    let mut words = format!("now: {now}");
    if computing.processor_only && computing.has_choice() {
        words += ", as this model always is: it is too small to gain from a graphics card";
    }
    if computing.changing {
        words += "; changing over\u{2026}";
    }
    words
}

/// What a quality costs and what it is worth.
pub fn quality_with_cost(quality: Quality, seconds: f32) -> String {
    let worth = match quality {
        Quality::Fast => "the roughest, and the most computing",
        Quality::Balanced => "nearly all that the model can",
        Quality::Best => "all that the model can, and the least computing",
    };
    format!("{quality}: {seconds:.2} s of latency, {worth}")
}

/// When automation takes effect.
pub fn timing(timing: Automation) -> &'static str {
    match timing {
        Automation::InTime => "Automation: in time",
        Automation::AtOutput => "Automation: at the output",
    }
}

/// Loudness without its unit.
pub fn lufs(loudness: Option<f32>) -> String {
    match loudness {
        Some(lufs) if lufs > -70.0 => format!("{lufs:.1}").replace('-', "\u{2212}"),
        _ => "\u{2013}".into(),
    }
}

fn late(blocks: u64) -> String {
    if blocks == 1 {
        "1 late block".to_owned()
    } else {
        format!("{blocks} late blocks")
    }
}

/// What to try on a machine that is too slow.
fn remedy(view: &View) -> String {
    let bundled = view
        .offers
        .models
        .iter()
        .find(|offer| offer.state == ModelState::Bundled && offer.name != view.model.name);
    match bundled {
        // Long blocks share more of the work.
        Some(_) if view.quality.is_some_and(|quality| quality != Quality::Best) => {
            "try the quality \u{201c}best\u{201d}, which computes least".into()
        }
        Some(offer) => format!("try the model \u{201c}{}\u{201d}", offer.name),
        None if view.stereo == ChannelMode::Each => "try linked channels".into(),
        None => "try larger buffers in the host".into(),
    }
}

/// What the plug-in is doing, in one sentence. `lately` is what came in.
pub fn status(view: &View, lately: Lately) -> String {
    match &view.status {
        Status::Loading => "loading the model\u{2026} the sound passes unchanged".into(),
        Status::Reading => "reading the query\u{2026}".into(),
        Status::Empty => "nothing is asked for yet: the sound passes unchanged".into(),
        Status::Off => "off: the sound passes unchanged".into(),
        Status::Bypassed => "bypassed: the sound passes unchanged".into(),
        Status::TooSlow => format!(
            "this machine is too slow for this model: {}, {}",
            late(view.late_blocks),
            remedy(view)
        ),
        Status::Failed(sentence) => sentence.clone(),
        Status::Hearing => hearing(view, lately),
    }
}

fn hearing(view: &View, lately: Lately) -> String {
    if let Some(doubt) = &view.doubt {
        return doubt.clone();
    }
    let text = sounds(view);
    if lately == Lately::Nothing {
        return match view.mix().mode {
            _ if view.parts_apart => format!("nothing comes in: press play to have it taken apart: {text}"),
            Mode::Isolate => format!("nothing comes in: press play to hear it alone: {text}"),
            Mode::Remove => format!("nothing comes in: press play to hear all but {text}"),
            Mode::Custom => format!("nothing comes in: press play to hear it balanced: {text}"),
        };
    }
    let verb = match view.mix().mode {
        _ if lately == Lately::InVain => "nothing like that here",
        _ if view.parts_apart => "taking out",
        Mode::Isolate => "hearing",
        Mode::Remove => "removing",
        Mode::Custom => "balancing",
    };
    match view.late_blocks {
        0 => format!("{verb}: {text}"),
        blocks => format!("{verb}: {text} ({} so far)", late(blocks)),
    }
}

/// What is heard, of both slots where two are heard together: "typing + a chair squeaking, not speech".
fn sounds(view: &View) -> String {
    let slots: Vec<&SlotView> = view.heard().filter(|slot| !slot.is_empty()).collect();
    let one = |slot: &&SlotView| {
        // What a text itself leaves out must not seem to go on in the next one.
        let wanted = slot.wanted();
        let lower = format!(" {}", wanted.to_lowercase());
        if slots.len() > 1 && lower.contains(" not ") {
            format!("({wanted})")
        } else {
            wanted.into_owned()
        }
    };
    let wanted: Vec<String> = slots.iter().map(one).collect();
    let unwanted = slots.iter().map(|slot| slot.unwanted());
    let unwanted: Vec<_> = unwanted.filter(|text| !text.is_empty()).collect();
    let wanted = wanted.join(" + ");
    if unwanted.is_empty() {
        wanted
    } else {
        format!("{wanted}, not {}", unwanted.join(" + "))
    }
}

/// More about the status than its line has room for.
pub fn status_in_full(view: &View, lately: Lately) -> String {
    let status = status(view, lately);
    match view.status {
        Status::TooSlow => {
            format!("{status}. The sound passes unchanged; the next try comes within 10 seconds.")
        }
        Status::Hearing if lately == Lately::InVain && view.doubt.is_none() => {
            format!(
                "{status}. Other words may help, or a lower sensitivity and a higher level for the model."
            )
        }
        _ => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::OfferView;

    #[test]
    fn the_status_names_both_slots_that_are_heard_together() {
        let mut view = View {
            status: Status::Hearing,
            also: Some(1),
            ..View::default()
        };
        view.slots[1].text = "a chair squeaking".into();
        assert_eq!(status(&view, Lately::Sound), "hearing: a chair squeaking");
        view.slots[0].text = "typing".into();
        assert_eq!(
            status(&view, Lately::Sound),
            "hearing: typing + a chair squeaking"
        );
        view.slots[0].negative = "speech".into();
        view.mode = Mode::Remove;
        assert_eq!(
            status(&view, Lately::Sound),
            "removing: typing + a chair squeaking, not speech"
        );
        view.slots[1].text = "a chair, not a table".into();
        assert_eq!(
            status(&view, Lately::Sound),
            "removing: typing + (a chair, not a table), not speech"
        );
        view.also = None;
        assert_eq!(status(&view, Lately::Sound), "removing: typing, not speech");
    }

    #[test]
    fn the_status_says_what_is_not_understood() {
        let doubt = "Earmark does not know \u{201c}дождь\u{201d}";
        let mut view = View {
            status: Status::Hearing,
            doubt: Some(doubt.into()),
            ..View::default()
        };
        view.slots[0].text = "дождь".into();
        assert_eq!(
            (
                status(&view, Lately::Sound),
                status_in_full(&view, Lately::InVain)
            ),
            (doubt.into(), doubt.into())
        );
        view.status = Status::Bypassed;
        assert_eq!(
            status(&view, Lately::Sound),
            "bypassed: the sound passes unchanged"
        );
    }

    #[test]
    fn the_status_names_what_is_done_and_how_late_it_was() {
        let mut view = View {
            status: Status::Hearing,
            ..View::default()
        };
        view.slots[0].text = "typing".into();
        assert_eq!(status(&view, Lately::Sound), "hearing: typing");
        assert_eq!(status(&view, Lately::InVain), "nothing like that here: typing");
        assert_eq!(
            status(&view, Lately::Nothing),
            "nothing comes in: press play to hear it alone: typing"
        );
        view.slots[0].negative = "speech".into();
        view.mode = Mode::Remove;
        view.late_blocks = 1;
        assert_eq!(
            status(&view, Lately::Sound),
            "removing: typing, not speech (1 late block so far)"
        );
        view.status = Status::TooSlow;
        view.late_blocks = 12;
        assert_eq!(
            status(&view, Lately::Sound),
            "this machine is too slow for this model: 12 late blocks, try larger buffers in the host"
        );
        view.model.name = "audiosep".into();
        view.offers.models = vec![OfferView {
            name: "earmark-small".into(),
            title: String::new(),
            facts: String::new(),
            state: ModelState::Bundled,
        }];
        assert!(status(&view, Lately::Sound).ends_with("try the model \u{201c}earmark-small\u{201d}"));
    }
}
