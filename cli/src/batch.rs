//! Several engines on one sound, whose separator computes their queries together.
//!
//! Each engine reads the same frames in the same order. What one of them hands over first is computed for all queries at once, as a
//! batch, in which much is computed once; the others find their masks there. On our own kernels each has, bit by bit, the masks that
//! it would have alone.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use earmark_engine::Query;
use earmark_models::{Condition, MaskStream, ModelError, Nearest, Separator, SeparatorSpec};
use num_complex::Complex32;

/// The separators for engines that hear these queries and never leave a block out: one for each, in their order.
pub(crate) fn members(separator: &Arc<dyn Separator>, queries: &[Query]) -> Vec<Arc<dyn Separator>> {
    if queries.len() < 2 {
        return vec![separator.clone(); queries.len()];
    }
    let mut conditions: Vec<Condition> = Vec::new();
    for condition in queries
        .iter()
        .flat_map(|query| query.wanted.iter().chain(&query.unwanted))
    {
        if !conditions.contains(condition) {
            conditions.push(condition.clone());
        }
    }
    let batch = Arc::new(Batch {
        separator: separator.clone(),
        conditions,
        members: queries.len(),
        lane: Mutex::new(None),
    });
    let member = |_| -> Arc<dyn Separator> {
        Arc::new(Member {
            batch: batch.clone(),
            has_stream: AtomicBool::new(false),
        })
    };
    (0..queries.len()).map(member).collect()
}

/// What the members have in common.
struct Batch {
    separator: Arc<dyn Separator>,
    /// Each once.
    conditions: Vec<Condition>,
    members: usize,
    /// From the first engine that asks for a stream on.
    lane: Mutex<Option<Arc<Mutex<Lane>>>>,
}

impl Batch {
    fn lane(&self) -> Result<Lane, ModelError> {
        Ok(Lane {
            stream: self.separator.stream(&self.conditions)?,
            read: 0,
            kept: VecDeque::new(),
            spare: Vec::new(),
            skips: false,
            ends: false,
        })
    }
}

/// One stream for all members.
struct Lane {
    stream: Box<dyn MaskStream>,
    /// Steps that it has read.
    read: u64,
    /// The masks of the steps that not every member has taken yet, the newest last, and by how many each was taken.
    kept: VecDeque<(usize, Vec<Complex32>)>,
    /// Masks to be filled again.
    spare: Vec<Vec<Complex32>>,
    /// It knows which frames will not be heard, and where the signal ends.
    skips: bool,
    ends: bool,
}

/// The separator of one engine.
struct Member {
    batch: Arc<Batch>,
    /// The engine has its stream of the batch. A further one begins elsewhere, and is computed alone.
    has_stream: AtomicBool,
}

impl Separator for Member {
    fn spec(&self) -> &SeparatorSpec {
        self.batch.separator.spec()
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        let batch = &*self.batch;
        let place = |condition| batch.conditions.iter().position(|known| known == condition);
        let places: Option<Vec<usize>> = conditions.iter().map(place).collect();
        let Some(places) = places.filter(|places| !places.is_empty()) else {
            return batch.separator.stream(conditions);
        };
        if self.has_stream.swap(true, Ordering::Relaxed) {
            return batch.separator.stream(conditions);
        }
        let mut lane = lock(&batch.lane);
        let lane = match &*lane {
            Some(lane) => lane.clone(),
            None => lane.insert(Arc::new(Mutex::new(batch.lane()?))).clone(),
        };
        Ok(Box::new(Shared {
            lane,
            places,
            queries: batch.conditions.len(),
            members: batch.members,
            read: 0,
        }))
    }

    fn stream_bytes(&self, queries: usize) -> usize {
        self.batch.separator.stream_bytes(queries)
    }

    fn nearest(&self, query: &Condition) -> Option<Nearest> {
        self.batch.separator.nearest(query)
    }

    fn threads(&self) -> usize {
        self.batch.separator.threads()
    }

    fn computed_on(&self) -> String {
        self.batch.separator.computed_on()
    }

    fn fault(&self) -> Option<String> {
        self.batch.separator.fault()
    }
}

/// What one engine sees of the stream.
struct Shared {
    lane: Arc<Mutex<Lane>>,
    /// Where its conditions are among all.
    places: Vec<usize>,
    queries: usize,
    members: usize,
    /// Steps that this engine has read.
    read: u64,
}

impl MaskStream for Shared {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        let size = masks.len() / self.places.len();
        let mut lane = lock(&self.lane);
        let lane = &mut *lane;
        if lane.read == self.read {
            let mut all = lane.spare.pop().unwrap_or_default();
            all.resize(self.queries * size, Complex32::default());
            lane.stream.push(magnitudes, &mut all)?;
            lane.kept.push_back((0, all));
            lane.read += 1;
        }
        let oldest = lane.read - lane.kept.len() as u64;
        let (taken, all) = &mut lane.kept[(self.read - oldest) as usize];
        for (masks, &place) in masks.chunks_exact_mut(size).zip(&self.places) {
            masks.copy_from_slice(&all[place * size..(place + 1) * size]);
        }
        *taken += 1;
        self.read += 1;
        while lane.kept.front().is_some_and(|(taken, _)| *taken == self.members) {
            lane.spare.extend(lane.kept.pop_front().map(|(_, masks)| masks));
        }
        Ok(())
    }

    fn skip_first(&mut self, frames: usize) {
        let mut lane = lock(&self.lane);
        if !std::mem::replace(&mut lane.skips, true) {
            lane.stream.skip_first(frames);
        }
    }

    fn end_after(&mut self, frames: usize) {
        let mut lane = lock(&self.lane);
        if lane.read == self.read && !std::mem::replace(&mut lane.ends, true) {
            lane.stream.end_after(frames);
        }
    }

    fn awaited(&mut self, awaited: bool) {
        lock(&self.lane).stream.awaited(awaited);
    }

    fn reset(&mut self) {
        lock(&self.lane).stream.reset();
    }
}

/// A member that panicked ends its engine; what it has left is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_models::bundled;

    /// Which masks a stream of its own gives, step by step.
    fn alone(
        separator: &Arc<dyn Separator>,
        conditions: &[Condition],
        steps: &[Vec<f32>],
    ) -> Vec<Vec<Complex32>> {
        let stream = separator.stream(conditions).expect("a stream");
        masks(stream, conditions.len(), steps)
    }

    fn masks(mut stream: Box<dyn MaskStream>, queries: usize, steps: &[Vec<f32>]) -> Vec<Vec<Complex32>> {
        let push = |magnitudes: &Vec<f32>| {
            let mut masks = vec![Complex32::default(); queries * magnitudes.len()];
            stream.push(magnitudes, &mut masks).expect("masks");
            masks
        };
        steps.iter().map(push).collect()
    }

    #[test]
    fn each_member_has_the_masks_that_it_would_have_alone_in_whatever_order() {
        let model = crate::model::Model::load(None, earmark_controls::Quality::Best)
            .expect("it is part of the program");
        let separator = &model.separator;
        let queries: Vec<Query> = ["rain", "a dog barking", "rain + a dog barking, not speech"]
            .iter()
            .map(|text| {
                let phrases = earmark_queries::Phrases::parse(text, "");
                phrases.encode(|sound| model.sound(sound)).expect("a query")
            })
            .collect();
        let spec = bundled::spec();
        let size = spec.block * spec.stft.bins();
        let steps: Vec<Vec<f32>> = (0..12)
            .map(|step| {
                (0..size)
                    .map(|k| ((k * 7 + step * 131) % 97) as f32 * 0.05)
                    .collect()
            })
            .collect();
        let members = members(separator, &queries);
        let conditions = |query: &Query| [&query.wanted[..], &query.unwanted].concat();
        let streams: Vec<_> = members
            .iter()
            .zip(&queries)
            .map(|(member, query)| member.stream(&conditions(query)).expect("a stream"))
            .collect();
        // One after the other is the worst order: the last one's masks wait for all that long.
        std::thread::scope(|scope| {
            for (stream, query) in streams.into_iter().zip(&queries) {
                let steps = &steps;
                scope.spawn(move || {
                    let conditions = conditions(query);
                    assert_eq!(
                        masks(stream, conditions.len(), steps),
                        alone(separator, &conditions, steps)
                    );
                });
            }
        });
        // What is asked for again, or was not in the batch, is computed alone.
        let again = members[0].stream(&conditions(&queries[1])).expect("a stream");
        assert_eq!(
            masks(again, 1, &steps),
            alone(separator, &conditions(&queries[1]), &steps)
        );
    }

    /// Notes whether its stream was told that it is awaited.
    struct Told(SeparatorSpec, Arc<AtomicBool>);

    struct ToldStream(Arc<AtomicBool>);

    impl Separator for Told {
        fn spec(&self) -> &SeparatorSpec {
            &self.0
        }

        fn stream(&self, _: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
            Ok(Box::new(ToldStream(self.1.clone())))
        }
    }

    impl MaskStream for ToldStream {
        fn push(&mut self, _: &[f32], _: &mut [Complex32]) -> Result<(), ModelError> {
            Ok(())
        }

        fn awaited(&mut self, awaited: bool) {
            self.0.store(awaited, Ordering::Relaxed);
        }

        fn reset(&mut self) {}
    }

    #[test]
    fn what_they_share_is_told_that_it_is_awaited() {
        let awaited = Arc::new(AtomicBool::new(false));
        let separator: Arc<dyn Separator> = Arc::new(Told(bundled::spec().clone(), awaited.clone()));
        let condition = earmark_models::testing::UnitSeparator::query(1.0);
        let queries = [condition.clone().into(), condition.clone().into()];
        let mut stream = members(&separator, &queries)[0]
            .stream(&[condition])
            .expect("a stream");
        stream.awaited(true);
        assert!(awaited.load(Ordering::Relaxed));
    }

    #[test]
    fn one_query_needs_no_batch() {
        let separator: Arc<dyn Separator> = Arc::new(earmark_models::testing::UnitSeparator::new(
            32_000,
            bundled::spec().stft,
            1,
            0,
            1.0,
        ));
        let query: Query = earmark_models::testing::UnitSeparator::query(1.0).into();
        assert!(Arc::ptr_eq(&members(&separator, &[query])[0], &separator));
        assert!(members(&separator, &[]).is_empty());
    }
}
