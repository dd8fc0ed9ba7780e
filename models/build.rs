//! Hashes the bundled separator's weights, so that naming them costs nothing at run time.

use std::error::Error;
use std::fmt::Write;

use sha2::{Digest, Sha256};

const WEIGHTS: &str = "weights/earmark-small.safetensors";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={WEIGHTS}");
    let weights = std::fs::read(WEIGHTS).map_err(|error| format!("{WEIGHTS}: {error}"))?;
    let mut hash = String::new();
    for byte in Sha256::digest(weights) {
        write!(hash, "{byte:02x}")?;
    }
    println!("cargo::rustc-env=EARMARK_SMALL_SHA256={hash}");
    Ok(())
}
