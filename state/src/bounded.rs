//! JSON of which no more is kept than a state can have, however large it is.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Most numbers in a row that are kept: more than any encoder gives. One more shows that there were too many.
const NUMBERS: usize = 2049;
/// Most of anything else in a row: there are eight slots, and eight sounds in each.
const OTHERS: usize = 8;
/// Most names in an object.
const NAMES: usize = 64;
/// Most values in all: twice what eight slots of eight clips and eight texts have.
const VALUES: usize = 2 * 8 * 16 * 2048;

/// Reads a value and leaves out what is too much, as if it were not there. What is left out costs no memory.
pub(crate) fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let left = Cell::new(VALUES);
    Bounded { left: &left }.deserialize(deserializer)
}

#[derive(Clone, Copy)]
struct Bounded<'a> {
    /// How many more values are kept.
    left: &'a Cell<usize>,
}

impl Bounded<'_> {
    /// Whether one more may be kept.
    fn has_room(self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut given: A) -> Result<Value, A::Error> {
        let mut kept = vec![];
        loop {
            let most = match kept.first() {
                Some(Value::Number(_)) => NUMBERS,
                _ => OTHERS,
            };
            if kept.len() < most && self.has_room() {
                match given.next_element_seed(self)? {
                    Some(value) => kept.push(value),
                    None => return Ok(Value::Array(kept)),
                }
            } else if given.next_element::<IgnoredAny>()?.is_none() {
                return Ok(Value::Array(kept));
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = given.next_key::<String>()? {
            if kept.len() < NAMES && self.has_room() {
                kept.insert(name, given.next_value_seed(self)?);
            } else {
                given.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Value {
        value(&mut serde_json::Deserializer::from_str(json)).expect("it is JSON")
    }

    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(values) => values.iter().map(count).sum(),
            Value::Object(values) => values.values().map(count).sum(),
            _ => 0,
        }
    }

    #[test]
    fn what_is_small_is_read_whole() {
        let json = r#"{"a": [1, -2, 0.5, 1e300], "b": [null, true, "ö\n", {"c": {}}], "d": []}"#;
        assert_eq!(
            read(json),
            serde_json::from_str::<Value>(json).expect("it is JSON")
        );
    }

    #[test]
    fn a_large_state_costs_no_more_than_a_full_one() {
        let many = |what: &str, count: usize| vec![what; count].join(",");
        for json in [
            format!("{{\"slots\": [{}]}}", many(r#"{"text": "rain"}"#, 300_000)),
            format!("{{\"slots\": [{{\"values\": [{}]}}]}}", many("0.1", 2_000_000)),
            format!(
                "{{{}}}",
                (0..100_000)
                    .map(|n| format!("\"{n}\":[1]"))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        ] {
            assert!(count(&read(&json)) < 3_000);
        }
        // Few in a row, but rows in rows.
        let mut json = "1".to_owned();
        for _ in 0..7 {
            json = format!("[{}]", many(&json, 8));
        }
        assert!(count(&read(&json)) <= VALUES + 8 * OTHERS);
        assert!(serde_json::from_str::<Value>("[1").is_err());
        assert!(value(&mut serde_json::Deserializer::from_str("[1")).is_err());
    }
}
