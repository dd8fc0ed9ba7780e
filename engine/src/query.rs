//! Several sounds in one query: what is wanted, and what is not.
//!
//! All sounds are one batch of a mask stream: what does not depend on the query is computed once (`docs/performance.md` says
//! what that saves), and the masks of each are those that it would have alone. They are joined bin by bin, frame by frame,
//! as [`earmark_models::mask`] says, before anything else is done with them. The mask that comes out is at most 1 like those
//! that went in, and target + rest = input as with one sound.

use earmark_models::Condition;

/// Conditions of a query's sounds. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// What is to be heard; where there is none, everything but `unwanted`.
    pub wanted: Vec<Condition>,
    /// What is not to be heard with it.
    pub unwanted: Vec<Condition>,
}

impl Query {
    /// Most sounds of one query, wanted and unwanted together.
    pub const MOST: usize = 8;

    /// Sounds, wanted and unwanted.
    pub fn len(&self) -> usize {
        self.wanted.len() + self.unwanted.len()
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Both queries as one: what either wants is wanted, what either does not want is left out, also where the other one wants it.
    /// A query that only leaves out, joined with one that wants something, leaves that out of it. Each sound counts once; this
    /// query's come first, and of the other's only as many are taken as make [`Query::MOST`] together.
    #[must_use]
    pub fn joined(&self, other: &Query) -> Query {
        let mut both = self.clone();
        let lists = [
            (&mut both.wanted, &other.wanted),
            (&mut both.unwanted, &other.unwanted),
        ];
        let mut room = Query::MOST.saturating_sub(self.len());
        for (list, more) in lists {
            for sound in more {
                if room > 0 && !list.contains(sound) {
                    room -= 1;
                    list.push(sound.clone());
                }
            }
        }
        both
    }
}

impl From<Condition> for Query {
    fn from(condition: Condition) -> Query {
        Query {
            wanted: vec![condition],
            unwanted: vec![],
        }
    }
}
