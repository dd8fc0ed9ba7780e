//! Arguments that say what counts as an occurrence of a sound.

use clap::Args;
use earmark_find::Rules;

/// What counts as an occurrence.
#[derive(Debug, Clone, Args)]
pub struct Occurrences {
    /// The least confidence of an occurrence, 0.01 to 1. More: fewer false ones, and fewer.
    #[arg(long, value_name = "SCORE", default_value_t = Rules::default().threshold, value_parser = threshold, allow_negative_numbers = true)]
    pub threshold: f32,

    /// Leaves out occurrences that are shorter than this, in seconds.
    #[arg(long, value_name = "S", default_value_t = Rules::default().shortest, value_parser = seconds, allow_negative_numbers = true)]
    pub shortest: f64,

    /// Pauses shorter than this, in seconds, do not end an occurrence.
    #[arg(long, value_name = "S", default_value_t = Rules::default().gap, value_parser = seconds, allow_negative_numbers = true)]
    pub gap: f64,

    /// Smooths the score over so many seconds by its median, 0 to 10. Less for clicks, more for what goes on.
    #[arg(long, value_name = "S", default_value_t = Rules::default().smooth, value_parser = smooth, allow_negative_numbers = true)]
    pub smooth: f64,
}

impl Occurrences {
    /// It as the search takes it.
    pub fn rules(&self) -> Rules {
        Rules {
            threshold: self.threshold,
            smooth: self.smooth,
            gap: self.gap,
            shortest: self.shortest,
        }
    }
}

fn threshold(text: &str) -> Result<f32, String> {
    within(text, |threshold| Rules {
        threshold: threshold as f32,
        ..Rules::default()
    })
    .map(|threshold| threshold as f32)
}

fn seconds(text: &str) -> Result<f64, String> {
    within(text, |gap| Rules {
        gap,
        ..Rules::default()
    })
}

fn smooth(text: &str) -> Result<f64, String> {
    within(text, |smooth| Rules {
        smooth,
        ..Rules::default()
    })
}

/// Reads a number that a rule may have.
fn within(text: &str, rules: impl Fn(f64) -> Rules) -> Result<f64, String> {
    let number: f64 = text
        .trim()
        .parse()
        .map_err(|_| "it is a number, for example 0.5".to_owned())?;
    match rules(number).check() {
        Ok(()) => Ok(number),
        Err(error) => Err(format!("it is from {} to {}", error.least, error.most)),
    }
}
