//! How patient the network code is, and where it looks for files.

use std::path::Path;
use std::time::Duration;

/// The variable by which users of the Hugging Face Hub name a mirror of it.
pub const HUB_VARIABLE: &str = "HF_ENDPOINT";

const HUB: &str = "https://huggingface.co";

/// Waiting times, retries and surroundings of downloads.
#[derive(Debug, Clone)]
pub struct Network {
    /// How long a name may take to be resolved, and how long a connection to be made. Neither can be interrupted: so long
    /// a thread of the network may go on after it was cancelled. There are [`Network::tries`] for what takes longer.
    pub connect: Duration,
    /// How long nothing may arrive before a connection counts as broken.
    pub stall: Duration,
    /// How many connections may break off in a row; every byte that is new starts the count again.
    pub tries: u32,
    /// The pause before the first retry; each further one is twice as long, 30 s at most.
    pub backoff: Duration,
    /// Whether `HTTPS_PROXY`, `ALL_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured.
    pub proxy: bool,
    /// A mirror of the Hugging Face Hub, without a slash at its end.
    pub hub: Option<String>,
    /// Bytes that a folder's disk has left for this user.
    pub free_space: fn(&Path) -> std::io::Result<u64>,
}

impl Network {
    /// The defaults, and the mirror that `HF_ENDPOINT` names.
    pub fn user() -> Self {
        let hub = std::env::var(HUB_VARIABLE).ok();
        Self {
            hub: hub
                .map(|hub| hub.trim_end_matches('/').to_owned())
                .filter(|hub| !hub.is_empty()),
            ..Self::default()
        }
    }

    /// Where a file is fetched from: its own address, or the same on the mirror of the Hub.
    pub(crate) fn address(&self, url: &str) -> String {
        match (&self.hub, url.strip_prefix(HUB)) {
            (Some(hub), Some(path)) if path.starts_with('/') => format!("{hub}{path}"),
            _ => url.to_owned(),
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            tries: 5,
            backoff: Duration::from_secs(1),
            proxy: true,
            hub: None,
            free_space: |path| fs4::available_space(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_hub_lead_to_its_mirror() {
        let mirrored = Network {
            hub: Some("https://mirror.example".into()),
            ..Network::default()
        };
        let address = |url| mirrored.address(url);
        assert_eq!(
            address("https://huggingface.co/a/b"),
            "https://mirror.example/a/b"
        );
        assert_eq!(address("https://zenodo.org/a"), "https://zenodo.org/a");
        assert_eq!(
            address("https://huggingface.company/a"),
            "https://huggingface.company/a"
        );
        assert_eq!(
            Network::default().address("https://huggingface.co/a"),
            "https://huggingface.co/a"
        );
    }
}
