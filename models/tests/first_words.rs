//! The words that people type first, and what the bundled model listens for when it hears them.

use earmark_models::bundled;

/// Columns word and group; no group where the model has learnt no such sound.
const WORDS: &str = include_str!("../../training/first_words.tsv");

#[test]
fn a_word_means_its_sound() {
    let (separator, encoder) = (bundled::separator().unwrap(), bundled::encoder().unwrap());
    let (mut right, mut near, mut all) = (0, 0, 0);
    let (mut flagged, mut unknown) = (0, 0);
    for line in WORDS.lines().skip(1) {
        let (word, group) = line.split_once('\t').unwrap();
        let nearest = separator.nearest(&encoder.encode(word).unwrap()).unwrap();
        let name = nearest.name.clone().unwrap();
        if group.is_empty() {
            unknown += 1;
            flagged += usize::from(!nearest.is_understood());
            println!("{word}: unknown, {name} {:.2}", nearest.cosine);
            continue;
        }
        all += 1;
        right += usize::from(name == group);
        near += usize::from(name == group || nearest.others.iter().any(|other| other == group));
        if name != group {
            println!(
                "{word}: {group}, {name} {:.2} {:?}",
                nearest.cosine, nearest.others
            );
        }
    }
    println!(
        "{right} of {all} right, {near} among the nearest; {flagged} of {unknown} unknown words flagged"
    );
    assert!(right * 100 >= 97 * all, "{right} of {all}");
}
