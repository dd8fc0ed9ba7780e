//! Points in time, as `--start` and `--end` name them.

use std::str::FromStr;

/// A time from the start of a sound, in seconds, 0 or more.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Time(pub f64);

impl Time {
    /// The sample that it falls on, at a rate in Hz.
    pub fn sample(self, rate: u32) -> u64 {
        (self.0 * f64::from(rate)).round() as u64
    }
}

impl FromStr for Time {
    type Err = String;

    /// Seconds, minutes and seconds, or hours, minutes and seconds: "90", "1:30", "0:01:30.5".
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "give seconds, m:ss or h:mm:ss, for example 90, 1:30 or 0:01:30.5".to_owned();
        let is_number = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_digit())
                && part.chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        let parts: Vec<&str> = text.trim().split(':').collect();
        let (last, whole) = parts.split_last().ok_or_else(wrong)?;
        let fits = parts.len() <= 3
            && is_number(last)
            && whole.iter().all(|part| is_number(part) && !part.contains('.'));
        if !fits {
            return Err(wrong());
        }
        let numbers = parts
            .iter()
            .map(|part| part.parse::<f64>())
            .collect::<Result<Vec<_>, _>>();
        let numbers = numbers.map_err(|_| wrong())?;
        // Only the first may be more than a minute or an hour has.
        if numbers[1..].iter().any(|&number| number >= 60.0) {
            return Err(wrong());
        }
        let seconds = numbers.iter().fold(0.0, |sum, number| 60.0 * sum + number);
        if seconds > 1e9 {
            return Err(wrong());
        }
        Ok(Time(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_minutes_and_hours() {
        for (text, seconds) in [
            ("0", 0.0),
            ("90", 90.0),
            ("1.25", 1.25),
            ("1:30", 90.0),
            ("90:00.5", 5400.5),
            ("2:00:01", 7201.0),
            ("007", 7.0),
        ] {
            assert_eq!(text.parse(), Ok(Time(seconds)), "{text}");
        }
        for wrong in [
            "", "-1", "1:60", "1:2:3:4", "1.5:00", "soon", "inf", "nan", "1e3", ":30", "1:", "+5", "1e400",
            "1..2",
        ] {
            assert!(wrong.parse::<Time>().is_err(), "{wrong}");
        }
        assert_eq!(Time(0.5).sample(44_100), 22_050);
    }
}
