//! Which of AudioSet's classes a text is taken for, and what a separator reads of that.

use std::sync::Arc;

use earmark_models::encoder::{AudiosetWords, Classes, Vectors};
use earmark_models::{EncoderKind, ModelError, QueryEncoder, bundled};

fn words() -> AudiosetWords {
    AudiosetWords::new(bundled::encoder().unwrap())
}

#[test]
fn a_text_is_taken_for_the_classes_that_are_called_alike() {
    let (words, classes) = (words(), Classes::audioset());
    for (text, names) in [
        ("a dog barking", &["Bark"][..]),
        ("rain", &["Rain"]),
        ("typing on a keyboard", &["Typing", "Computer keyboard"]),
        (
            "a person speaking",
            &["Male speech, man speaking", "Female speech, woman speaking"],
        ),
        ("animals", &["Animal"]),
        ("vocals", &["Vocal music", "Singing"]),
        ("church bells", &["Church bell"]),
        ("footsteps on gravel", &["Walk, footsteps"]),
        ("the sea", &["Ocean"]),
        ("kick drum", &["Drum", "Drum roll"]),
    ] {
        let taken: Vec<&str> = words
            .take(text)
            .unwrap()
            .classes
            .into_iter()
            .map(|class| classes.name(class))
            .collect();
        assert_eq!(taken, names, "{text}");
    }
    assert!(matches!(words.take("  "), Err(ModelError::EmptyQuery)));
}

#[test]
fn whoever_asks_is_told_what_a_text_is_taken_for() {
    let words = words();
    for (text, said) in [
        ("a dog barking", "\u{201c}Bark\u{201d}"),
        ("animals", "\u{201c}Animal\u{201d} with the "),
        (
            "typing on a keyboard",
            "\u{201c}Typing\u{201d} with the 2 classes below it and \u{201c}Computer keyboard\u{201d}",
        ),
        ("xyzzy", "which it resembles little"),
    ] {
        let told = words.taken_for(text).unwrap().unwrap();
        println!("{text}: {told}");
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn its_condition_is_that_of_the_classes() {
    let (words, classes) = (words(), Classes::audioset());
    for text in ["a dog barking", "animals", "typing on a keyboard"] {
        let condition = words.encode(text).unwrap();
        condition.check(EncoderKind::AudiosetTags, 527).unwrap();
        assert!(Vectors::Probabilities.holds(&condition.values));
        let taken = words.take(text).unwrap().classes;
        assert_eq!(&*condition.values, classes.expected(&taken));
    }
}

#[test]
fn the_rows_are_what_the_bundled_encoder_makes_of_the_names() {
    let encoder: Arc<dyn QueryEncoder> = bundled::encoder().unwrap();
    let (words, classes) = (AudiosetWords::new(encoder.clone()), Classes::audioset());
    for (class, name) in classes.names().iter().enumerate().step_by(31) {
        let near = [name, &*Classes::sound_of(name)].map(|text| encoder.encode(text).unwrap().values);
        let sum: Vec<f32> = near[0].iter().zip(&*near[1]).map(|(a, b)| a + b).collect();
        let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        let expected = near[0].iter().zip(&sum).map(|(a, b)| a * b / norm).sum::<f32>();
        let taken = words.take(name).unwrap();
        assert_eq!(taken.classes[0], class, "{name}");
        assert!(
            (taken.cosine - expected).abs() < 2e-3,
            "{name}: {} {expected}",
            taken.cosine
        );
    }
}
