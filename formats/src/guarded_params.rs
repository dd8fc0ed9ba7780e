//! The parameters of a guarded plug-in.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nice_plug::prelude::{ParamPtr, Params};

use crate::contain::contain;
use crate::output::parameter_number;

/// More steps than these are no list that anybody would choose from.
const LONGEST_LIST: usize = 64;

/// A plug-in's parameters. What it says of them is asked for here, where a panic is no answer.
pub(crate) struct GuardedParams {
    params: Arc<dyn Params>,
    /// Those of `params`, by their numbers.
    by_number: HashMap<u32, ParamPtr>,
    failed: AtomicBool,
}

impl GuardedParams {
    pub(crate) fn new(params: Arc<dyn Params>) -> Self {
        let all = params.param_map().into_iter();
        GuardedParams {
            by_number: all.map(|(id, param, _)| (parameter_number(&id), param)).collect(),
            params,
            failed: AtomicBool::new(false),
        }
    }

    /// Whether the plug-in can say what it would save, which nice-plug takes for granted.
    pub(crate) fn can_be_saved(&self) -> bool {
        contain("saving its state", || self.params.serialize_fields()).is_some()
    }

    /// Whether the plug-in has failed to take a state since this was asked last.
    pub(crate) fn take_failed(&self) -> bool {
        self.failed.swap(false, Ordering::Relaxed)
    }

    /// What is shown of a value, 0 to 1 or a number of steps, with its unit.
    pub(crate) fn text(&self, number: u32, value: f64) -> Option<String> {
        let param = self.by_number.get(&number)?;
        let normalized = value as f32 / steps(param);
        // SAFETY: the parameter is part of what we hold, here and below.
        contain("showing a value", || unsafe {
            param.normalized_value_to_string(normalized, true)
        })
    }

    /// The value, 0 to 1 or a number of steps, that a text means.
    pub(crate) fn value(&self, number: u32, text: &str) -> Option<f64> {
        let param = self.by_number.get(&number)?;
        // SAFETY: see `text`.
        let normalized = contain("reading a value", || unsafe {
            param.string_to_normalized_value(text)
        })?;
        Some(f64::from(normalized?) * f64::from(steps(param)))
    }

    /// Whether the parameter has few values, each with a name of its own.
    pub(crate) fn is_list(&self, number: u32) -> bool {
        let Some(param) = self.by_number.get(&number) else {
            return false;
        };
        match param {
            ParamPtr::EnumParam(_) => true,
            // SAFETY: see `text`.
            ParamPtr::IntParam(_) => (unsafe { param.step_count() }).is_some_and(|steps| {
                let name = |step| self.text(number, step as f64);
                steps < LONGEST_LIST && (0..=steps).filter_map(name).any(|name| is_word(&name))
            }),
            _ => false,
        }
    }
}

/// In how many steps hosts count.
fn steps(param: &ParamPtr) -> f32 {
    // SAFETY: see `GuardedParams::text`.
    unsafe { param.step_count() }.unwrap_or(1) as f32
}

fn is_word(name: &str) -> bool {
    !name.chars().any(|letter| letter.is_ascii_digit())
}

// SAFETY: what it points to is the plug-in's, which it holds.
unsafe impl Params for GuardedParams {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        self.params.param_map()
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        contain("saving its state", || self.params.serialize_fields()).unwrap_or_default()
    }

    fn deserialize_fields(&self, serialized: &BTreeMap<String, String>) {
        if contain("loading a state", || self.params.deserialize_fields(serialized)).is_none() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for GuardedParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_number.keys()).finish()
    }
}
