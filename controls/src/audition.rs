//! Hearing a query on what came in last.

/// What is being auditioned.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Audition {
    /// Nothing: the output is heard.
    #[default]
    Off,
    /// The kept input is being separated; so much of it is done, 0 to 1.
    Working(f32),
    /// It is heard in place of the output.
    Playing,
}
