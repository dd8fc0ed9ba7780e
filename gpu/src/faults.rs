//! Cards that fail on purpose, in builds for tests: a driver that breaks cannot be had otherwise where it is needed.
//!
//! `EARMARK_CARD_FAULT` says what happens: `lost 30` loses the card at the 30th recording that the process sends, `silent 30`
//! never returns from it, `slow 50` takes 50 ms longer for each.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::card::Card;

/// Lets happen what is asked for, before a recording goes to the card.
pub(crate) fn strike(card: &Card) {
    static SENT: AtomicU64 = AtomicU64::new(0);
    let number = 1 + SENT.fetch_add(1, Ordering::Relaxed);
    let Ok(asked) = std::env::var("EARMARK_CARD_FAULT") else {
        return;
    };
    let (kind, value) = asked.split_once(' ').unwrap_or((&asked, ""));
    match (kind, value.parse::<u64>()) {
        ("lost", Ok(at)) if at == number => card.lose(),
        ("silent", Ok(at)) if at <= number => loop {
            std::thread::park();
        },
        ("slow", Ok(milliseconds)) => std::thread::sleep(Duration::from_millis(milliseconds)),
        ("lost" | "silent", Ok(_)) => {}
        _ => panic!("EARMARK_CARD_FAULT is {asked:?}; it is lost, silent or slow, and a number"),
    }
}
