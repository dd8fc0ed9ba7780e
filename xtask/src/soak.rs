//! A long session with the built plug-in.

use std::process::Command;

use crate::bundle::{bundle, program};
use crate::error::TaskError;
use crate::run::run;

/// Builds the bundles and plays for so many hours: as fast as it goes, or at the pace of a sound card.
pub(crate) fn soak(options: &[String]) -> Result<(), TaskError> {
    let (program_name, arguments) = command(options)?;
    let bundles = bundle(&[])?;
    run(Command::new(program(program_name)?)
        .args(arguments)
        .env("EARMARK_BUNDLES", bundles)
        // Or what a process holds says little of what it needs.
        .env("MALLOC_ARENA_MAX", "1"))
}

/// Which of the programs of the tests plays, and what it is told.
fn command(options: &[String]) -> Result<(&'static str, Vec<String>), TaskError> {
    match options {
        [] => Ok(("soak", Vec::new())),
        [paced] if paced == "--paced" => Ok(("endurance", at_pace(1.0))),
        [paced, hours] if paced == "--paced" => Ok(("endurance", at_pace(parse(hours)?))),
        [hours] => parse(hours).map(|hours| ("soak", vec![hours.to_string()])),
        _ => Err(unknown(&options.join(" "))),
    }
}

/// The bundled model, since it is there, and eight queries that take turns.
fn at_pace(hours: f64) -> Vec<String> {
    let seconds = (hours * 3_600.0).ceil().to_string();
    ["--model", "earmark-small", "--seconds", &seconds]
        .map(str::to_owned)
        .to_vec()
}

fn parse(hours: &str) -> Result<f64, TaskError> {
    match hours.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 1_000.0 => Ok(number),
        _ => Err(unknown(hours)),
    }
}

fn unknown(given: &str) -> TaskError {
    TaskError::Usage {
        given: format!("soak {given}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_and_the_pace_are_as_they_were_given() {
        let command = |given: &[&str]| {
            let options: Vec<String> = given.iter().map(|&option| option.to_owned()).collect();
            command(&options).map(|(program, arguments)| format!("{program} {}", arguments.join(" ")))
        };
        let paced = |seconds| format!("endurance --model earmark-small --seconds {seconds}");
        assert_eq!(command(&[]).ok(), Some("soak ".to_owned()));
        assert_eq!(command(&["0.5"]).ok(), Some("soak 0.5".to_owned()));
        assert_eq!(command(&["--paced"]).ok(), Some(paced(3_600)));
        assert_eq!(command(&["--paced", "0.01"]).ok(), Some(paced(36)));
        for refused in [
            &["--help"][..],
            &["0"],
            &["-1"],
            &["--paced", "nan"],
            &["--paced", "1e9"],
            &["1", "2"],
        ] {
            assert!(command(refused).is_err(), "{refused:?}");
        }
    }
}
