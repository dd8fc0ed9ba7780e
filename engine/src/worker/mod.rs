//! The worker.
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::block::WorkerPort;
use crate::config::EngineConfig;
use crate::error::EngineError;
use crate::shared::Shared;

pub(crate) fn start(
    shared: Arc<Shared>,
    port: WorkerPort,
    config: &EngineConfig,
) -> Result<JoinHandle<()>, EngineError> {
    let _ = (&port.from_audio, &port.to_audio, config, shared);
    Ok(std::thread::Builder::new()
        .name("earmark-worker".into())
        .spawn(|| ())?)
}
