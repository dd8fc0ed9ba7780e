//! What is around each value.

use std::collections::VecDeque;

/// The values around each one, in the order of time: `reach` on either side, fewer at the beginning and the end, so that there is a
/// window for each value.
#[derive(Debug, Clone)]
pub(crate) struct Window<T> {
    reach: usize,
    values: VecDeque<T>,
    /// Values so far, and windows that were seen.
    read: usize,
    seen: usize,
}

impl<T> Window<T> {
    pub(crate) fn new(reach: usize) -> Window<T> {
        Window {
            reach,
            values: VecDeque::with_capacity(2 * reach + 1),
            read: 0,
            seen: 0,
        }
    }

    /// Takes the next value; the window around the value `reach` before it, once there is one.
    pub(crate) fn push(&mut self, value: T) -> Option<&VecDeque<T>> {
        if self.values.len() > 2 * self.reach {
            self.values.pop_front();
        }
        self.values.push_back(value);
        self.read += 1;
        self.next(self.read > self.reach)
    }

    /// When no values come any more: one of the windows that are left.
    pub(crate) fn finish(&mut self) -> Option<&VecDeque<T>> {
        // The first windows of a short sound have nothing behind them to forget.
        if self.seen > self.reach {
            self.values.pop_front();
        }
        self.next(self.seen < self.read)
    }

    fn next(&mut self, there_is_one: bool) -> Option<&VecDeque<T>> {
        self.seen += usize::from(there_is_one);
        there_is_one.then_some(&self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_window_cut_at_the_ends() {
        for len in [0, 1, 2, 5, 40] {
            for reach in [0, 1, 3, 7] {
                let mut window = Window::new(reach);
                let mut all: Vec<Vec<usize>> = Vec::new();
                for value in 0..len {
                    all.extend(window.push(value).map(|values| values.iter().copied().collect()));
                }
                while let Some(values) = window.finish() {
                    all.push(values.iter().copied().collect());
                }
                let expected: Vec<Vec<usize>> = (0..len)
                    .map(|i: usize| (i.saturating_sub(reach)..len.min(i + reach + 1)).collect())
                    .collect();
                assert_eq!(all, expected, "{len} values, {reach} on either side");
            }
        }
    }
}
