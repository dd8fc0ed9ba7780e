//! Which one of the times that a sound is heard is meant.

use earmark_find::Occurrence;
use earmark_queries::Which;

/// The occurrences of a query, of those of several, and the place of the one that is meant.
pub(crate) fn meant(
    which: Which,
    query: usize,
    occurrences: &[(usize, Occurrence)],
) -> (Vec<Occurrence>, Option<usize>) {
    let of_it = occurrences.iter().filter(|(of, _)| *of == query);
    let of_it: Vec<Occurrence> = of_it.map(|(_, one)| *one).collect();
    let place = choose(which, &of_it);
    (of_it, place)
}

/// The place of the one that is meant; of two that are equally loud or long it is the first one.
fn choose(which: Which, occurrences: &[Occurrence]) -> Option<usize> {
    match which {
        Which::Nth(number) => Some(number.get() - 1).filter(|&place| place < occurrences.len()),
        Which::Last => occurrences.len().checked_sub(1),
        Which::Loudest => greatest(occurrences, |one| f64::from(one.loudness)),
        Which::Longest => greatest(occurrences, Occurrence::seconds),
    }
}

/// The first place of the greatest value.
fn greatest(occurrences: &[Occurrence], value: impl Fn(&Occurrence) -> f64) -> Option<usize> {
    let of = |place: usize| value(&occurrences[place]);
    (0..occurrences.len()).reduce(|best, next| if of(next) > of(best) { next } else { best })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    #[test]
    fn the_one_that_is_meant_is_chosen_or_there_is_none() {
        let all: Vec<Occurrence> = [-30.0, -12.5, -20.0, -12.5]
            .iter()
            .zip(0_u8..)
            .map(|(&loudness, second)| Occurrence {
                onset: f64::from(second),
                offset: f64::from(second) + [0.25, 0.5, 0.75, 0.5][usize::from(second)],
                confidence: 0.9,
                peak: f64::from(second),
                loudness,
            })
            .collect();
        let nth = |number| Which::Nth(NonZeroUsize::new(number).expect("it is not 0"));
        assert_eq!(choose(nth(1), &all), Some(0));
        assert_eq!(choose(nth(4), &all), Some(3));
        assert_eq!(choose(nth(5), &all), None);
        assert_eq!(choose(Which::Last, &all), Some(3));
        assert_eq!(choose(Which::Loudest, &all), Some(1));
        assert_eq!(choose(Which::Longest, &all), Some(2));
        for which in [nth(1), Which::Last, Which::Loudest, Which::Longest] {
            assert_eq!(choose(which, &[]), None);
        }
        let of_two: Vec<(usize, Occurrence)> = all.iter().map(|one| (1, *one)).chain([(0, all[1])]).collect();
        assert_eq!(meant(Which::Last, 1, &of_two), (all.clone(), Some(3)));
        assert_eq!(meant(Which::Last, 0, &of_two), (vec![all[1]], Some(0)));
        assert_eq!(meant(Which::Last, 2, &of_two), (vec![], None));
    }
}
