//! What can happen to a request.

use std::io::ErrorKind;

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
    /// Whether trying again can help.
    pub(super) fn is_passing(self) -> bool {
        matches!(self, Self::Unreachable | Self::Broken)
    }
}

impl Fault {
    fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    pub(super) fn broken(reason: impl Into<String>) -> Self {
        Self::new(Kind::Broken, reason)
    }
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error;
        match error {
            Error::HostNotFound => Self::new(
                Kind::NoName,
                "its name is not known here: is this machine online?",
            ),
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
