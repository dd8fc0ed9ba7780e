//! What a session keeps under its lock.

use std::num::NonZeroUsize;
use std::sync::Arc;

use earmark_controls::Look;
use earmark_engine::{EngineConfig, EngineHandle, Heard, RelayHandle, Trim};
use earmark_models::Model;
use earmark_models::device::DeviceChoice;
use earmark_models::resunet::Quality;

use super::choice::{Choice, Wish};
use super::line::Line;
use super::next::{Newest, Next};
use super::sides::Compared;
use crate::presets::Shelf;
use crate::state::{ModelRef, StoredQueries};

#[derive(Default)]
pub(super) struct Inner {
    /// What is heard.
    pub(super) line: Line,
    /// What will be heard instead.
    pub(super) next: Next<Line, Wish>,
    /// The engine in force. There is none before the first activation, and where none could be made.
    pub(super) engine: Option<Attached>,
    /// The model that the project asks for and that could not be had.
    pub(super) missing: Option<(ModelRef, Quality)>,
    /// By how many dB the model hears the input louder; `None` is found automatically.
    pub(super) trim: Option<f32>,
    /// See [`super::Session::set_threads`].
    pub(super) threads: Option<NonZeroUsize>,
    /// See [`super::Session::set_device`].
    pub(super) device: DeviceChoice,
    /// The accelerators of this build, and why one cannot be used; as they were when somebody last looked.
    pub(super) accelerators: Vec<(DeviceChoice, Option<String>)>,
    /// See [`super::Session::set_look`].
    pub(super) look: Look,
    pub(super) failure: Option<String>,
    pub(super) notice: Option<String>,
    /// Lines so far.
    pub(super) lines: u64,
    /// Every model to choose from, as they were when somebody last looked.
    pub(super) models: Vec<Model>,
    /// Presets to choose from, and the name of the one that was chosen or saved last.
    pub(super) shelf: Shelf,
    pub(super) preset: Option<String>,
    pub(super) compared: Compared,
    /// What was said last of queries that are not heard as they are written, or are costly: it is said once.
    pub(super) limited: Option<String>,
    /// Examples of sounds that are being listened to.
    pub(super) listening: usize,
    /// Whether one has become part of a slot, and the project is not said to be edited yet.
    pub(super) listened: bool,
    /// Gaps of renders that have been told of.
    pub(super) gaps: u64,
    /// Slots that were told last to name too many sounds together.
    pub(super) crowded: Option<Heard>,
}

/// The engine in force, and what it was made for.
pub(super) struct Attached {
    pub(super) relay: Arc<RelayHandle>,
    pub(super) config: EngineConfig,
    /// What was reported, in samples at the host's rate.
    pub(super) latency: usize,
}

/// How the engine is told of [`Inner::trim`].
pub(super) fn engine_trim(trim: Option<f32>) -> Trim {
    trim.map_or(Trim::Automatic, Trim::Fixed)
}

impl Inner {
    /// A line of its own for a choice, of which nothing is loaded yet.
    pub(super) fn new_line(&mut self, choice: Choice) -> Line {
        self.lines += 1;
        Line::new(self.lines, choice)
    }

    /// What a project stores: what was asked for last, though it may not be heard yet.
    pub(super) fn stored(&self) -> StoredQueries {
        let mut stored = match self.next.newest() {
            Some(Newest::Wish(wish)) => wish.stored.clone(),
            Some(Newest::Line(line)) => line.stored(),
            None => self.line.stored(),
        };
        if let Some((model, quality)) = &self.missing {
            stored.model = model.clone();
            stored.quality = *quality;
        }
        stored.trim = self.trim;
        stored
    }

    pub(super) fn set_trim(&mut self, trim: Option<f32>) {
        self.trim = trim;
        let handles = self.lines().filter_map(|line| line.handle.as_ref());
        handles.for_each(|handle: &EngineHandle| handle.set_trim(engine_trim(trim)));
    }

    /// What was asked for last, though it may not be heard yet.
    pub(super) fn wanted(&self) -> &Choice {
        match self.next.newest() {
            Some(Newest::Wish(wish)) => &wish.choice,
            Some(Newest::Line(line)) => &line.choice,
            None => &self.line.choice,
        }
    }

    /// What is heard, and what is on its way.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        [Some(&self.line), self.next.line()].into_iter().flatten()
    }

    pub(super) fn line_of(&mut self, number: u64) -> Option<&mut Line> {
        let (coming, _) = self.next.both();
        let lines = [Some(&mut self.line), coming].into_iter().flatten();
        lines.into_iter().find(|line| line.number == number)
    }
}
