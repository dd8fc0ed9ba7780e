//! One request, and its answer as it arrives.
//!
//! The request runs on a thread of its own, so that whoever asked can be told of progress, and can stop it, while nothing
//! arrives.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use ureq::http::{HeaderMap, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, ResponseExt};

use crate::download::fault::Fault;
use crate::network::Network;

/// Bytes received at a time.
const PIECE: usize = 256 << 10;
/// Pieces that may wait for the disk.
const QUEUE: usize = 8;

/// What to ask for.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) url: String,
    /// Bytes that are there already.
    pub(super) from: u64,
    /// What the server called the version that they are of (`ETag`, or `Last-Modified`).
    pub(super) validator: Option<String>,
}

/// What the server says before the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// Host that answered, after all redirects.
    pub(super) host: String,
    /// A strong `ETag`, else `Last-Modified`.
    pub(super) validator: Option<String>,
    /// Bytes that follow.
    pub(super) length: Option<u64>,
    /// Whether the answer marks its own end.
    pub(super) framed: bool,
    /// First byte and size of the whole of `Content-Range`.
    pub(super) range: Option<(u64, Option<u64>)>,
    /// `Retry-After` in seconds.
    pub(super) retry_after: Option<u64>,
    /// Whether the answer calls itself a web page.
    pub(super) page: bool,
}

/// What arrives next.
#[derive(Debug)]
pub(super) enum Event {
    Head(Head),
    Bytes(Vec<u8>),
    /// Everything that was announced has arrived.
    End,
    Fault(Fault),
}

/// A request under way; dropping it ends the connection.
pub(super) struct Answer {
    events: Receiver<Event>,
    agent: Agent,
}

impl Answer {
    /// Sends a request.
    pub(super) fn to(request: Request, network: &Network) -> Self {
        let agent = agent(&request.url, network);
        let (sender, events) = sync_channel(QUEUE);
        let its_agent = agent.clone();
        // Not joined: a name being resolved cannot be interrupted. It touches nothing but its own socket and channel,
        // and ends with the time-outs at the latest.
        std::thread::spawn(move || {
            let last = match receive(&its_agent, &request, &sender) {
                Ok(()) => Event::End,
                Err(fault) => Event::Fault(fault),
            };
            // Nobody listens any more: stopped.
            let _ = sender.send(last);
        });
        Self { events, agent }
    }

    /// What arrives within `patience`, or `None` when nothing does.
    pub(super) fn next(&self, patience: Duration) -> Option<Event> {
        match self.events.recv_timeout(patience) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                Some(Event::Fault(Fault::broken("the connection's thread ended")))
            }
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.agent.clone().shutdown();
    }
}

fn agent(url: &str, network: &Network) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A secure address must not lead to an insecure one.
        .https_only(url.starts_with("https://"))
        .user_agent(concat!("earmark/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(network.connect))
        .timeout_connect(Some(network.connect))
        .timeout_send_request(Some(network.stall))
        .timeout_recv_response(Some(network.stall))
        .timeout_per_read(Some(network.stall))
        .tls_config(tls);
    let config = if network.proxy { config } else { config.proxy(None) };
    config.build().new_agent()
}

fn receive(agent: &Agent, request: &Request, sender: &SyncSender<Event>) -> Result<(), Fault> {
    // "identity": sizes and ranges are to be those of the file itself.
    let mut call = agent
        .get(&request.url)
        .header(header::ACCEPT_ENCODING, "identity");
    if request.from > 0 {
        call = call.header(header::RANGE, format!("bytes={}-", request.from));
        if let Some(validator) = &request.validator {
            call = call.header(header::IF_RANGE, validator);
        }
    }
    let response = call.call()?;
    let host = response.get_uri().host().unwrap_or_default().to_owned();
    let head = head(response.status().as_u16(), host, response.headers());
    let has_bytes = matches!(head.status, 200 | 206);
    if sender.send(Event::Head(head)).is_err() || !has_bytes {
        return Ok(());
    }
    let mut body = response.into_body().into_reader();
    loop {
        let mut piece = vec![0; PIECE];
        let read = body.read(&mut piece).map_err(ureq::Error::from)?;
        if read == 0 {
            return Ok(());
        }
        piece.truncate(read);
        if sender.send(Event::Bytes(piece)).is_err() {
            return Ok(());
        }
    }
}

fn head(status: u16, host: String, headers: &HeaderMap) -> Head {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // A weak tag says "much the same", which is not enough to join two halves.
    let tag = text(header::ETAG).filter(|tag| tag.starts_with('"'));
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.trim().parse().ok());
    let chunked = text(header::TRANSFER_ENCODING).is_some_and(|how| how.contains("chunked"));
    Head {
        status,
        host,
        validator: tag.or_else(|| text(header::LAST_MODIFIED)).map(str::to_owned),
        length,
        framed: length.is_some() || chunked,
        range: text(header::CONTENT_RANGE).and_then(range),
        retry_after: text(header::RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok()),
        page: text(header::CONTENT_TYPE).is_some_and(|kind| kind.trim_start().starts_with("text/html")),
    }
}

/// First byte and size of the whole of "bytes 5-9/10" or "bytes 5-9/*".
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (span, whole) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = span.split_once('-')?;
    let whole = match whole.trim() {
        "*" => None,
        whole => Some(whole.parse().ok()?),
    };
    Some((first.trim().parse().ok()?, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_or_refused() {
        assert_eq!(range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(range(" bytes 0-0/*"), Some((0, None)));
        for wrong in [
            "",
            "bytes",
            "bytes 5/10",
            "items 5-9/10",
            "bytes x-9/10",
            "bytes 5-9/ten",
            "bytes */10",
        ] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_weak_tag_joins_no_halves() {
        let with = |name: header::HeaderName, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, header::HeaderValue::from_static(value));
            head(200, String::new(), &headers).validator
        };
        assert_eq!(with(header::ETAG, "\"a\""), Some("\"a\"".into()));
        assert_eq!(with(header::ETAG, "W/\"a\""), None);
        let date = "Tue, 15 Nov 1994 12:45:26 GMT";
        assert_eq!(with(header::LAST_MODIFIED, date), Some(date.into()));
    }
}
