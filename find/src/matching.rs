//! Pairs of what belongs together, as many as there can be.

/// The size of the largest set of pairs in which nothing occurs twice (a maximum matching of a bipartite graph).
/// `partners[i]` are those that `i` may be paired with, each below `count`.
///
/// By augmenting paths: each of the first that is new to the pairs may send the others to another partner.
pub(crate) fn most_pairs(partners: &[Vec<usize>], count: usize) -> usize {
    let mut taken: Vec<Option<usize>> = vec![None; count];
    let mut seen = vec![usize::MAX; count];
    (0..partners.len())
        .filter(|&first| pair(first, first, partners, &mut taken, &mut seen))
        .count()
}

/// Finds `one` a partner in the round of `first`, if need be by finding others another one. A partner is tried once a round.
fn pair(
    one: usize,
    first: usize,
    partners: &[Vec<usize>],
    taken: &mut [Option<usize>],
    seen: &mut [usize],
) -> bool {
    for &other in &partners[one] {
        if std::mem::replace(&mut seen[other], first) == first {
            continue;
        }
        if taken[other].is_none_or(|owner| pair(owner, first, partners, taken, seen)) {
            taken[other] = Some(one);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_make_room() {
        // The first takes 0, the second can have nothing else.
        assert_eq!(most_pairs(&[vec![0, 1], vec![0]], 2), 2);
        assert_eq!(most_pairs(&[vec![0, 1], vec![0], vec![1]], 2), 2);
        assert_eq!(most_pairs(&[vec![0, 1], vec![0, 2], vec![1]], 3), 3);
        assert_eq!(most_pairs(&[vec![], vec![0]], 1), 1);
        assert_eq!(most_pairs(&[], 3), 0);
    }
}
