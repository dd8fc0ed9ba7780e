//! One file from the network to the disk.
//!
//! ```text
//!             ┌────────────── broken, and something was gained or tries are left ◄─┐
//!             ▼                                                                    │
//! part ─► request ─► 206: append ─────────────────────────► all there? ── no ──────┘
//!             │  └─► 200: start anew, then append ──────────┘   │ yes
//!             └────► 416: start anew                            ▼
//!                                          size and checksum ─► rename ─► done
//! ```
//! A file has its final name only when its size and checksum are right. What was received stays in `NAME.part`, and a
//! later attempt, also of another process, asks for the rest with `Range` and `If-Range`.

mod answer;
mod fault;
mod part;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ureq::http::{StatusCode, Uri};

use crate::catalogue::Source;
use crate::digest::sha256;
use crate::download::answer::{Answer, Event, Head, Request};
use crate::download::fault::{Fault, Kind};
use crate::download::part::{Notes, Part, beside};
use crate::error::LibraryError;
use crate::known::Known;
use crate::lock::Lock;
use crate::network::Network;
use crate::progress::{Progress, Report, Stage};

/// How often whoever waits is told of it.
const TICK: Duration = Duration::from_millis(100);
/// Longest pause between tries, whatever a server asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Space that a download leaves on the disk, in bytes.
const SPARE: u64 = 64 << 20;
/// How many bytes arrive between looks at the free space, where the size of the file is not known.
const LOOK: u64 = 64 << 20;

/// A file that is there and right. Nobody else touches it until this is dropped.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) path: PathBuf,
    pub(crate) known: Known,
    _lock: Lock,
}

/// Brings a file into `folder`, which must exist, unless it is there already. `known` is what was recorded of it earlier.
///
/// # Errors
/// A [`LibraryError`]; what was received stays, unless it is not the right file.
pub(crate) fn fetch(
    source: &Source,
    known: Option<&Known>,
    folder: &Path,
    network: &Network,
    report: Report<'_>,
) -> Result<Fetched, LibraryError> {
    let path = folder.join(&source.name);
    let lock = lock(source, &beside(&path, ".lock"), network, report)?;
    let expected = Expected {
        bytes: source.bytes.or(known.map(|known| known.bytes)),
        sha256: source
            .sha256
            .as_deref()
            .or(known.map(|known| known.sha256.as_str())),
    };
    let fetch = Fetch {
        source,
        expected,
        path: &path,
        folder,
        network,
        host: host(&network.address(&source.url)),
    };
    let known = if path.exists() {
        fetch.check_copy(report)?
    } else {
        fetch.download(report)?
    };
    Ok(Fetched {
        path,
        known,
        _lock: lock,
    })
}

/// Takes a file's lock. Two models may need one file, so it waits for a moment: as long as for a byte of the network.
fn lock(source: &Source, path: &Path, network: &Network, report: Report<'_>) -> Result<Lock, LibraryError> {
    let end = Instant::now() + network.stall;
    loop {
        if let Some(lock) = Lock::try_take(path)? {
            return Ok(lock);
        }
        let waiting = Progress {
            stage: Stage::Waiting,
            ..Progress::default()
        };
        if report(waiting).is_break() {
            return Err(LibraryError::Cancelled);
        }
        if Instant::now() >= end {
            return Err(LibraryError::Locked {
                name: source.name.clone(),
            });
        }
        std::thread::sleep(TICK);
    }
}

/// What a file must be, as far as that is known.
#[derive(Debug, Clone, Copy)]
struct Expected<'a> {
    bytes: Option<u64>,
    sha256: Option<&'a str>,
}

impl Expected<'_> {
    /// What is wrong with a file.
    fn differs(&self, known: &Known) -> Option<String> {
        match (self.bytes, self.sha256) {
            (Some(bytes), _) if bytes != known.bytes => {
                Some(format!("it has {} bytes instead of {bytes}", known.bytes))
            }
            (_, Some(sum)) if sum != known.sha256 => {
                Some(format!("its SHA-256 is {} instead of {sum}", known.sha256))
            }
            _ => None,
        }
    }
}

struct Fetch<'a> {
    source: &'a Source,
    expected: Expected<'a>,
    path: &'a Path,
    folder: &'a Path,
    network: &'a Network,
    host: String,
}

/// How one request ended.
enum Outcome {
    /// Everything is there.
    Complete,
    /// Nothing can be gained from what is there: the next request starts from the first byte.
    Anew(Fault),
    /// The connection broke.
    Broken(Fault, Option<Duration>),
}

impl Fetch<'_> {
    /// A file that somebody put there, or that an import left there.
    fn check_copy(&self, report: Report<'_>) -> Result<Known, LibraryError> {
        let known = self.measure(self.path, report)?;
        match self.expected.differs(&known) {
            None => Ok(known),
            Some(reason) => Err(LibraryError::WrongCopy {
                path: self.path.to_owned(),
                reason,
            }),
        }
    }

    fn measure(&self, path: &Path, report: Report<'_>) -> Result<Known, LibraryError> {
        sha256(path, report).map(|(sha256, bytes)| Known { sha256, bytes })
    }

    fn download(&self, report: Report<'_>) -> Result<Known, LibraryError> {
        let mut part = Part::open(self.path, &self.source.url)?;
        // Bytes of an earlier attempt may be the reason why the whole is wrong: then once more from the first byte.
        let mut joined = part.len() > 0;
        loop {
            if let Err(error) = self.receive(&mut part, report) {
                if part.len() == 0 {
                    part.discard()?;
                }
                return Err(error);
            }
            let known = self.measure(part.path(), report)?;
            let Some(reason) = self.expected.differs(&known) else {
                part.finish(self.path)?;
                return Ok(known);
            };
            if !joined {
                part.discard()?;
                return Err(LibraryError::Wrong {
                    host: self.host.clone(),
                    name: self.source.name.clone(),
                    reason,
                });
            }
            joined = false;
            part.restart(self.fresh_notes())?;
        }
    }

    /// Makes requests until every byte is there.
    fn receive(&self, part: &mut Part, report: Report<'_>) -> Result<(), LibraryError> {
        let before = part.len();
        let mut furthest = before;
        let mut failures = 0;
        loop {
            let (fault, pause) = match self.request(part, report)? {
                Outcome::Complete => return Ok(()),
                Outcome::Anew(fault) => {
                    part.restart(self.fresh_notes())?;
                    (fault, None)
                }
                Outcome::Broken(fault, pause) => (fault, pause),
            };
            // Only more than ever before is a gain: a server without ranges starts over each time.
            if part.len() > furthest {
                furthest = part.len();
                failures = 0;
            }
            failures += 1;
            let is_passing = fault.kind.is_passing(furthest > before);
            if failures >= self.network.tries || !is_passing {
                return Err(self.error(fault, part.len()));
            }
            tracing::debug!(
                name = self.source.name,
                reason = fault.reason,
                failures,
                "download broke off"
            );
            let growing = self.network.backoff * (1 << (failures - 1).min(8));
            self.wait(pause.unwrap_or(growing).min(LONGEST_PAUSE), part, report)?;
        }
    }

    /// Makes one request for what is missing.
    fn request(&self, part: &mut Part, report: Report<'_>) -> Result<Outcome, LibraryError> {
        if part
            .notes()
            .total
            .or(self.expected.bytes)
            .is_some_and(|total| part.len() > total)
        {
            part.restart(self.fresh_notes())?;
        }
        // Bytes of an unknown version can only be continued where a checksum will tell.
        if part.notes().validator.is_none() && self.expected.sha256.is_none() && part.len() > 0 {
            part.restart(self.fresh_notes())?;
        }
        if part.len() > 0 && part.notes().total == Some(part.len()) {
            return Ok(Outcome::Complete);
        }
        let request = Request {
            url: self.network.address(&self.source.url),
            from: part.len(),
            validator: part.notes().validator.clone(),
        };
        let answer = Answer::to(request, self.network);
        let head = loop {
            self.tell(Stage::Connecting, part, report)?;
            match answer.next(TICK) {
                Some(Event::Head(head)) => break head,
                Some(Event::Fault(fault)) => return Ok(Outcome::Broken(fault.before_the_answer(), None)),
                // Neither bytes nor an end come before the head.
                Some(Event::Bytes(_) | Event::End) | None => {}
            }
        };
        if let Some(outcome) = self.accept(&head, part)? {
            return Ok(outcome);
        }
        self.check_space(part)?;
        let mut look = part.len() + LOOK;
        loop {
            self.tell(Stage::Downloading, part, report)?;
            match answer.next(TICK) {
                Some(Event::Bytes(bytes)) => {
                    let limit = part.notes().total.or(self.expected.bytes);
                    if limit.is_some_and(|limit| part.len() + bytes.len() as u64 > limit) {
                        return Ok(Outcome::Anew(Fault::broken("more came than was announced")));
                    }
                    if limit.is_none() && part.len() + bytes.len() as u64 > self.source.ceiling() {
                        part.restart(self.fresh_notes())?;
                        return Err(self.endless());
                    }
                    part.append(&bytes)?;
                    if limit.is_none() && part.len() > look {
                        self.check_space(part)?;
                        look = part.len() + LOOK;
                    }
                }
                Some(Event::End) => {
                    let whole = part.notes().total.or(self.expected.bytes);
                    return Ok(match whole {
                        Some(whole) if part.len() < whole => {
                            Outcome::Broken(Fault::broken("the connection was closed too early"), None)
                        }
                        _ => Outcome::Complete,
                    });
                }
                Some(Event::Fault(fault)) => return Ok(Outcome::Broken(fault, None)),
                Some(Event::Head(_)) | None => {}
            }
        }
    }

    /// Decides on an answer; `None` where its bytes belong at the end of the part, which is then ready for them.
    fn accept(&self, head: &Head, part: &mut Part) -> Result<Option<Outcome>, LibraryError> {
        if head.page && matches!(head.status, 200 | 206) {
            return Err(LibraryError::WebPage {
                host: head.host.clone(),
                name: self.source.name.clone(),
            });
        }
        match head.status {
            206 => {
                let Some((first, whole)) = head.range else {
                    return Ok(Some(Outcome::Anew(Fault::broken(
                        "a part came without its place",
                    ))));
                };
                let total = part.notes().total.or(whole);
                if first != part.len() || whole.is_some_and(|whole| Some(whole) != total) {
                    return Ok(Some(Outcome::Anew(Fault::broken(
                        "another part came than was asked for",
                    ))));
                }
                Ok(None)
            }
            200 => {
                if let (Some(given), Some(expected)) = (head.length, self.expected.bytes)
                    && given != expected
                {
                    return Err(LibraryError::OfferedSize {
                        host: head.host.clone(),
                        name: self.source.name.clone(),
                        given,
                        expected,
                    });
                }
                if self.expected.bytes.is_none()
                    && head.length.is_some_and(|length| length > self.source.ceiling())
                {
                    return Err(self.endless());
                }
                if !head.framed && self.expected.bytes.is_none() && self.expected.sha256.is_none() {
                    return Err(LibraryError::Wrong {
                        host: head.host.clone(),
                        name: self.source.name.clone(),
                        reason: "its size is not announced, so nobody can tell whether it is whole".into(),
                    });
                }
                part.restart(Notes {
                    validator: head.validator.clone(),
                    total: head.length,
                    ..self.fresh_notes()
                })?;
                Ok(None)
            }
            416 => Ok(Some(Outcome::Anew(Fault::broken(
                "what is left was not to be had",
            )))),
            status @ (408 | 425 | 429 | 500 | 502 | 503 | 504) => {
                let pause = head.retry_after.map(Duration::from_secs);
                let reason = format!("it answered {status} ({})", meaning(status));
                Ok(Some(Outcome::Broken(Fault::broken(reason), pause)))
            }
            status => Err(LibraryError::Answered {
                host: head.host.clone(),
                status,
                meaning: meaning(status),
                url: self.source.url.clone(),
                advice: match status {
                    401 | 403 => {
                        "the file is not open to everybody now: get it with a browser and hand it to `earmark models import`"
                    }
                    404 | 410 => {
                        "the file is not there any more: look for it on the model's page and hand it to `earmark models import`"
                    }
                    _ => {
                        "try again later, or get the file with a browser and hand it to `earmark models import`"
                    }
                },
            }),
        }
    }

    fn endless(&self) -> LibraryError {
        LibraryError::TooLong {
            host: self.host.clone(),
            name: self.source.name.clone(),
            most: self.source.ceiling(),
        }
    }

    fn check_space(&self, part: &Part) -> Result<(), LibraryError> {
        let total = part.notes().total.or(self.expected.bytes);
        let missing = total.map_or(LOOK, |total| total.saturating_sub(part.len()));
        require_space(self.folder, missing, self.network)
    }

    /// Waits before another try.
    fn wait(&self, pause: Duration, part: &Part, report: Report<'_>) -> Result<(), LibraryError> {
        let end = Instant::now() + pause;
        loop {
            self.tell(Stage::Waiting, part, report)?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(TICK));
        }
    }

    fn tell(&self, stage: Stage, part: &Part, report: Report<'_>) -> Result<(), LibraryError> {
        let progress = Progress {
            stage,
            done: part.len(),
            total: self.expected.bytes.or(part.notes().total),
        };
        if report(progress).is_break() {
            return Err(LibraryError::Cancelled);
        }
        Ok(())
    }

    fn fresh_notes(&self) -> Notes {
        Notes {
            url: self.source.url.clone(),
            ..Notes::default()
        }
    }

    /// The last fault, in a sentence.
    fn error(&self, fault: Fault, kept: u64) -> LibraryError {
        let Fault { kind, reason } = fault;
        let host = self.host.clone();
        let url = self.source.url.clone();
        match kind {
            Kind::NoName | Kind::Unreachable => LibraryError::Unreachable {
                host,
                reason,
                url,
                path: self.path.to_owned(),
            },
            Kind::Broken => LibraryError::Broken {
                name: self.source.name.clone(),
                host,
                reason,
                kept,
            },
            Kind::Proxy => LibraryError::Proxy { host, reason },
            Kind::Insecure => LibraryError::Insecure { host, reason },
            Kind::Redirect => LibraryError::Redirected { host, reason, url },
        }
    }
}

/// Whether a folder's disk takes so many more bytes.
///
/// # Errors
/// [`LibraryError::NoSpace`] where it does not, [`LibraryError::Unreadable`] where nobody knows.
pub(crate) fn require_space(folder: &Path, bytes: u64, network: &Network) -> Result<(), LibraryError> {
    let free = (network.free_space)(folder).map_err(|error| LibraryError::unreadable(folder, error))?;
    let needed = bytes.saturating_add(SPARE);
    if bytes > 0 && free < needed {
        return Err(LibraryError::NoSpace {
            path: folder.to_owned(),
            free,
            needed,
        });
    }
    Ok(())
}

/// Bytes of an unfinished download.
pub(crate) fn begun(folder: &Path, source: &Source) -> u64 {
    let part = beside(&folder.join(&source.name), ".part");
    std::fs::metadata(part).map_or(0, |part| part.len())
}

fn host(url: &str) -> String {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host);
    host.unwrap_or(url).to_owned()
}

fn meaning(status: u16) -> String {
    let known = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    known.map_or_else(|| "an unknown answer".into(), str::to_lowercase)
}
