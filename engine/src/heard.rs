//! Which slots are heard.

use earmark_controls::SLOTS;

/// The active slot and the one that is heard together with it, 0 to 7 each.
///
/// Both queries are joined into one: see [`crate::Query::joined`]. Gains of a slot's own are those of the active slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// The active slot; `None` is off: the input passes, whatever `also` says.
    pub slot: Option<u8>,
    /// The slot that is heard together with it; the active one itself is none.
    pub also: Option<u8>,
}

impl Heard {
    /// Nothing: the input passes.
    pub const OFF: Heard = Heard {
        slot: None,
        also: None,
    };

    /// The same without slots that there are not, and with a second slot only where it adds something: what is equal then
    /// is heard alike.
    pub(crate) fn normalized(self) -> Heard {
        let known = |slot: &u8| usize::from(*slot) < SLOTS;
        let slot = self.slot.filter(known);
        let also = self.also.filter(known);
        Heard {
            slot,
            also: also.filter(|_| slot.is_some() && slot != also),
        }
    }

    /// The slots that are heard, the active one first.
    pub fn slots(self) -> impl Iterator<Item = u8> {
        let Heard { slot, also } = self.normalized();
        slot.into_iter().chain(also)
    }
}

/// One slot alone, or none.
impl From<Option<u8>> for Heard {
    fn from(slot: Option<u8>) -> Heard {
        Heard { slot, also: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_slot_counts_where_it_adds_something() {
        let heard = |slot, also| -> Vec<u8> { Heard { slot, also }.slots().collect() };
        assert_eq!(heard(Some(2), Some(5)), [2, 5]);
        assert_eq!(heard(Some(2), None), [2]);
        assert_eq!(heard(Some(2), Some(2)), [2]);
        assert_eq!(heard(Some(2), Some(8)), [2], "there is no ninth slot");
        assert!(heard(None, Some(5)).is_empty(), "off is off");
        assert!(heard(Some(200), Some(5)).is_empty());
    }
}
