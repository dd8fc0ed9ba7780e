//! Values in plain words.

use std::num::NonZeroUsize;

use crate::view::{Control, LatencyView, Mode, ModelView, Quality, Status, View};

/// A control's value with its unit. The ends of the ranges that mean silence say so.
pub fn value(control: Control, value: f32) -> String {
    match control {
        Control::TargetGain | Control::RestGain if value <= *control.range().start() => "silent".into(),
        Control::TargetGain | Control::RestGain => format!("{} dB", signed(value)),
        Control::AttenuationLimit if value >= *control.range().end() => "completely".into(),
        Control::AttenuationLimit => format!("by {value:.1} dB"),
        Control::Wet => format!("{:.0} %", value * 100.0),
        Control::Sensitivity => format!("\u{d7} {value:.2}"),
        Control::Floor if value <= *control.range().start() => "none".into(),
        Control::Floor => format!("{} dB", signed(value)),
        Control::Smoothing | Control::Gate if value <= 0.0 => "off".into(),
        Control::Smoothing => format!("{value:.0} ms"),
        Control::Gate => format!("below {:.0} %", value * 100.0),
    }
}

/// One decimal with its sign, and no sign for zero.
fn signed(value: f32) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 {
        "0.0".into()
    } else {
        format!("{rounded:+.1}").replace('-', "\u{2212}")
    }
}

/// The delay in milliseconds and samples.
pub fn latency(latency: Option<LatencyView>) -> String {
    match latency {
        Some(latency) => {
            format!(
                "latency {:.0} ms ({} samples)",
                latency.milliseconds, latency.samples
            )
        }
        None => "latency known when the host starts".into(),
    }
}

/// What a model is good at, and its licence.
pub fn model(model: &ModelView) -> String {
    format!("{} ({})", model.title, model.licence)
}

/// How loud the model hears.
pub fn trim(trim: Option<f32>) -> String {
    match trim {
        None => "level: automatic".into(),
        Some(0.0) => "level: as it is".into(),
        Some(db) => format!("level: {} dB", signed(db)),
    }
}

/// How many threads compute.
pub fn threads(threads: Option<NonZeroUsize>, usual: usize) -> String {
    match threads {
        None => format!("threads: usual ({usual})"),
        Some(count) => format!("threads: {count}"),
    }
}

/// A quality's name.
pub fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Fast => "fast",
        Quality::Balanced => "balanced",
        Quality::Best => "best",
    }
}

/// What the plug-in is doing, in one sentence.
pub fn status(view: &View) -> String {
    let late = |n: u64| {
        if n == 1 {
            "1 late block".to_owned()
        } else {
            format!("{n} late blocks")
        }
    };
    match &view.status {
        Status::Loading => "loading the model\u{2026} the sound passes unchanged".into(),
        Status::Reading => "reading the query\u{2026}".into(),
        Status::Empty => "type a sound to begin; until then the sound passes unchanged".into(),
        Status::Off => "off: the sound passes unchanged".into(),
        Status::Bypassed => "bypassed: the sound passes unchanged".into(),
        Status::TooSlow => format!(
            "this machine is too slow for it: {}; the sound passes unchanged, next try within 10 seconds",
            late(view.late_blocks)
        ),
        Status::Failed(sentence) => sentence.clone(),
        Status::Hearing => {
            let verb = match view.mode {
                Mode::Isolate => "hearing",
                Mode::Remove => "removing",
                Mode::Custom => "balancing",
            };
            let text = view
                .active
                .and_then(|slot| view.slots.get(slot))
                .map_or("", |slot| slot.text.as_str());
            match view.late_blocks {
                0 => format!("{verb}: {text}"),
                n => format!("{verb}: {text} ({} so far)", late(n)),
            }
        }
    }
}

/// The question above the text box.
pub fn question(mode: Mode) -> &'static str {
    match mode {
        Mode::Isolate => "Which sound do you want to hear?",
        Mode::Remove => "Which sound do you want to remove?",
        Mode::Custom => "Which sound do you want to balance against the rest?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_ranges_are_words() {
        assert_eq!(value(Control::TargetGain, -60.0), "silent");
        assert_eq!(value(Control::TargetGain, -59.9), "\u{2212}59.9 dB");
        assert_eq!(value(Control::RestGain, -0.04), "0.0 dB");
        assert_eq!(value(Control::RestGain, 3.0), "+3.0 dB");
        assert_eq!(value(Control::AttenuationLimit, 60.0), "completely");
        assert_eq!(value(Control::AttenuationLimit, 12.0), "by 12.0 dB");
        assert_eq!(value(Control::Wet, 0.5), "50 %");
    }

    #[test]
    fn the_status_names_what_is_done_and_how_late_it_was() {
        let mut view = View {
            status: Status::Hearing,
            ..View::default()
        };
        view.slots[0].text = "typing".into();
        assert_eq!(status(&view), "hearing: typing");
        view.mode = Mode::Remove;
        view.late_blocks = 1;
        assert_eq!(status(&view), "removing: typing (1 late block so far)");
        view.status = Status::TooSlow;
        view.late_blocks = 40;
        assert!(status(&view).contains("too slow") && status(&view).contains("40 late blocks"));
    }
}
