//! A server of JACK without a sound card, for a test that runs beside others.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Hz.
pub(crate) const RATE: u32 = 48_000;
/// Samples of a call.
pub(crate) const PERIOD: usize = 1024;
/// Whatever is waited for comes sooner, even on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);
/// Names the server to its clients, and says to a test that it has one.
const SERVER: &str = "JACK_DEFAULT_SERVER";
const PREFIX: &str = "earmark-test-";

/// Runs `work`, all of the test of that full name, in a process of its own with a server of its own: JACK's library reads the name of
/// the server from the environment, which all tests of a process share. Says so where there is no `jackd`.
pub(crate) fn with_server(test: &str, work: impl FnOnce()) {
    if std::env::var(SERVER).is_ok_and(|name| name.starts_with(PREFIX)) {
        jack::set_logger(jack::LoggerType::None);
        return work();
    }
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let name = format!("{PREFIX}{}-{number}", std::process::id());
    // With the clock of this machine for a sound card.
    let server = Command::new("jackd")
        .args(["-n", &name, "-r", "-d", "dummy"])
        .args(["-r", &RATE.to_string(), "-p", &PERIOD.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = match server {
        Ok(child) => Running(child),
        Err(error) => {
            println!("SKIPPED: jackd cannot be started here ({error}), so nothing was run through JACK.");
            return;
        }
    };
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new(this)
        .args([test, "--exact", "--nocapture"])
        .env(SERVER, &name)
        .output()
        .expect("this program starts again");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{}: {said}", output.status);
    assert!(said.contains("1 passed"), "no test is named {test}: {said}");
    println!("{said}");
}

/// A client of the server, which may take its time to start.
pub(crate) fn open(name: &str) -> jack::Client {
    wait("the server", || {
        jack::Client::new(name, jack::ClientOptions::NO_START_SERVER).ok()
    })
    .0
}

/// Waits until something is there.
pub(crate) fn wait<T>(what: &str, mut is_there: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = is_there() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        sleep(Duration::from_millis(50));
    }
}

/// A process that ends with the test. It is asked to: a server that is killed stays in the register of servers, which has room for
/// eight.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Sends a signal, such as "TERM".
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        // It may have ended by itself in the meantime.
        assert!(sent.is_ok(), "there is no `kill`");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        self.signal("TERM");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
