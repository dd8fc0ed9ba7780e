//! What an engine is asked to compute.

use std::borrow::Cow;
use std::sync::Arc;

use earmark_controls::SLOTS;
use earmark_models::Separator;

use crate::config::Trim;
use crate::heard::Heard;
use crate::query::Query;

/// Which separator and queries the worker should use. Never touched by the audio thread.
#[derive(Clone, Default)]
pub(crate) struct Wishes {
    pub(crate) separator: Option<Arc<dyn Separator>>,
    pub(crate) queries: [Option<Query>; SLOTS],
    pub(crate) trim: Trim,
}

impl Wishes {
    /// What these slots ask for together. An empty slot adds nothing: where the active one is empty, the other one is heard
    /// alone. `None` where there is nothing to be heard.
    pub(crate) fn query(&self, heard: Heard) -> Option<Cow<'_, Query>> {
        let of = |slot: u8| self.queries.get(usize::from(slot))?.as_ref();
        let Heard { slot, also } = heard.normalized();
        match (of(slot?), also.and_then(of)) {
            (Some(first), Some(second)) => Some(Cow::Owned(first.joined(second))),
            (first, second) => first.or(second).map(Cow::Borrowed),
        }
    }
}
