//! A copied slot: with all that belongs to it between instances, as plain text everywhere else.

use earmark_controls::QUERY_LIMIT;
use std::sync::{Mutex, PoisonError};

use egui::{Event, Ui};

use crate::view::SlotView;

/// What was copied last, in any editor of this process.
static COPIED: Mutex<Option<SlotView>> = Mutex::new(None);

/// What a slot is as plain text.
fn plain(slot: &SlotView) -> String {
    match (slot.wanted(), slot.unwanted()) {
        (wanted, unwanted) if unwanted.is_empty() => wanted.into_owned(),
        (wanted, unwanted) => format!("{wanted}, not {unwanted}"),
    }
}

/// Copies a slot.
pub(crate) fn copy(ui: &Ui, slot: &SlotView) {
    ui.ctx().copy_text(plain(slot));
    *COPIED.lock().unwrap_or_else(PoisonError::into_inner) = Some(slot.clone());
}

/// What was copied last.
pub(crate) fn copied() -> Option<SlotView> {
    COPIED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What a pasted text makes of a slot: the whole slot that it was copied from, or its text alone where it comes from
/// elsewhere.
fn from_text(text: &str, onto: &SlotView) -> Option<SlotView> {
    let copied = copied().filter(|slot| plain(slot) == text);
    copied.or_else(|| {
        let line: String = text.lines().next()?.trim().chars().take(QUERY_LIMIT).collect();
        (!line.is_empty()).then(|| SlotView {
            text: line,
            negative: String::new(),
            sounds: vec![],
            ..onto.clone()
        })
    })
}

/// Copies or pastes as the keys of this frame ask, for a slot that has the keyboard. Says what it becomes.
pub(crate) fn keys(ui: &Ui, slot: &SlotView) -> Option<SlotView> {
    let (wants_copy, pasted) = ui.input(|input| {
        let copies = input.events.iter().any(|event| matches!(event, Event::Copy));
        let pasted = input.events.iter().find_map(|event| match event {
            Event::Paste(text) => Some(text.clone()),
            // Windows of plug-ins get what is pasted as if it were typed.
            Event::Text(text) if input.modifiers.command => Some(text.clone()),
            _ => None,
        });
        (copies, pasted)
    });
    if wants_copy {
        copy(ui, slot);
    }
    pasted.and_then(|text| from_text(&text, slot))
}
