//! A small HTTP server that does what servers should not.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use earmark_library::{Catalogue, Folders, Library, LibraryError, Network, Progress};
use earmark_models::architecture::Network as _;
use earmark_models::band_mask::BandMaskConfig;
use earmark_models::imported::{Header, SourceFile};
use earmark_models::part::{Required, Values};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use sha2::{Digest, Sha256};

/// What a client asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// A header's value, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(key, _)| key == name);
        header.map(|(_, value)| value.as_str())
    }

    /// The first byte that is asked for.
    pub(crate) fn from(&self) -> Option<usize> {
        self.header("range")?
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    }
}

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// `Content-Length`; the body's by default.
    pub(crate) announced: Option<usize>,
    /// Without `Content-Length`, in pieces that mark their own ends.
    pub(crate) chunked: bool,
    /// Bytes after which the connection is closed.
    pub(crate) breaks_after: Option<usize>,
    /// Bytes after which nothing comes any more, with the connection open.
    pub(crate) stalls_after: Option<usize>,
    /// Bytes between two pauses, and their length.
    pub(crate) pauses: Option<(usize, Duration)>,
}

impl Answer {
    pub(crate) fn new(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            announced: None,
            chunked: false,
            breaks_after: None,
            stalls_after: None,
            pauses: None,
        }
    }

    pub(crate) fn ok(body: &[u8]) -> Self {
        Self::new("200 OK", body)
    }

    pub(crate) fn redirect(to: impl Into<String>) -> Self {
        Self::new("302 Found", "").with("Location", to)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn breaking_after(mut self, bytes: usize) -> Self {
        self.breaks_after = Some(bytes);
        self
    }

    pub(crate) fn stalling_after(mut self, bytes: usize) -> Self {
        self.stalls_after = Some(bytes);
        self
    }

    pub(crate) fn pausing(mut self, every: usize, pause: Duration) -> Self {
        self.pauses = Some((every, pause));
        self
    }

    pub(crate) fn in_chunks(mut self) -> Self {
        self.chunked = true;
        self
    }
}

/// A well-behaved answer: ranges, and a version that `If-Range` is compared with.
pub(crate) fn file(asked: &Asked, bytes: &[u8], etag: &str) -> Answer {
    let tag = format!("\"{etag}\"");
    let same = asked.header("if-range").is_none_or(|given| given == tag);
    match asked.from().filter(|_| same) {
        Some(from) if from >= bytes.len() => Answer::new("416 Range Not Satisfiable", ""),
        Some(from) => {
            let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
            Answer::new("206 Partial Content", &bytes[from..]).with("Content-Range", range)
        }
        None => Answer::ok(bytes),
    }
    .with("ETag", tag)
}

/// A server on this machine; it ends when dropped.
pub(crate) struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers the n-th request, counted from 0, with what `answer` says.
    pub(crate) fn new(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port for the test");
        let address = listener.local_addr().expect("a bound socket").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (log, ended, answer) = (asked.clone(), over.clone(), Arc::new(answer));
        let listener = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (log, ended, answer) = (log.clone(), ended.clone(), answer.clone());
                std::thread::spawn(move || {
                    // The client may be gone at any time.
                    let _ = talk(stream.expect("a connection"), &log, &ended, &*answer);
                });
            }
        });
        Self {
            address,
            asked,
            over,
            listener: Some(listener),
        }
    }

    /// "127.0.0.1:PORT".
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panicked here").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(&self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn talk(
    mut stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    over: &AtomicBool,
    answer: &dyn Fn(&Asked, usize) -> Answer,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    loop {
        let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        for line in lines.by_ref() {
            let line = line?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let asked = Asked { path, headers };
        let count = {
            let mut log = log.lock().expect("no test panicked here");
            log.push(asked.clone());
            log.len() - 1
        };
        if !first.starts_with("CONNECT ") {
            return send(&mut stream, &answer(&asked, count), over);
        }
        // As a proxy, it leads to itself.
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    }
}

fn send(stream: &mut TcpStream, answer: &Answer, over: &AtomicBool) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &match answer.chunked {
        true => "Transfer-Encoding: chunked\r\n".to_owned(),
        false => format!(
            "Content-Length: {}\r\n",
            answer.announced.unwrap_or(answer.body.len())
        ),
    };
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let end = answer
        .breaks_after
        .or(answer.stalls_after)
        .unwrap_or(answer.body.len());
    let (piece, pause) = answer.pauses.unwrap_or((64 << 10, Duration::ZERO));
    for bytes in answer.body[..end.min(answer.body.len())].chunks(piece) {
        if answer.chunked {
            stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
        }
        stream.write_all(bytes)?;
        if answer.chunked {
            stream.write_all(b"\r\n")?;
        }
        stream.flush()?;
        std::thread::sleep(pause);
    }
    if answer.chunked && answer.breaks_after.is_none() {
        stream.write_all(b"0\r\n\r\n")?;
    }
    while answer.stalls_after.is_some() && !over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Bytes that look like nothing in particular.
pub(crate) fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    (0..bytes)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect()
}

/// A whole model of a very small network, as the importer would write it, its header changed by `change`.
pub(crate) fn model(id: &str, change: impl Fn(&mut HashMap<String, String>)) -> Vec<u8> {
    let config: BandMaskConfig = serde_json::from_value(serde_json::json!({
        "architecture": "band-mask",
        "sample_rate": 1600,
        "window": 16,
        "hop": 8,
        "window_kind": "sqrt-hann",
        "band_edges": [0, 1, 2, 3, 4, 5, 6, 7, 9],
        "power_floor": 0.0001,
        "encoder": "minilm",
        "condition_size": 384,
        "query_size": 1,
        "maps": [1, 1, 1],
        "channels": 1,
        "blocks": [],
        "gains": [1, 1, 1],
        "sharpness": 1.0,
        "vocabulary": {"captions": 1, "wordings": [], "own": 0.5, "temperature": 0.2},
    }))
    .expect("a config");
    let header = Header {
        id: id.into(),
        name: "A model".into(),
        architecture: Some("band-mask".into()),
        encoder: Some("minilm".into()),
        parts: vec!["band-mask.".into()],
        config: config.config(),
        sha256: String::new(),
        sources: vec![SourceFile {
            file: "model.ckpt".into(),
            bytes: 1,
            sha256: "00".into(),
        }],
    };
    let mut entries = header.entries();
    entries.insert("earmark.sha256".into(), "c0de".into());
    change(&mut entries);
    let tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = config
        .tensors()
        .into_iter()
        .map(|Required { name, shape, values }| {
            let (dtype, size) = match values {
                Values::Floats => (Dtype::F32, 4),
                Values::SignedBytes => (Dtype::I8, 1),
            };
            let bytes = vec![0; size * shape.iter().product::<usize>()];
            (format!("band-mask.{name}"), dtype, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        let view = TensorView::new(*dtype, shape.clone(), bytes);
        (name, view.expect("a tensor"))
    });
    safetensors::serialize(views, Some(entries)).expect("a file")
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What the catalogue says of the one file of the one model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stated {
    pub(crate) bytes: Option<usize>,
    pub(crate) sha256: Option<String>,
}

impl Stated {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: Some(bytes.len()),
            sha256: Some(sha256(bytes)),
        }
    }
}

/// A catalogue with the model "tiny" of one file, "tiny.ckpt", at `url`.
pub(crate) fn catalogue(url: &str, stated: &Stated) -> String {
    let mut text = format!(
        "[[model]]\nid = \"tiny\"\nname = \"Tiny\"\ngood_at = \"tests\"\nsample_rate = 32000\nfiles = [\"tiny\"]\nlicence = \"MIT\"\nlicence_source = \"https://example.org/licence\"\nhome = \"https://example.org\"\n\n[[file]]\nid = \"tiny\"\nname = \"tiny.ckpt\"\nurl = \"{url}\"\n"
    );
    if let Some(bytes) = stated.bytes {
        text += &format!("bytes = {bytes}\n");
    }
    if let Some(sum) = &stated.sha256 {
        text += &format!("sha256 = \"{sum}\"\n");
    }
    text
}

/// Short waits, no proxies.
pub(crate) fn hurried() -> Network {
    Network {
        connect: Duration::from_secs(2),
        stall: Duration::from_millis(700),
        tries: 3,
        backoff: Duration::from_millis(5),
        proxy: false,
        ..Network::default()
    }
}

/// A user's folder with a library in it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder for the test"),
        }
    }

    pub(crate) fn folders(&self) -> Folders {
        Folders::at(self.folder.path().join("earmark"))
    }

    /// A library of the model "tiny", as a new process would open it.
    pub(crate) fn library(&self, url: &str, stated: &Stated) -> Library {
        self.library_with(url, stated, hurried())
    }

    pub(crate) fn library_with(&self, url: &str, stated: &Stated, network: Network) -> Library {
        self.library_of(&catalogue(url, stated), network)
    }

    /// A library of what a catalogue in TOML says.
    pub(crate) fn library_of(&self, catalogue: &str, network: Network) -> Library {
        let path = self.folder.path().join("catalogue.toml");
        std::fs::write(&path, catalogue).expect("a catalogue for the test");
        let catalogue = Catalogue::read(&path).expect("a sound catalogue");
        Library::new(self.folders(), catalogue, network).expect("a library")
    }

    /// A file in the folder of downloads, `None` where there is none.
    pub(crate) fn downloaded(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folders().downloads().join(name)).ok()
    }

    /// Puts a file into the folder of downloads.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::create_dir_all(self.folders().downloads()).expect("a folder");
        std::fs::write(self.folders().downloads().join(name), bytes).expect("a file for the test");
    }
}

/// Fetches the files of "tiny", never stopping.
pub(crate) fn fetch(library: &Library) -> Result<(), LibraryError> {
    library
        .fetch("tiny", &mut |_: Progress| ControlFlow::Continue(()))
        .map(|_| ())
}

/// The sentence of an error, which must be one.
pub(crate) fn sentence(result: Result<(), LibraryError>) -> String {
    let sentence = result.expect_err("an error").to_string();
    assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{sentence}");
    sentence
}
