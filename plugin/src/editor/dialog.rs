//! The system's dialog for files.

use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use rfd::{AsyncFileDialog, FileHandle};

/// Endings of the files that can be examples.
const SOUNDS: &[&str] = &["wav", "aif", "aiff", "flac", "mp3", "m4a", "ogg", "opus"];
const PICTURES: &[&str] = &["png", "jpg", "jpeg"];

/// What a file is looked for as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A preset; the dialog begins in this folder, where there is one.
    Preset(Option<PathBuf>),
    /// The files of a model.
    Models,
    /// A place to write a sound file to, with this name at first.
    Place(String),
    /// A file that is an example: a sound, or a picture of what makes it.
    Example,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    Preset(PathBuf),
    /// At least one.
    Models(Vec<String>),
    Place(PathBuf),
    Example(PathBuf),
}

type Asking = Pin<Box<dyn Future<Output = Option<Chosen>> + Send>>;

/// One dialog at a time, beside the page, which goes on being drawn.
#[derive(Default)]
pub(super) struct Dialog {
    asking: Option<Asking>,
}

impl Dialog {
    /// Opens the dialog, unless one is open.
    pub(super) fn ask(&mut self, wanted: Wanted) {
        if self.asking.is_some() {
            return;
        }
        let path = |file: &FileHandle| file.path().to_owned();
        self.asking = Some(match wanted {
            Wanted::Preset(folder) => {
                let mut dialog = AsyncFileDialog::new()
                    .set_title("Open a preset")
                    .add_filter("Presets", &["json"]);
                if let Some(folder) = folder {
                    dialog = dialog.set_directory(folder);
                }
                let file = dialog.pick_file();
                Box::pin(async move { Some(Chosen::Preset(path(&file.await?))) })
            }
            Wanted::Place(name) => {
                let place = AsyncFileDialog::new()
                    .set_title("Save what is heard")
                    .add_filter("Sound files", &["wav", "flac"])
                    .add_filter(
                        "Marks: Audacity labels, Reaper regions, subtitles",
                        &["txt", "csv", "srt"],
                    )
                    .set_file_name(name)
                    .save_file();
                Box::pin(async move { Some(Chosen::Place(path(&place.await?))) })
            }
            Wanted::Example => {
                let both: Vec<&str> = SOUNDS.iter().chain(PICTURES).copied().collect();
                let file = AsyncFileDialog::new()
                    .set_title("Listen to a sound, or look at a picture")
                    .add_filter("Sounds and pictures", &both)
                    .add_filter("Sounds", SOUNDS)
                    .add_filter("Pictures", PICTURES)
                    .add_filter("All files", &["*"])
                    .pick_file();
                Box::pin(async move { Some(Chosen::Example(path(&file.await?))) })
            }
            Wanted::Models => {
                let files = AsyncFileDialog::new()
                    .set_title("Import a model")
                    .add_filter("Weights and tokenizers", &["ckpt", "pt", "safetensors", "json"])
                    .add_filter("All files", &["*"])
                    .pick_files();
                Box::pin(async move {
                    let files = files.await?;
                    let files: Vec<String> = files.iter().map(|f| path(f).display().to_string()).collect();
                    (!files.is_empty()).then_some(Chosen::Models(files))
                })
            }
        });
    }

    /// Whether one is open.
    pub(super) fn is_open(&self) -> bool {
        self.asking.is_some()
    }

    /// What was chosen since it was last asked. Looked for with every frame, so nobody need be woken.
    pub(super) fn chosen(&mut self) -> Option<Chosen> {
        let mut context = Context::from_waker(Waker::noop());
        match self.asking.as_mut()?.as_mut().poll(&mut context) {
            Poll::Pending => None,
            Poll::Ready(chosen) => {
                self.asking = None;
                chosen
            }
        }
    }
}
