//! An engine that is played live while an example is encoded.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use earmark_engine::{Engine, EngineConfig, EngineError, EngineHandle, WaitPolicy};
use earmark_models::{Condition, Separator, procedural};
use earmark_queries::{Clip, QueryError};

use super::RATE;
use crate::bench::subject::Subject;
use crate::error::CliError;

/// Samples of a call.
const CALL: usize = 512;
/// Seconds that are played before the example ends, so that a query has all of its past to read, and seconds after which nobody waits any more.
const BEFORE: usize = 10;
/// Seconds for which the button is held.
const HELD: usize = 1;
const AFTER: usize = 20;
/// Of the loudest sample: what differs by more is another target, and no rounding.
const DIFFERENT: f32 = 1e-3;

/// What is played, and what comes of it where nothing changes.
pub(super) struct Live {
    separator: Arc<dyn Separator>,
    query: Condition,
    input: Vec<f32>,
    usual: Vec<f32>,
    different: f32,
}

/// Milliseconds from the end of an example.
pub(super) struct Turn {
    pub(super) encoded_ms: f64,
    pub(super) heard_ms: f64,
    /// Blocks that were late from then on.
    pub(super) late_blocks: u64,
}

impl Live {
    /// Computes what is heard of a query that stays as it is.
    pub(super) fn new(subject: &Subject) -> Result<Live, CliError> {
        let samples = (BEFORE + AFTER) * RATE as usize;
        let input: Vec<f32> = procedural::uniform("played", samples)
            .map(|value| 0.1 * value)
            .collect();
        let mut live = Live {
            separator: subject.separator.clone(),
            query: subject.conditions(1).swap_remove(0),
            usual: vec![0.0; input.len()],
            input,
            different: 0.0,
        };
        let (mut engine, _handle) = live.engine()?;
        engine.set_wait_policy(WaitPolicy::Offline);
        let mut usual = std::mem::take(&mut live.usual);
        for (input, target) in live.input.chunks(CALL).zip(usual.chunks_mut(CALL)) {
            play(&mut engine, input, target);
        }
        let loudest = usual
            .iter()
            .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        live.different = DIFFERENT * loudest;
        live.usual = usual;
        Ok(live)
    }

    fn engine(&self) -> Result<(Engine, EngineHandle), EngineError> {
        let config = EngineConfig::new(f64::from(RATE), 1, CALL);
        let (engine, handle) = Engine::new(config, self.separator.spec())?;
        handle.set_separator(self.separator.clone())?;
        handle.set_query(0, Some(self.query.clone()));
        Ok((engine, handle))
    }

    /// Plays as time passes, has `encode` begin, and puts the clip that it gives in the query's place. `prepare` is called when the example
    /// begins, as the plug-in does when the button is pressed.
    pub(super) fn turn(
        &self,
        prepare: impl FnOnce(),
        encode: impl FnOnce(Box<dyn FnOnce(Result<Clip, QueryError>) + Send>),
    ) -> Result<Turn, CliError> {
        let (mut engine, handle) = self.engine()?;
        let encoded: Arc<Mutex<Option<Result<Instant, QueryError>>>> = Arc::default();
        let (tell, to, spec) = (encoded.clone(), handle.clone(), self.separator.spec().clone());
        let done = Box::new(move |clip: Result<Clip, QueryError>| {
            let condition = clip.and_then(|clip| clip.condition(&spec));
            let now = condition.map(|condition| {
                to.set_query(0, Some(condition));
                Instant::now()
            });
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        });
        let (mut prepare, mut encode) = (Some(prepare), Some((encode, done)));
        let mut let_go: Option<(Instant, u64)> = None;
        let mut target = vec![0.0; CALL];
        let begun = Instant::now();
        for (call, (input, usual)) in self.input.chunks(CALL).zip(self.usual.chunks(CALL)).enumerate() {
            let at = call * CALL;
            let due = begun + Duration::from_secs_f64(at as f64 / f64::from(RATE));
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if at >= (BEFORE - HELD) * RATE as usize
                && let Some(prepare) = prepare.take()
            {
                prepare();
            }
            if at >= BEFORE * RATE as usize
                && let Some((encode, done)) = encode.take()
            {
                let_go = Some((Instant::now(), handle.status().late_blocks));
                encode(done);
            }
            let target = &mut target[..input.len()];
            play(&mut engine, input, target);
            let ready = encoded.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (Some(ready), Some((let_go, late))) = (ready, let_go) else {
                continue;
            };
            let ready = ready?;
            let differs = target
                .iter()
                .zip(usual)
                .any(|(now, usual)| (now - usual).abs() > self.different);
            if !differs {
                *encoded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ok(ready));
                continue;
            }
            return Ok(Turn {
                encoded_ms: 1e3 * (ready - let_go).as_secs_f64(),
                heard_ms: 1e3 * let_go.elapsed().as_secs_f64(),
                late_blocks: handle.status().late_blocks - late,
            });
        }
        Err(CliError::Bench {
            what: "--listen",
            given: self.separator.spec().id.clone(),
            reason: format!("what is heard has to change within {AFTER} s of the example"),
        })
    }
}

/// One call.
fn play(engine: &mut Engine, input: &[f32], target: &mut [f32]) {
    let mut mixture = [0.0; CALL];
    engine.process_split(&[input], &mut [&mut mixture[..input.len()]], &mut [target], &[]);
}
