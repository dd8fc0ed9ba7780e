//! Writes `models/audioset/class_names.i8`: what MiniLM makes of the names of AudioSet's classes.
//!
//! ```sh
//! cargo run --release -p earmark-models --example embed_audioset -- models/audioset/class_names.i8
//! ```
//!
//! Each row is the sum of the name's embedding and that of "the sound of" it, scaled so that its largest value has 127: of 558 wordings
//! of `training/wordings.tsv` whose group is called like a class, 57 % are nearest to that class or one above or below it, of
//! the name alone 56 %.

use earmark_models::encoder::Classes;
use earmark_models::{ModelError, QueryEncoder, bundled};

fn row(texts: &dyn QueryEncoder, name: &str) -> Result<Vec<u8>, ModelError> {
    let (name, sound) = (texts.encode(name)?, texts.encode(&Classes::sound_of(name))?);
    let sum: Vec<f32> = name
        .values
        .iter()
        .zip(&*sound.values)
        .map(|(a, b)| a + b)
        .collect();
    let largest = sum
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let byte = |value: &f32| ((127.0 * value / largest).round() as i8).cast_unsigned();
    Ok(sum.iter().map(byte).collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("say where to write the rows")?;
    let texts = bundled::encoder()?;
    let mut rows = Vec::new();
    for name in Classes::audioset().names() {
        rows.extend(row(&*texts, name)?);
    }
    std::fs::write(path, rows)?;
    Ok(())
}
