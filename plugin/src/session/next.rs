//! The model in force and the next one: what is to be heard next, and how far it has come.
//!
//! ```text
//!              begun              offered               taken over
//!   Nothing ─────────► Loading ───────────► Offered ───────────────► Nothing, or what is behind it
//!      │ ▲                │ failed                                        ▲
//!      │ └────────────────┴───────────────────────────────────────────────┘
//!      └─ more latency than is in force ─► Deferred
//!
//!   each of them ── the host activates ──► Activating ── it has ──► Nothing, or what was asked for meanwhile
//! ```
//! - A line that is loading, and a wish that waits for the host, are forgotten for a newer wish.
//! - A line that has been offered to the audio thread cannot be called back: a newer wish waits behind it.
//! - While the host activates, the engine in force is about to go. Nothing is loaded for it or offered to it: wishes wait until the
//!   next one is there.
//!
//! `L` is a line, which is loaded and offered, `W` a wish, of which nothing is loaded yet. Neither is looked into.

/// What is to be heard next.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Next<L, W> {
    /// What is heard is what was asked for last.
    #[default]
    Nothing,
    /// It is being loaded and encoded, for the engine in force.
    Loading {
        /// What is loaded.
        line: L,
        /// What needs more latency than is in force. The line only replaces what is heard until the host activates.
        then: Option<W>,
    },
    /// The audio thread has its engine and takes over to it by itself.
    Offered {
        /// What takes over.
        line: L,
        /// How many engines will have taken over when its own has.
        number: u64,
        /// What was asked for since.
        then: Option<W>,
    },
    /// It needs more latency than is in force, and waits for the host to activate.
    Deferred(W),
    /// The host activates: one engine is about to go, the next one is being made.
    Activating {
        /// What was asked for since.
        then: Option<W>,
    },
}

/// What was asked for last.
#[derive(Debug, PartialEq)]
pub(super) enum Newest<L, W> {
    /// Something that is on its way.
    Line(L),
    /// Something that waits.
    Wish(W),
}

impl<L, W> Next<L, W> {
    /// Something else is asked for. It comes back where it can be begun at once; elsewhere it waits.
    pub(super) fn wish(&mut self, wish: W) -> Option<W> {
        match self {
            Next::Offered { then, .. } | Next::Activating { then } => {
                *then = Some(wish);
                None
            }
            Next::Nothing | Next::Loading { .. } | Next::Deferred(_) => {
                *self = Next::Nothing;
                Some(wish)
            }
        }
    }

    /// A line is begun; behind it waits what needs more latency than is in force. Only where [`Next::wish`] has cleared the way.
    pub(super) fn load(&mut self, line: L, then: Option<W>) {
        debug_assert!(matches!(self, Next::Nothing));
        *self = Next::Loading { line, then };
    }

    /// A wish waits for the host to activate. Only where [`Next::wish`] has cleared the way.
    pub(super) fn defer(&mut self, wish: W) {
        debug_assert!(matches!(self, Next::Nothing));
        *self = Next::Deferred(wish);
    }

    /// The line that may be offered, once all of it is there.
    pub(super) fn loading(&mut self) -> Option<&mut L> {
        match self {
            Next::Loading { line, .. } => Some(line),
            _ => None,
        }
    }

    /// The line that was loading has been offered.
    pub(super) fn offered(&mut self, number: u64) {
        *self = match std::mem::take(self) {
            Next::Loading { line, then } => Next::Offered { line, number, then },
            other => other,
        };
    }

    /// The line that was loading will never be there: it is forgotten. Gives what waited behind it.
    pub(super) fn failed(&mut self) -> Option<W> {
        match std::mem::take(self) {
            Next::Loading { then, .. } => then,
            other => {
                *self = other;
                None
            }
        }
    }

    /// So many engines have taken over by now. Gives the line that is heard since, and what was asked for behind it.
    pub(super) fn taken_over(&mut self, engines: u64) -> Option<(L, Option<W>)> {
        match std::mem::take(self) {
            Next::Offered { line, number, then } if number <= engines => Some((line, then)),
            other => {
                *self = other;
                None
            }
        }
    }

    /// The host activates. Gives what the next engine is to be made for, where that is not what is heard.
    pub(super) fn activate(&mut self) -> Option<Newest<L, W>> {
        match std::mem::replace(self, Next::Activating { then: None }) {
            Next::Loading { then: Some(wish), .. }
            | Next::Offered { then: Some(wish), .. }
            | Next::Activating { then: Some(wish) }
            | Next::Deferred(wish) => Some(Newest::Wish(wish)),
            Next::Loading { line, then: None } | Next::Offered { line, then: None, .. } => {
                Some(Newest::Line(line))
            }
            Next::Nothing | Next::Activating { then: None } => None,
        }
    }

    /// The host has activated. Gives what was asked for meanwhile.
    pub(super) fn activated(&mut self) -> Option<W> {
        match std::mem::take(self) {
            Next::Activating { then } => then,
            other => {
                *self = other;
                None
            }
        }
    }

    /// The line that is on its way.
    pub(super) fn line(&self) -> Option<&L> {
        match self {
            Next::Loading { line, .. } | Next::Offered { line, .. } => Some(line),
            _ => None,
        }
    }

    /// What was asked for last, where it is not heard yet.
    pub(super) fn newest(&self) -> Option<Newest<&L, &W>> {
        match self {
            Next::Loading { then: Some(wish), .. }
            | Next::Offered { then: Some(wish), .. }
            | Next::Activating { then: Some(wish) }
            | Next::Deferred(wish) => Some(Newest::Wish(wish)),
            Next::Loading { line, then: None } | Next::Offered { line, then: None, .. } => {
                Some(Newest::Line(line))
            }
            Next::Nothing | Next::Activating { then: None } => None,
        }
    }

    /// The line on its way and the wish that waits, to be changed by an edit.
    pub(super) fn both(&mut self) -> (Option<&mut L>, Option<&mut W>) {
        match self {
            Next::Loading { line, then } | Next::Offered { line, then, .. } => (Some(line), then.as_mut()),
            Next::Deferred(wish) => (None, Some(wish)),
            Next::Activating { then } => (None, then.as_mut()),
            Next::Nothing => (None, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line is a letter, a wish a number.
    type Toy = Next<char, u32>;

    fn loading(then: Option<u32>) -> Toy {
        Next::Loading { line: 'l', then }
    }

    fn offered(then: Option<u32>) -> Toy {
        let (line, number) = ('l', 3);
        Next::Offered { line, number, then }
    }

    fn activating(then: Option<u32>) -> Toy {
        Next::Activating { then }
    }

    /// Every state, with something that waits and without.
    fn states() -> [Toy; 8] {
        [
            Next::Nothing,
            loading(None),
            loading(Some(1)),
            offered(None),
            offered(Some(1)),
            Next::Deferred(1),
            activating(None),
            activating(Some(1)),
        ]
    }

    /// What comes of every state by one step, beside what the step gives.
    fn each<T>(step: impl Fn(&mut Toy) -> T) -> Vec<(Toy, T)> {
        let step = |mut state: Toy| {
            let given = step(&mut state);
            (state, given)
        };
        states().into_iter().map(step).collect()
    }

    #[test]
    fn a_wish_is_begun_at_once_or_waits_and_the_last_one_counts() {
        let expected = [
            (Next::Nothing, Some(2)),
            (Next::Nothing, Some(2)),
            (Next::Nothing, Some(2)),
            (offered(Some(2)), None),
            (offered(Some(2)), None),
            (Next::Nothing, Some(2)),
            (activating(Some(2)), None),
            (activating(Some(2)), None),
        ];
        assert_eq!(each(|next| next.wish(2)), expected);
    }

    #[test]
    fn what_is_begun_is_loaded_offered_and_heard() {
        let mut next = Toy::Nothing;
        next.load('a', None);
        assert_eq!(next.loading(), Some(&mut 'a'));
        assert_eq!(next.taken_over(9), None, "it has not been offered");
        next.offered(2);
        assert_eq!(next.loading(), None);
        assert_eq!(next.taken_over(1), None);
        assert_eq!(next.taken_over(2), Some(('a', None)));
        assert_eq!(next, Toy::Nothing);
    }

    #[test]
    fn what_waits_behind_a_line_comes_back_when_the_line_is_heard_or_fails() {
        assert_eq!(offered(Some(1)).taken_over(3), Some(('l', Some(1))));
        let failed = each(Next::failed);
        assert_eq!(failed[1], (Next::Nothing, None));
        assert_eq!(failed[2], (Next::Nothing, Some(1)));
        for ((after, given), before) in failed.into_iter().zip(states()) {
            if !matches!(before, Next::Loading { .. }) {
                assert_eq!((after, given), (before, None), "only what loads can fail");
            }
        }
        let mut next = loading(Some(1));
        next.offered(3);
        assert_eq!(next, offered(Some(1)));
    }

    #[test]
    fn an_activation_is_made_for_the_newest_and_keeps_nothing_of_the_engine_before() {
        let given = [
            None,
            Some(Newest::Line('l')),
            Some(Newest::Wish(1)),
            Some(Newest::Line('l')),
            Some(Newest::Wish(1)),
            Some(Newest::Wish(1)),
            None,
            Some(Newest::Wish(1)),
        ];
        for ((after, given), expected) in each(Next::activate).into_iter().zip(given) {
            assert_eq!((after, given), (activating(None), expected));
        }
    }

    #[test]
    fn nothing_is_offered_while_the_host_activates_and_a_wish_of_that_time_is_not_stuck() {
        let mut next = offered(None);
        next.activate();
        assert_eq!(next.loading(), None);
        assert_eq!(next.line(), None);
        next.offered(1);
        assert_eq!(
            next.taken_over(u64::MAX),
            None,
            "it was the engine before that had it"
        );
        assert_eq!((next.wish(1), next.wish(2)), (None, None));
        assert_eq!(next.activated(), Some(2));
        assert_eq!(next.wish(3), Some(3), "nothing stands in its way");
        assert_eq!(activating(None).activated(), None);
        assert_eq!(next, Toy::Nothing);
    }

    #[test]
    fn what_was_asked_for_last_is_known_and_edited_in_every_state() {
        for mut state in states() {
            let (line, wish) = state.both();
            let expected = match (line, wish) {
                (_, Some(wish)) => {
                    *wish += 10;
                    Some(Newest::Wish(11))
                }
                (Some(line), None) => {
                    *line = 'm';
                    Some(Newest::Line('m'))
                }
                (None, None) => None,
            };
            let newest = state.newest().map(|newest| match newest {
                Newest::Line(line) => Newest::Line(*line),
                Newest::Wish(wish) => Newest::Wish(*wish),
            });
            assert_eq!(newest, expected);
            assert_eq!(state.activate(), expected, "that is what an activation is for");
        }
    }
}
