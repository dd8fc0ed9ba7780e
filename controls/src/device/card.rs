//! The name of a graphics card.

use std::sync::Mutex;

/// What a graphics card is called, by which it is chosen. It is kept for as long as the process runs, so that a choice is as small
/// as a number: a machine has few cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CardName(&'static str);

impl CardName {
    /// This name.
    pub fn new(name: &str) -> CardName {
        static KNOWN: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
        // A list that grows is whole after every step.
        let mut known = KNOWN.lock().unwrap_or_else(|error| error.into_inner());
        if let Some(there) = known.iter().find(|there| **there == name) {
            return CardName(there);
        }
        let kept: &'static str = Box::leak(name.into());
        known.push(kept);
        CardName(kept)
    }

    /// The one of these that `asked` means: the one of this name, or the only one that has it in its name, however it is
    /// capitalised.
    ///
    /// # Errors
    /// All that it may mean; empty where there is none.
    pub fn meant(asked: &str, there: &[CardName]) -> Result<CardName, Vec<CardName>> {
        if let Some(card) = there.iter().find(|card| card.0 == asked) {
            return Ok(*card);
        }
        let part = asked.to_lowercase();
        let has = |card: &&CardName| !part.is_empty() && card.0.to_lowercase().contains(&part);
        let meant: Vec<CardName> = there.iter().filter(has).copied().collect();
        match meant[..] {
            [card] => Ok(card),
            _ => Err(meant),
        }
    }

    /// As text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for CardName {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let (one, other) = (CardName::new("Arc A380"), CardName::new("Arc A380"));
        assert_eq!(one, other);
        assert!(std::ptr::eq(one.as_str(), other.as_str()));
        assert_ne!(one, CardName::new("Arc A750"));
    }

    #[test]
    fn a_card_is_named_by_as_much_as_tells_it_from_the_others() {
        let [one, other, third] =
            ["GeForce RTX 4070", "GeForce RTX 4070 2", "UHD Graphics 770"].map(CardName::new);
        let cards = [one, other, third];
        assert_eq!(CardName::meant("GeForce RTX 4070", &cards), Ok(one));
        assert_eq!(CardName::meant("uhd", &cards), Ok(third));
        assert_eq!(CardName::meant("geforce", &cards), Err(vec![one, other]));
        for none in ["abacus", ""] {
            assert_eq!(CardName::meant(none, &cards), Err(vec![]));
        }
    }
}
