//! What is said of queries that the bundled model does not understand.

use earmark_models::{Nearest, bundled};

/// What people type who do not write English, or nothing that can be heard.
const FOREIGN: &[&str] = &[
    "le bruit d'un clavier",
    "un chien qui aboie",
    "la pluie sur le toit",
    "das Tippen auf einer Tastatur",
    "ein bellender Hund",
    "Regen auf dem Dach",
    "стук клавиатуры",
    "лай собаки",
    "дождь",
    "键盘打字声",
    "狗叫",
    "雨",
    "キーボードを打つ音",
    "犬の鳴き声",
    "el ladrido de un perro",
    "a chuva no telhado",
    "asdf",
    "qwertyuiop",
    "xyzzy",
    "lorem ipsum dolor sit amet",
    "???",
    "...",
    "🐕",
    "🎹🎹",
    "42",
    "the meaning of life",
    "quarterly tax report",
    "my password",
];

/// Of the paraphrases, none of which the model knows word by word.
const PARAPHRASES: &str = include_str!("../../training/paraphrases.tsv");

#[test]
fn what_is_not_understood_can_be_told_from_what_is() {
    let (separator, encoder) = (bundled::separator().unwrap(), bundled::encoder().unwrap());
    let nearest = |text: &str| separator.nearest(&encoder.encode(text).unwrap()).unwrap();
    let understood = |texts: &[&str]| {
        let count = texts.iter().filter(|text| nearest(text).is_understood()).count();
        count as f32 / texts.len() as f32
    };
    let others: Vec<&str> = PARAPHRASES
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    for text in FOREIGN {
        let Nearest { cosine, name, .. } = nearest(text);
        println!("{cosine:.2} {text:?} {name:?}");
    }
    let (wrong, right) = (understood(FOREIGN), understood(&others));
    println!("understood: {wrong:.2} of what is foreign, {right:.2} of paraphrases");
    assert!(wrong < 0.2, "{wrong}");
    assert!(right > 0.9, "{right}");
}

#[test]
fn a_known_sound_is_its_own_nearest() {
    let (separator, encoder) = (bundled::separator().unwrap(), bundled::encoder().unwrap());
    for (text, name) in [
        ("squeezebox folk tune", "accordion"),
        ("someone types on a computer keyboard", "keyboard typing"),
    ] {
        let nearest = separator.nearest(&encoder.encode(text).unwrap()).unwrap();
        assert!(nearest.cosine > 0.99, "{text}: {nearest:?}");
        assert_eq!(nearest.name.as_deref(), Some(name));
    }
}
