//! Numbers that are stored as decimals.

#[test]
fn stored_numbers_come_back_bit_for_bit() {
    // Every exponent that a condition can have, and mantissas that shortest decimals are hardest for.
    let mut bits = 0x9e37_79b9u32;
    let values: Vec<f32> = (0..200_000u32)
        .map(|_| {
            bits ^= bits << 13;
            bits ^= bits >> 17;
            bits ^= bits << 5;
            f32::from_bits(bits)
        })
        .filter(|value| value.is_finite())
        .collect();
    let text = serde_json::to_string(&values).unwrap();
    let read: Vec<f32> = serde_json::from_str(&text).unwrap();
    let differ = values
        .iter()
        .zip(&read)
        .filter(|(a, b)| a.to_bits() != b.to_bits());
    assert_eq!(differ.count(), 0);
    let text = serde_json::to_value(&values).unwrap().to_string();
    let read: Vec<f32> = serde_json::from_str(&text).unwrap();
    let differ = values
        .iter()
        .zip(&read)
        .filter(|(a, b)| a.to_bits() != b.to_bits());
    assert_eq!(differ.count(), 0);
}
