//! Which models a user has, and how they come to him.
//!
//! [`import`] turns the files that models are published as into the one file that Earmark reads.

pub mod import;
