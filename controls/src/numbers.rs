//! A value for each control.

use std::ops::{Index, IndexMut};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::table::Control;

/// A value for each [`Control`], in its unit. Serialized as a map of those that a preset stores, under their names there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Numbers([f32; Control::COUNT]);

impl Numbers {
    /// What `of` gives for each.
    pub fn from_fn(of: impl FnMut(Control) -> f32) -> Numbers {
        Numbers(Control::ALL.map(of))
    }

    /// The same with another value for one of them.
    #[must_use]
    pub fn with(mut self, control: Control, value: f32) -> Numbers {
        self[control] = value;
        self
    }

    /// Each with its value, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (Control, f32)> {
        Control::ALL.into_iter().zip(self.0)
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Numbers::from_fn(|control| control.number().default)
    }
}

impl Index<Control> for Numbers {
    type Output = f32;

    fn index(&self, control: Control) -> &f32 {
        &self.0[control as usize]
    }
}

impl IndexMut<Control> for Numbers {
    fn index_mut(&mut self, control: Control) -> &mut f32 {
        &mut self.0[control as usize]
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (control, value) in self.iter() {
            if let Some(name) = control.parameter().in_presets {
                map.serialize_entry(name, &value)?;
            }
        }
        map.end()
    }
}
