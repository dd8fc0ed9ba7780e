//! What can happen to a request.

use std::io::{self, ErrorKind};

use ureq::Timeout;

use crate::error::words;

/// What happened, and whether trying again can help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    /// In words, without a full stop.
    pub(super) reason: String,
}

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The server's name is not known here: no network.
    NoName,
    /// The server cannot be reached.
    Unreachable,
    /// The connection broke, or nothing came any more.
    Broken,
    /// The proxy did not lead on.
    Proxy,
    /// The connection is not secure.
    Insecure,
    /// Redirects went wrong.
    Redirect,
}

impl Kind {
    /// Whether trying again can help. A server whose name was known a moment ago is soon known again.
    pub(super) fn is_passing(self, reached_before: bool) -> bool {
        match self {
            Self::Unreachable | Self::Broken => true,
            Self::NoName => reached_before,
            Self::Proxy | Self::Insecure | Self::Redirect => false,
        }
    }
}

impl Fault {
    fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    fn no_name() -> Self {
        Self::new(
            Kind::NoName,
            "its name is not known here: is this machine online?",
        )
    }

    /// The same trouble before the server said anything.
    pub(super) fn before_the_answer(self) -> Self {
        match self.kind {
            Kind::Broken => Self::new(Kind::Unreachable, self.reason),
            _ => self,
        }
    }

    pub(super) fn broken(reason: impl Into<String>) -> Self {
        Self::new(Kind::Broken, reason)
    }
}

/// Whether it is the resolver that failed, which has no `ErrorKind` of its own: the standard library's words on Unix, the
/// codes of Winsock (`WSAHOST_NOT_FOUND`, `WSATRY_AGAIN`, `WSANO_DATA`) on Windows. Where this misses one, the sentence is
/// the same and only comes later, after all tries.
fn is_no_name(error: &io::Error) -> bool {
    let winsock = cfg!(windows) && matches!(error.raw_os_error(), Some(11001 | 11002 | 11004));
    winsock || error.to_string().contains("lookup address")
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error;
        match error {
            Error::HostNotFound => Self::no_name(),
            Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                Self::new(Kind::Unreachable, "it does not answer")
            }
            Error::Timeout(_) => Self::broken("nothing came any more"),
            Error::ConnectionFailed => Self::new(Kind::Unreachable, "no connection came about"),
            Error::TooManyRedirects => Self::new(Kind::Redirect, "more than ten redirects"),
            Error::RequireHttpsOnly(to) => Self::new(Kind::Redirect, format!("on to {to}")),
            Error::RedirectFailed => Self::new(Kind::Redirect, "a redirect without an address"),
            Error::BadUri(uri) => Self::new(Kind::Redirect, format!("the address {uri}")),
            Error::ConnectProxyFailed(reason) => Self::new(Kind::Proxy, reason),
            Error::InvalidProxyUrl => Self::new(Kind::Proxy, "its address is malformed"),
            Error::Tls(reason) => Self::new(Kind::Insecure, reason),
            Error::Rustls(error) => Self::new(Kind::Insecure, error.to_string()),
            Error::Pem(error) => Self::new(Kind::Insecure, error.to_string()),
            Error::Io(error) if is_no_name(&error) => Self::no_name(),
            Error::Io(error) => match error.kind() {
                ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::NetworkDown
                | ErrorKind::AddrNotAvailable
                | ErrorKind::TimedOut => Self::new(Kind::Unreachable, words(&error)),
                ErrorKind::UnexpectedEof => Self::broken("the connection was closed too early"),
                // What rustls says of certificates arrives in this shape.
                ErrorKind::InvalidData => Self::new(Kind::Insecure, words(&error)),
                _ => Self::broken(words(&error)),
            },
            other => Self::broken(other.to_string()),
        }
    }
}
