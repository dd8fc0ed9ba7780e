//! Which sounds lie below which, in AudioSet's ontology.

use std::collections::HashMap;

/// The ontology as a tree. A sound of several parents hangs below one of them: the first in the order of the tree that has it among its
/// children when its own line comes, as in USS's published code (`uss/parse_ontology.py`).
pub(super) struct Tree<'a> {
    ids: Vec<&'a str>,
    /// Of each node those below it, in the order of their lines.
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
}

impl<'a> Tree<'a> {
    /// One line a node: its identity and those of its children, with tabs between them; parents before children.
    pub(super) fn read(text: &'a str) -> Tree<'a> {
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        let mut parents: HashMap<&str, Vec<usize>> = HashMap::new();
        for (node, line) in lines.iter().enumerate() {
            for child in line.iter().skip(1) {
                parents.entry(child).or_default().push(node);
            }
        }
        let mut tree = Tree {
            ids: lines
                .iter()
                .map(|line| line.first().copied().unwrap_or_default())
                .collect(),
            children: vec![Vec::new(); lines.len()],
            roots: Vec::new(),
        };
        for node in 0..tree.ids.len() {
            match parents.get(tree.ids[node]) {
                None => tree.roots.push(node),
                Some(parents) => {
                    let first = tree.walk(&tree.roots).find(|other| parents.contains(other));
                    if let Some(parent) = first {
                        tree.children[parent].push(node);
                    }
                }
            }
        }
        tree
    }

    /// The identities of a node and of all below it, itself first; none where there is no such node.
    pub(super) fn below(&self, id: &str) -> Vec<&'a str> {
        let node = self.ids.iter().position(|own| *own == id);
        let node: Vec<usize> = node.into_iter().collect();
        self.walk(&node).map(|node| self.ids[node]).collect()
    }

    /// These nodes and all below them, each before those below it.
    fn walk(&self, nodes: &[usize]) -> impl Iterator<Item = usize> {
        let mut left: Vec<usize> = nodes.iter().rev().copied().collect();
        std::iter::from_fn(move || {
            let node = left.pop()?;
            left.extend(self.children[node].iter().rev());
            Some(node)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded;

    #[test]
    fn a_node_hangs_below_the_first_of_its_parents() {
        let tree = Tree::read("a\tb\tc\nb\td\nc\td\te\nd\ne\nf");
        assert_eq!(tree.below("a"), ["a", "b", "d", "c", "e"]);
        assert_eq!(tree.below("c"), ["c", "e"]);
        assert_eq!(tree.below("f"), ["f"]);
        assert!(tree.below("g").is_empty());
    }

    #[test]
    fn its_levels_are_those_of_the_published_code() {
        let tree = Tree::read(embedded::AUDIOSET_TREE);
        let classes: Vec<&str> = embedded::AUDIOSET_NAMES
            .lines()
            .filter_map(|line| Some(line.split_once('\t')?.0))
            .collect();
        let is_class = |node: usize| tree.below(tree.ids[node]).iter().any(|id| classes.contains(id));
        let (mut level, mut counts) = (tree.roots.clone(), Vec::new());
        while !level.is_empty() {
            counts.push((level.len(), level.iter().filter(|node| is_class(**node)).count()));
            level = level
                .iter()
                .flat_map(|node| tree.children[*node].clone())
                .collect();
        }
        assert_eq!(
            counts,
            [(7, 7), (42, 41), (286, 251), (229, 198), (63, 56), (5, 3)]
        );
    }
}
