//! The field `queries` of the plug-in's state.

use earmark_queries::Phrases;

use earmark_state::{NAME_LIMIT, QUERY_LIMIT, SLOTS, StoredQueries};
use serde_json::{Value, json};

/// A state that is read is bounded, and is the same when it is written and read again.
///
/// # Panics
/// Where it is not.
pub fn state(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<StoredQueries>(bytes) else {
        return;
    };
    assert!(read.slots.len() <= SLOTS);
    assert!(read.trim.is_none_or(|db| db.abs() <= 60.0));
    for slot in &read.slots {
        assert!(slot.text.chars().count() <= QUERY_LIMIT);
        assert!(slot.negative.chars().count() <= QUERY_LIMIT);
        assert!(slot.name.chars().count() <= NAME_LIMIT);
        assert!(slot.sounds.len() <= Phrases::MOST && slot.conditions.len() <= Phrases::MOST);
        assert!(slot.phrases().all().count() <= Phrases::MOST);
    }
    let written = serde_json::to_string(&read).expect("plain data");
    let again = serde_json::from_str::<StoredQueries>(&written).expect("what was written is read");
    let value = |queries| rounded(serde_json::to_value(queries).expect("plain data"));
    assert_eq!(value(&again), value(&read));
}

/// The same with numbers of 32 bits, as all are that this version knows. Those of later versions' sounds, which are only kept, may
/// change in their last digit: JSON is read no more exactly than that.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().map(|number| number as f32)),
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(values) => {
            let values = values.into_iter().map(|(name, value)| (name, rounded(value)));
            Value::Object(values.collect())
        }
        other => other,
    }
}
