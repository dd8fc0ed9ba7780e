//! The engine as a client of JACK: its ports, its callback, and what the server tells.

#[cfg(all(test, target_os = "linux"))]
mod allocations;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use earmark_controls::MAX_CHANNELS;
use earmark_engine::{Engine, EngineConfig, EngineHandle, WaitPolicy};
use jack::{AsyncClient, AudioIn, AudioOut, ClientOptions, Control, Frames, LatencyType, Port, PortFlags};

use super::wanted::Wanted;
use crate::args::Live;
use crate::error::CliError;
use crate::model::Model;

/// What the client asks to be called. The server adds a number where another one has that name.
const NAME: &str = "earmark";
/// Ports of sound, as JACK names their type.
const SOUND: &str = "32 bit float mono audio";
/// Says that a side is to be connected to nothing.
const NONE: &str = "none";

/// A running client. It leaves the server when this is dropped.
pub(super) struct Client {
    active: AsyncClient<Told, Process>,
    heard: Arc<Heard>,
    handle: EngineHandle,
    latency: usize,
    rate: u32,
    channels: usize,
    /// Ports of the server that this client was connected to: where sound comes from, and where it goes to.
    pub(super) connected: [Vec<String>; 2],
}

/// What the server's threads leave for the terminal.
#[derive(Default)]
struct Heard {
    cycles: AtomicU64,
    xruns: AtomicU64,
    rate: AtomicU32,
    freewheels: AtomicBool,
}

/// How the server is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Health {
    /// Calls for sound so far.
    pub(super) cycles: u64,
    /// Times that the server, or another of its clients, was late.
    pub(super) xruns: u64,
    /// Its sample rate now, in Hz.
    pub(super) rate: u32,
}

/// A client that the server does not call yet.
struct Opened {
    client: jack::Client,
    process: Process,
    heard: Arc<Heard>,
    handle: EngineHandle,
    /// What it is to be connected to, as in [`Client::connected`].
    ends: [Vec<String>; 2],
}

impl Opened {
    fn new(options: &Live, model: &Model, wanted: &Wanted) -> Result<Opened, CliError> {
        // Any call of the library panics where it cannot be loaded.
        jack::jack_sys::library().map_err(no_library)?;
        // What it would print on standard error is said in one sentence instead.
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = jack::Client::new(NAME, ClientOptions::NO_START_SERVER).map_err(no_jack)?;
        let (channels, rate) = (usize::from(options.channels), client.sample_rate());
        // Before it has ports of its own, which would be among them.
        let ends = [
            ends(&client, options.input.as_deref(), PortFlags::IS_OUTPUT)?,
            ends(&client, options.output.as_deref(), PortFlags::IS_INPUT)?,
        ];
        let config = EngineConfig::new(f64::from(rate), channels, client.buffer_size() as usize);
        let (mut engine, handle) = Engine::new(config, model.separator.spec())?;
        handle.set_separator(model.separator.clone())?;
        handle.set_trim(options.level.trim.into());
        wanted.give(&mut engine, &handle);
        let heard = Arc::new(Heard {
            rate: AtomicU32::new(rate),
            ..Heard::default()
        });
        let latency = engine.latency();
        let mut process = Process {
            engine,
            inputs: Vec::with_capacity(channels),
            outputs: Vec::with_capacity(channels),
            heard: heard.clone(),
        };
        let mut pairs = Vec::with_capacity(channels);
        for number in 1..=channels {
            let input = client
                .register_port(&format!("in_{number}"), AudioIn::default())
                .map_err(refused)?;
            let output = client
                .register_port(&format!("out_{number}"), AudioOut::default())
                .map_err(refused)?;
            pairs.push([input.clone_unowned(), output.clone_unowned()]);
            process.inputs.push(input);
            process.outputs.push(output);
        }
        earmark_jack::tell_latency(&client, latency as Frames, pairs).map_err(refused)?;
        Ok(Opened {
            client,
            process,
            heard,
            handle,
            ends,
        })
    }
}

impl Client {
    /// Opens a client, starts the engine in it, and connects both sides.
    ///
    /// # Errors
    /// [`CliError::NoJack`] where no server runs, [`CliError::Jack`] for what it refuses, [`CliError::NoPorts`] for names that no port
    /// has, and those of the engine.
    pub(super) fn start(options: &Live, model: &Model, wanted: &Wanted) -> Result<Client, CliError> {
        let Opened {
            client,
            process,
            heard,
            handle,
            ends,
        } = Opened::new(options, model, wanted)?;
        let (rate, latency) = (client.sample_rate(), process.engine.latency());
        let active = client
            .activate_async(Told(heard.clone()), process)
            .map_err(refused)?;
        let mut client = Client {
            active,
            heard,
            handle,
            latency,
            rate,
            channels: usize::from(options.channels),
            connected: Default::default(),
        };
        client.connect(ends)?;
        Ok(client)
    }

    /// Connects each channel to the port of its number, or to the only one.
    fn connect(&mut self, [from, to]: [Vec<String>; 2]) -> Result<(), CliError> {
        let client = self.active.as_client();
        let of = |ends: &[String], channel: usize| match ends {
            [] => None,
            [only] => Some(only.clone()),
            many => many.get(channel).cloned(),
        };
        for channel in 0..self.channels {
            let own = |side: &str| format!("{}:{side}_{}", client.name(), channel + 1);
            if let Some(port) = of(&from, channel) {
                client.connect_ports_by_name(&port, &own("in")).map_err(refused)?;
                self.connected[0].push(port);
            }
            if let Some(port) = of(&to, channel) {
                client
                    .connect_ports_by_name(&own("out"), &port)
                    .map_err(refused)?;
                self.connected[1].push(port);
            }
        }
        Ok(())
    }

    /// Reads status and meters.
    pub(super) fn engine(&self) -> &EngineHandle {
        &self.handle
    }

    /// Samples by which what goes out is later than what came in.
    pub(super) fn latency(&self) -> usize {
        self.latency
    }

    /// Samples that pass between the outer world and the ports, as the server knows it: both ways, the longest of each.
    pub(super) fn outside(&self) -> usize {
        let client = self.active.as_client();
        let longest = |ports: &[String], mode: LatencyType| {
            let ports = ports.iter().filter_map(|name| client.port_by_name(name));
            ports
                .map(|port| port.get_latency_range(mode).1)
                .max()
                .unwrap_or(0)
        };
        let [from, to] = &self.connected;
        (longest(from, LatencyType::Capture) + longest(to, LatencyType::Playback)) as usize
    }

    /// The rate that the engine was made for, in Hz.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Channels of each side.
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Samples of each of the server's calls.
    pub(super) fn block(&self) -> usize {
        self.active.as_client().buffer_size() as usize
    }

    /// How the server is doing.
    pub(super) fn health(&self) -> Health {
        Health {
            cycles: self.heard.cycles.load(Ordering::Relaxed),
            xruns: self.heard.xruns.load(Ordering::Relaxed),
            rate: self.heard.rate.load(Ordering::Relaxed),
        }
    }
}

/// The ports at the other end: those whose names begin as was asked, or those of the sound card.
fn ends(client: &jack::Client, asked: Option<&str>, direction: PortFlags) -> Result<Vec<String>, CliError> {
    match asked {
        Some(NONE) => Ok(vec![]),
        None => Ok(client.ports(None, Some(SOUND), direction | PortFlags::IS_PHYSICAL)),
        Some(start) => {
            let mut ports = client.ports(None, Some(SOUND), direction);
            let fits = |port: &String| port.starts_with(start);
            if ports.iter().any(fits) {
                ports.retain(fits);
                return Ok(ports);
            }
            Err(CliError::NoPorts {
                given: start.to_owned(),
                allowed: ports,
            })
        }
    }
}

fn no_jack(error: impl std::fmt::Display) -> CliError {
    CliError::NoJack {
        reason: error.to_string(),
    }
}

/// Its library is not there, or is none. Windows says why without the name of the file, and behind words that say only what failed.
fn no_library(error: impl std::error::Error) -> CliError {
    let file = jack::jack_sys::JACK_LIB;
    let words = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    no_jack(if words.contains(file) {
        words
    } else {
        format!("{file}: {words}")
    })
}

fn refused(error: jack::Error) -> CliError {
    CliError::Jack {
        reason: error.to_string(),
    }
}

/// What the server calls for sound.
struct Process {
    engine: Engine,
    inputs: Vec<Port<AudioIn>>,
    outputs: Vec<Port<AudioOut>>,
    heard: Arc<Heard>,
}

impl jack::ProcessHandler for Process {
    /// Neither allocates nor locks, and waits for nothing but, while the server renders faster or slower than time, the worker.
    fn process(&mut self, _: &jack::Client, scope: &jack::ProcessScope) -> Control {
        self.engine
            .set_wait_policy(if self.heard.freewheels.load(Ordering::Relaxed) {
                WaitPolicy::Offline
            } else {
                WaitPolicy::Live
            });
        let channels = self.outputs.len();
        let mut io: [&mut [f32]; MAX_CHANNELS] = Default::default();
        for ((place, output), input) in io.iter_mut().zip(&mut self.outputs).zip(&self.inputs) {
            let samples = output.as_mut_slice(scope);
            samples.copy_from_slice(input.as_slice(scope));
            *place = samples;
        }
        self.engine.process(&mut io[..channels], &[]);
        self.heard.cycles.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

/// What the server tells beside that, on a thread of its own.
struct Told(Arc<Heard>);

impl jack::NotificationHandler for Told {
    fn freewheel(&mut self, _: &jack::Client, is_on: bool) {
        self.0.freewheels.store(is_on, Ordering::Relaxed);
    }

    fn sample_rate(&mut self, _: &jack::Client, rate: Frames) -> Control {
        self.0.rate.store(rate, Ordering::Relaxed);
        Control::Continue
    }

    fn xrun(&mut self, _: &jack::Client) -> Control {
        self.0.xruns.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As what opens libraries says it on Windows.
    #[derive(Debug)]
    struct Behind(std::io::Error);

    impl std::fmt::Display for Behind {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("LoadLibraryExW failed")
        }
    }

    impl std::error::Error for Behind {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_library_that_cannot_be_loaded_is_named_with_the_reason() {
        let file = jack::jack_sys::JACK_LIB;
        let windows = no_library(Behind(std::io::Error::other("Module not found."))).to_string();
        assert!(
            windows.contains(&format!("({file}: Module not found.)")),
            "{windows}"
        );
        let linux = no_library(std::io::Error::other(format!("{file}: no such file"))).to_string();
        assert!(linux.contains(&format!("({file}: no such file)")), "{linux}");
    }
}
