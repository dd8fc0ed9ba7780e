//! Models that come and go while the host plays.

use std::path::PathBuf;

use earmark_gui::{EndView, ModelState, OfferView, OffersView, WorkView};
use earmark_library::import::ImportOptions;
use earmark_library::{Done, DownloadOptions, Library, LibraryJob, Size, Stage, Work};
use earmark_models::Model;

/// The library as one editor sees it, and the one work that is being done in it. The work goes on while the editor is
/// closed; it ends with the instance.
#[derive(Default)]
pub(crate) struct Manager {
    library: Option<Library>,
    job: Option<LibraryJob>,
    /// The model that it is about.
    about: Option<String>,
    message: Option<EndView>,
}

impl Manager {
    /// Reads the folder of models, if nobody has yet.
    fn library(&mut self) -> Option<&Library> {
        if self.library.is_none() {
            match Library::user() {
                Ok(library) => self.library = Some(library),
                Err(error) => self.end(error.to_string(), true),
            }
        }
        self.library.as_ref()
    }

    /// Looks what there is now.
    pub(crate) fn look(&mut self) {
        if self.library.is_some() {
            self.start(Work::Refresh);
        } else {
            self.library();
        }
    }

    pub(crate) fn download(&mut self, id: String) {
        self.begin(Some(&id));
        self.start(Work::Download {
            id,
            options: DownloadOptions::default(),
        });
    }

    pub(crate) fn import(&mut self, files: Vec<String>) {
        self.begin(None);
        self.start(Work::Import {
            files: files.into_iter().map(PathBuf::from).collect(),
            options: ImportOptions::default(),
        });
    }

    pub(crate) fn remove(&mut self, id: String) {
        self.begin(Some(&id));
        self.start(Work::Remove { id });
    }

    /// Stops the work; what was received of a download stays for the next time.
    pub(crate) fn cancel(&self) {
        if let Some(job) = &self.job {
            job.cancel();
        }
    }

    /// What is said of the last work gives way to the next one, which is about this model.
    fn begin(&mut self, about: Option<&str>) {
        if self.job.is_none() {
            self.message = None;
            self.about = about.map(str::to_owned);
        }
    }

    fn end(&mut self, text: String, failed: bool) {
        self.message = Some(EndView {
            model: self.about.clone(),
            text,
            failed,
        });
    }

    /// One work at a time: what is asked for meanwhile is not offered.
    fn start(&mut self, work: Work) {
        if self.job.is_none() {
            self.job = self.library().map(|library| library.start(work));
        }
    }

    /// Takes note of what has been done; says whether there may be other models now.
    pub(crate) fn settle(&mut self) -> bool {
        let Some(result) = self.job.as_ref().and_then(LibraryJob::take_result) else {
            return false;
        };
        self.job = None;
        match result {
            Ok(Done::Installed(model)) => {
                let sentence = format!("{} is installed: it can be used now.", model.id);
                self.about = Some(model.id);
                self.end(sentence, false);
            }
            Ok(Done::Removed(bytes)) => {
                let sentence = format!("It is removed; {} are free again.", Size(bytes));
                self.end(sentence, false);
            }
            Ok(Done::Verified(_) | Done::Refreshed) => {}
            Err(error) => self.end(error.to_string(), true),
        }
        true
    }

    /// What the page of models shows. Waits for nothing.
    pub(crate) fn view(&self) -> OffersView {
        let Some(library) = &self.library else {
            return OffersView {
                message: self.message.clone(),
                ..OffersView::default()
            };
        };
        let shelf = library.installed();
        let bundled = Model::bundled();
        let mut models = vec![OfferView {
            name: bundled.id,
            title: bundled.title,
            facts: format!(
                "part of Earmark \u{b7} {}",
                bundled.licence.replace(" OR ", " or ")
            ),
            state: ModelState::Bundled,
        }];
        models.extend(shelf.installed.iter().map(|model| OfferView {
            name: model.id.clone(),
            title: model.name.clone(),
            facts: format!("installed, {}", Size(model.bytes)),
            state: ModelState::Installed,
        }));
        models.extend(shelf.damaged.iter().map(|file| OfferView {
            name: file.id.clone(),
            title: format!("It cannot be used: {}.", file.reason),
            facts: file.path.display().to_string(),
            state: ModelState::Damaged,
        }));
        let catalogue = library.catalogue();
        let is_there = |id: &str| models.iter().any(|model| model.name == id);
        let offers: Vec<OfferView> = catalogue
            .models()
            .iter()
            .filter(|model| !is_there(&model.id))
            .map(|model| {
                let size = catalogue
                    .bytes(model)
                    .map_or("size not known".into(), |bytes| Size(bytes).to_string());
                let licence = match &model.licence {
                    Some(licence) => licence.clone(),
                    None => format!("licence: see {}", model.licence_source),
                };
                OfferView {
                    name: model.id.clone(),
                    title: format!("{}: {}", model.name, model.good_at),
                    facts: format!("{size} to download \u{b7} {licence}"),
                    state: ModelState::Downloadable,
                }
            })
            .collect();
        models.extend(offers);
        OffersView {
            models,
            work: self.job.as_ref().map(|job| work(job, self.about.clone())),
            message: self.message.clone(),
            folder: library.folders().models().display().to_string(),
        }
    }
}

fn work(job: &LibraryJob, model: Option<String>) -> WorkView {
    let progress = job.progress();
    let doing = match progress.stage {
        Stage::Starting => "looking at what is there",
        Stage::Connecting => "waiting for the server",
        Stage::Downloading => "downloading",
        Stage::Waiting => "waiting to try again",
        Stage::Checking => "checking",
        Stage::Importing => "importing",
    };
    let text = match progress.total {
        Some(total) => format!("{doing}: {} of {}", Size(progress.done), Size(total)),
        None if progress.done > 0 => format!("{doing}: {}", Size(progress.done)),
        None => doing.into(),
    };
    WorkView {
        model,
        text,
        share: progress
            .total
            .filter(|total| *total > 0)
            .map(|total| progress.done as f32 / total as f32),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn what_goes_wrong_is_said_and_the_next_work_can_begin() {
        let mut manager = Manager::default();
        manager.look();
        assert!(
            manager
                .view()
                .models
                .iter()
                .any(|model| model.state == ModelState::Bundled)
        );
        for _ in 0..2 {
            manager.import(vec!["no such file.ckpt".into()]);
            assert!(manager.view().work.is_some());
            let begin = Instant::now();
            while !manager.settle() {
                assert!(begin.elapsed() < Duration::from_secs(60));
                std::thread::sleep(Duration::from_millis(5));
            }
            let view = manager.view();
            assert_eq!(view.work, None);
            assert!(
                view.message
                    .is_some_and(|message| message.failed && message.text.contains("no such file.ckpt"))
            );
        }
    }
}
