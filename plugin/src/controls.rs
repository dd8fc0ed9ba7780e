//! What the parameters ask of the engine, and what of that is new.

use earmark_engine::{Change, ChangeKind, Heard, Mix, Shaping};

use crate::params::EarmarkParams;

/// What the parameters ask of the engine at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Controls {
    pub(crate) mix: Mix,
    pub(crate) heard: Heard,
    pub(crate) bypass: bool,
    pub(crate) shaping: Shaping,
}

impl Controls {
    pub(crate) fn of(params: &EarmarkParams) -> Controls {
        Controls {
            mix: params.mix(),
            heard: params.heard(),
            bypass: params.bypass.value(),
            shaping: params.shaping(),
        }
    }

    /// All of them, as changes at the first sample of a call.
    pub(crate) fn all(self) -> [Change; 4] {
        [
            ChangeKind::Mix(self.mix),
            ChangeKind::Slot(self.heard),
            ChangeKind::Bypass(self.bypass),
            ChangeKind::Shaping(self.shaping),
        ]
        .map(|kind| Change { offset: 0, kind })
    }
}

/// At most four changes, without an allocation.
pub(crate) struct ChangeList {
    changes: [Change; 4],
    len: usize,
}

impl ChangeList {
    /// What differs between `old` and `new`.
    pub(crate) fn between(old: Controls, new: Controls) -> ChangeList {
        let mut list = ChangeList {
            changes: new.all(),
            len: 0,
        };
        let differ = [
            old.mix != new.mix,
            old.heard != new.heard,
            old.bypass != new.bypass,
            old.shaping != new.shaping,
        ];
        for (i, differs) in differ.into_iter().enumerate() {
            if differs {
                list.changes[list.len] = list.changes[i];
                list.len += 1;
            }
        }
        list
    }

    pub(crate) fn as_slice(&self) -> &[Change] {
        &self.changes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let old = Controls {
            mix: Mix::default(),
            heard: Some(0).into(),
            bypass: false,
            shaping: Shaping::default(),
        };
        assert!(ChangeList::between(old, old).as_slice().is_empty());
        let new = Controls {
            heard: Heard::OFF,
            bypass: true,
            ..old
        };
        let kinds: Vec<ChangeKind> = ChangeList::between(old, new)
            .as_slice()
            .iter()
            .map(|c| c.kind)
            .collect();
        assert_eq!(kinds, [ChangeKind::Slot(Heard::OFF), ChangeKind::Bypass(true)]);
        let (slot, also) = (Some(0), Some(4));
        let together = Controls {
            heard: Heard { slot, also },
            ..old
        };
        let list = ChangeList::between(old, together);
        assert_eq!(
            list.as_slice().len(),
            1,
            "the second slot is a change of the slots"
        );
        assert_eq!(list.as_slice()[0].kind, ChangeKind::Slot(together.heard));
        let all = Controls {
            mix: Mix {
                wet: 0.5,
                ..Mix::default()
            },
            shaping: Shaping {
                gate: 0.5,
                ..Shaping::default()
            },
            ..new
        };
        assert_eq!(ChangeList::between(old, all).as_slice().len(), 4);
    }
}
