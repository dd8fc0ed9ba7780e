//! What a person is told of, once: queries that are not heard as they are written, costly ones, and gaps in a render.

use earmark_engine::Heard;
use earmark_queries::Phrases;

use super::Session;
use super::inner::Inner;

impl Session {
    /// Says where two slots that are heard together name too many sounds: once, until others are heard or they no longer do.
    pub(crate) fn watch_limit(&self, heard: Heard) {
        let mut inner = self.inner.lock();
        let crowded = inner.line.queries.too_long_together(heard);
        let now = crowded.map(|_| heard);
        if std::mem::replace(&mut inner.crowded, now) != now
            && let Some((first, second)) = crowded
        {
            inner.notice = Some(format!(
                "Queries {} and {} together name more than {} sounds; the last ones of query {} are left out.",
                first + 1,
                second + 1,
                Phrases::MOST,
                second + 1
            ));
        }
    }

    /// Says something that has to be known once.
    pub(crate) fn notify(&self, sentence: String) {
        self.inner.lock().notice = Some(sentence);
    }

    /// The person has read the notice.
    pub(crate) fn dismiss_notice(&self) {
        self.inner.lock().notice = None;
    }
}

impl Inner {
    /// What has not been said yet of [`Inner::limits`].
    pub(super) fn limits_news(&mut self) -> Option<String> {
        let limits = self.limits();
        let news = limits.clone().filter(|_| limits != self.limited);
        self.limited = limits;
        news
    }

    /// What is to be said of queries that are not heard as they are written, or are costly.
    fn limits(&self) -> Option<String> {
        let queries = &self.line.queries;
        if let Some((slot, sound)) = queries.unknown() {
            return Some(format!(
                "Query {} names a sound that this version of Earmark does not know (\u{201c}{sound}\u{201d}): it is kept, and not heard.",
                slot + 1,
            ));
        }
        if let Some(slot) = queries.too_long() {
            return Some(format!(
                "Query {} names more than {} sounds; the last ones are left out.",
                slot + 1,
                Phrases::MOST
            ));
        }
        if let Some((slot, which)) = queries.which() {
            return Some(format!(
                "Query {} asks for the {which} one; which one it is, is known only of whole recordings (`earmark separate`). Here each one is heard.",
                slot + 1,
            ));
        }
        let (slot, sounds, mib) = self.line.costly()?;
        Some(format!(
            "Query {} names {sounds} sounds, which this model computes one by one: it takes about {mib} MiB of memory and {sounds} times \
             the computing time of one sound.",
            slot + 1,
        ))
    }

    /// Says that a render went on without blocks that it had waited for; the notice stays until it is read.
    pub(super) fn tell_gaps(&mut self, gaps: u64) {
        if std::mem::replace(&mut self.gaps, gaps) < gaps {
            self.notice = Some(format!(
                "The render has {gaps} gaps: this many blocks did not come though it waited for them. Render again, or with another model."
            ));
        }
    }

    /// A notice, unless a more important one stands there.
    pub(super) fn tell(&mut self, notice: Option<String>) {
        if self.notice.is_none() {
            self.notice = notice;
        }
    }
}
