//! AudioSet's 527 classes: their names, what these mean, and how they lie below each other.

use std::sync::OnceLock;

use super::CLASSES;
use super::tree::Tree;
use crate::embedded;

/// AudioSet's classes, by their index in what networks say of a sound.
pub struct Classes {
    names: Vec<&'static str>,
    /// Of each class that of its name, of unit norm; `[CLASSES, size]`.
    embeddings: Vec<f32>,
    /// Of each class itself and all below it.
    below: Vec<Vec<usize>>,
    /// Of each class itself and all above it.
    above: Vec<Vec<usize>>,
}

impl Classes {
    /// Those of AudioSet, which are part of the binary. Reads them once.
    pub fn audioset() -> &'static Classes {
        static CLASSES: OnceLock<Classes> = OnceLock::new();
        CLASSES.get_or_init(Classes::read)
    }

    fn read() -> Classes {
        let lines = embedded::AUDIOSET_NAMES.lines();
        let (ids, names): (Vec<_>, Vec<_>) = lines.filter_map(|line| line.split_once('\t')).unzip();
        let tree = Tree::read(embedded::AUDIOSET_TREE);
        let below = ids.iter().map(|id| tree.below(id));
        // What lies between classes and is none itself only joins them.
        let index = |id: &&str| ids.iter().position(|own| own == id);
        let below: Vec<Vec<usize>> = below
            .map(|below| below.iter().filter_map(index).collect())
            .collect();
        let is_above = |above: usize, class: usize| below[above].contains(&class);
        let above = |class| (0..ids.len()).filter(|&above| is_above(above, class)).collect();
        let above = (0..ids.len()).map(above).collect();
        let size = embedded::AUDIOSET_EMBEDDINGS.len() / CLASSES;
        let rows = embedded::AUDIOSET_EMBEDDINGS.chunks_exact(size);
        Classes {
            names,
            embeddings: rows.flat_map(unit).collect(),
            below,
            above,
        }
    }

    /// The name of a class.
    ///
    /// # Panics
    /// Where there is none of this index.
    pub fn name(&self, class: usize) -> &'static str {
        self.names[class]
    }

    /// The names of all, in order.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// What is embedded of a name beside the name itself.
    pub fn sound_of(name: &str) -> String {
        format!("the sound of {}", name.to_lowercase())
    }

    /// A class and all below it, itself first.
    ///
    /// # Panics
    /// Where there is none of this index.
    pub fn at_or_below(&self, class: usize) -> &[usize] {
        &self.below[class]
    }

    /// The cosine between each class's name and a text, which was embedded likewise and to unit norm.
    pub(super) fn cosines<'a>(&'a self, text: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        let rows = self.embeddings.chunks_exact(text.len());
        rows.map(move |row| row.iter().zip(text).map(|(a, b)| a * b).sum())
    }

    /// What a tagger that is sure would say, on average, of sounds that belong to one of these classes, `[CLASSES]`: each of them
    /// counts alike, and in it each class at or below it. A sound of a class is one of all above it, too.
    ///
    /// A separator adds up what each class's probability does to it. So this is to it the mean over those sounds.
    ///
    /// # Panics
    /// Where there is no class of such an index.
    pub fn expected(&self, classes: &[usize]) -> Vec<f32> {
        let mut values = vec![0.0; self.names.len()];
        for &class in classes {
            let below = &self.below[class];
            let share = 1.0 / (classes.len() * below.len()) as f32;
            for &above in below.iter().flat_map(|&class| &self.above[class]) {
                values[above] += share;
            }
        }
        // Of many shares, the sum may be more than all of them by a rounding.
        values.iter_mut().for_each(|value| *value = value.min(1.0));
        values
    }
}

/// A row of signed bytes, scaled to unit norm.
fn unit(row: &[u8]) -> impl Iterator<Item = f32> + use<> {
    let values: Vec<f32> = row.iter().map(|&byte| f32::from(byte.cast_signed())).collect();
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.into_iter().map(move |value| value / norm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str) -> usize {
        let names = Classes::audioset().names();
        names.iter().position(|own| *own == name).unwrap()
    }

    #[test]
    fn they_are_those_of_audioset() {
        let classes = Classes::audioset();
        assert_eq!(classes.names().len(), CLASSES);
        for (class, name) in [
            (0, "Speech"),
            (74, "Dog"),
            (75, "Bark"),
            (289, "Rain"),
            (384, "Typing"),
            (386, "Computer keyboard"),
            (500, "Silence"),
            (526, "Field recording"),
        ] {
            assert_eq!(classes.name(class), name);
        }
    }

    #[test]
    fn a_class_holds_what_lies_below_it() {
        let classes = Classes::audioset();
        let dog = classes.at_or_below(class("Dog"));
        assert_eq!(dog[0], class("Dog"));
        assert!(dog.contains(&class("Bark")) && !dog.contains(&class("Meow")));
        let animal = classes.at_or_below(class("Animal"));
        assert!(dog.iter().all(|class| animal.contains(class)));
        assert_eq!(classes.at_or_below(class("Bark")), [class("Bark")]);
    }

    #[test]
    fn what_is_expected_of_a_sound_is_itself_and_all_above_it() {
        let classes = Classes::audioset();
        let expected = classes.expected(&[class("Bark")]);
        let is_sure = ["Bark", "Dog", "Domestic animals, pets", "Animal"].map(class);
        for (index, value) in expected.iter().enumerate() {
            assert_eq!(*value, if is_sure.contains(&index) { 1.0 } else { 0.0 });
        }
        let dog = classes.expected(&[class("Dog")]);
        let below = classes.at_or_below(class("Dog")).len() as f32;
        for (name, value) in [("Dog", 1.0), ("Animal", 1.0), ("Bark", 1.0 / below)] {
            assert!((dog[class(name)] - value).abs() < 1e-6, "{name}");
        }
        let both = classes.expected(&[class("Rain"), class("Bark")]);
        assert_eq!((both[class("Bark")], both[class("Animal")]), (0.5, 0.5));
        // However many are meant, they weigh what one sound does: of the classes below it, one.
        let animal = classes.expected(&[class("Animal")]);
        assert!(animal.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(animal.iter().sum::<f32>() < 5.0);
    }
}
