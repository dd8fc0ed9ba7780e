//! A clip's thumbnail: how loud it is from its beginning to its end.

/// Parts of a clip that have a level.
const PARTS: usize = 32;
/// The loudest level, one hexadecimal digit.
const LOUDEST: u8 = 15;
/// Decibels below the loudest part that are shown as nothing.
const RANGE_DB: f32 = 48.0;

/// Levels of a clip's parts in their order, 0 to [`Outline::LOUDEST`], evenly spaced in dB; empty where nobody has drawn it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline(Vec<u8>);

impl Outline {
    /// The level of the loudest part.
    pub const LOUDEST: u8 = LOUDEST;

    /// Of one channel of sound.
    pub fn of(samples: &[f32]) -> Outline {
        let part = samples.len().div_ceil(PARTS).max(1);
        let peaks: Vec<f32> = samples
            .chunks(part)
            .map(|part| part.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs())))
            .collect();
        let loudest = peaks.iter().fold(0.0, |loudest: f32, &peak| loudest.max(peak));
        let level = |peak: f32| {
            let decibels = 20.0 * (peak / loudest.max(f32::MIN_POSITIVE)).log10();
            ((1.0 + decibels / RANGE_DB).max(0.0) * f32::from(LOUDEST)).round() as u8
        };
        Outline(peaks.into_iter().map(level).collect())
    }

    /// From the digits of [`Outline::digits`]; empty where they are something else.
    pub fn read(digits: &str) -> Outline {
        let levels: Option<Vec<u8>> = digits
            .chars()
            .map(|digit| digit.to_digit(16).map(|level| level as u8))
            .collect();
        Outline(levels.filter(|levels| levels.len() <= PARTS).unwrap_or_default())
    }

    /// One hexadecimal digit a level.
    pub fn digits(&self) -> String {
        let digit = |&level: &u8| char::from_digit(u32::from(level), 16);
        self.0.iter().filter_map(digit).collect()
    }

    /// The levels.
    pub fn levels(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_where_a_clip_is_loud() {
        let knock = |n: usize| if (900..1300).contains(&n) { 0.5 } else { 0.005 };
        let outline = Outline::of(&(0..3200).map(knock).collect::<Vec<_>>());
        let levels = outline.levels();
        assert_eq!(levels.len(), 32);
        assert_eq!(levels[8..14], [3, 15, 15, 15, 15, 3], "40 dB below");
        assert_eq!(Outline::read(&outline.digits()), outline);
        assert!(Outline::of(&[]).levels().is_empty());
        assert_eq!(Outline::of(&[0.0; 64]).levels(), [0; 32]);
        assert_eq!(Outline::of(&[1.0; 3]).levels(), [15; 3]);
        for damaged in ["xyz", &"0".repeat(33)] {
            assert_eq!(Outline::read(damaged), Outline::default());
        }
    }
}
