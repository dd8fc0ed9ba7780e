//! Attention of one head among a few tokens.

use crate::exponential::exp;
use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// What one head reads. All of a token's values lie side by side, but for the keys.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// What each token asks for, `[tokens, size]`, scaled already.
    pub asked: &'a [f32],
    /// `[size, tokens]`: one value of all keys after the other.
    pub keys: &'a [f32],
    /// `[tokens, size]`.
    pub values: &'a [f32],
    /// Added to the score of each pair, `[tokens asking, tokens]`.
    pub biases: &'a [f32],
    /// Tokens.
    pub tokens: usize,
}

/// Writes what each token gathers of the others into `out`, `[tokens, size]`: softmax(asked · keysᵀ + biases) · values. `scores` is room for one
/// row of them, `[tokens]`.
///
/// # Panics
/// Where a slice has another length.
pub fn attend(isa: Isa, head: Head, scores: &mut [f32], out: &mut [f32]) {
    let Head {
        asked,
        keys,
        values,
        biases,
        tokens,
    } = head;
    let all = [asked.len(), keys.len(), values.len()];
    assert!(all.iter().all(|len| *len == out.len()), "one size");
    assert!(tokens > 0 && out.len().is_multiple_of(tokens), "whole tokens");
    assert!(biases.len() == tokens * tokens && scores.len() == tokens);
    isa.run(Attend { head, scores, out });
}

struct Attend<'a> {
    head: Head<'a>,
    scores: &'a mut [f32],
    out: &'a mut [f32],
}

impl Kernel for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Attend { head, scores, out } = self;
        let tokens = head.tokens;
        let size = out.len() / tokens;
        let rows = head
            .asked
            .chunks_exact(size)
            .zip(head.biases.chunks_exact(tokens));
        for ((asked, biases), out) in rows.zip(out.chunks_exact_mut(size)) {
            scores.copy_from_slice(biases);
            for (value, keys) in asked.iter().zip(head.keys.chunks_exact(tokens)) {
                for (score, key) in scores.iter_mut().zip(keys) {
                    *score += value * key;
                }
            }
            let mut most = f32::MIN;
            for score in scores.iter() {
                most = if *score > most { *score } else { most };
            }
            for score in scores.iter_mut() {
                *score = exp(*score - most);
            }
            let all: f32 = scores.iter().sum();
            out.fill(0.0);
            for (share, values) in scores.iter().zip(head.values.chunks_exact(size)) {
                for (out, value) in out.iter_mut().zip(values) {
                    *out += share * value;
                }
            }
            out.iter_mut().for_each(|out| *out /= all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_every_instruction_set_it_is_the_plain_sum() {
        let value = |n: usize| ((n * 7919) % 201) as f32 / 50.0 - 2.0;
        for (tokens, size) in [(1, 3), (5, 4), (64, 32), (77, 64)] {
            let all = tokens * size;
            let part = |from: usize| (0..all).map(|n| value(n + from)).collect::<Vec<_>>();
            let (asked, keys, values) = (part(1), part(5), part(11));
            let biases: Vec<f32> = (0..tokens * tokens)
                .map(|n| {
                    if n % 7 == 3 && n % tokens != n / tokens {
                        -100.0
                    } else {
                        value(n)
                    }
                })
                .collect();
            let mut expected = vec![0.0; all];
            for token in 0..tokens {
                let score = |other: usize| {
                    let product = |k: usize| f64::from(asked[token * size + k] * keys[k * tokens + other]);
                    (0..size).map(product).sum::<f64>() + f64::from(biases[token * tokens + other])
                };
                let scores: Vec<f64> = (0..tokens).map(score).collect();
                let most = scores.iter().copied().fold(f64::MIN, f64::max);
                let sum: f64 = scores.iter().map(|score| (score - most).exp()).sum();
                for k in 0..size {
                    let gathered =
                        |other: usize| (scores[other] - most).exp() * f64::from(values[other * size + k]);
                    expected[token * size + k] = ((0..tokens).map(gathered).sum::<f64>() / sum) as f32;
                }
            }
            for isa in Isa::available() {
                let (mut scores, mut out) = (vec![0.0; tokens], vec![9.0; all]);
                let head = Head {
                    asked: &asked,
                    keys: &keys,
                    values: &values,
                    biases: &biases,
                    tokens,
                };
                attend(isa, head, &mut scores, &mut out);
                for (out, expected) in out.iter().zip(&expected) {
                    assert!(
                        (out - expected).abs() < 1e-4,
                        "{isa:?}, {tokens} tokens: {out} for {expected}"
                    );
                }
            }
        }
    }
}
