//! Texts into the fixed arrays of the formats.

/// Writes the units of a text and a zero; what does not fit is left out.
pub(crate) fn write<T: Copy + Default>(to: &mut [T], units: impl Iterator<Item = T>) {
    let Some(most) = to.len().checked_sub(1) else {
        return;
    };
    let mut written = 0;
    for (place, unit) in to[..most].iter_mut().zip(units) {
        *place = unit;
        written += 1;
    }
    to[written] = T::default();
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn a_text_ends_with_a_zero() {
        let mut place = [7_u8; 4];
        write(&mut place, "ab".bytes());
        assert_eq!(place, [b'a', b'b', 0, 7]);
        write(&mut place, "abcdef".bytes());
        assert_eq!(place, *b"abc\0");
        write(&mut [], "a".bytes());
    }
}
