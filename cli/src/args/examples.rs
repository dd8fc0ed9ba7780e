//! Arguments that name sounds by examples of them, and by pictures of what makes them.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory};

use super::Arguments;
use super::time::Time;

/// Sound files and pictures in place of words.
#[derive(Debug, Clone, Default, Args)]
pub struct Examples {
    /// A sound file that is an example of what is wanted, in place of a query or beside one; several are examples of one sound. At
    /// most a minute is read. For models that were installed with --audio-tower.
    #[arg(long, value_name = "CLIP")]
    pub like: Vec<PathBuf>,

    /// Where in the CLIP of --like the example begins: seconds, m:ss or h:mm:ss.
    #[arg(long, value_name = "TIME", requires = "like")]
    pub from: Option<Time>,

    /// Where in the CLIP of --like the example ends.
    #[arg(long, value_name = "TIME", requires = "like")]
    pub to: Option<Time>,

    /// A sound file that is an example of what is not wanted, as "not …" names one in words; each is a sound of its own. Alone,
    /// everything but that is wanted.
    #[arg(long, value_name = "CLIP")]
    pub not_like: Vec<PathBuf>,

    /// A picture (PNG or JPEG) of what makes the wanted sound, in place of a query or beside one; several are of one sound. Of each
    /// its middle is looked at, as wide as it is high. For models that were installed with --image-tower.
    #[arg(long, value_name = "PICTURE")]
    pub image: Vec<PathBuf>,
}

impl Examples {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.like.is_empty() && self.not_like.is_empty() && self.image.is_empty()
    }

    /// Refuses examples that cannot be read, and a part of more than one of them.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        let refuse = |text: String| Err(Arguments::command().error(ErrorKind::ValueValidation, text));
        for (option, clips) in [
            ("--like", &self.like),
            ("--not-like", &self.not_like),
            ("--image", &self.image),
        ] {
            if clips.iter().any(|clip| clip.as_os_str() == "-") {
                return refuse(format!("{option} takes a file, not standard input"));
            }
        }
        if (self.from.is_some() || self.to.is_some()) && self.like.len() > 1 {
            let given = self.like.len();
            return refuse(format!(
                "--from and --to are of one example, but {given} are given with --like"
            ));
        }
        match (self.from, self.to) {
            (Some(from), Some(to)) if from >= to => {
                refuse(format!("--to {} s is not after --from {} s", to.0, from.0))
            }
            _ => Ok(()),
        }
    }
}
