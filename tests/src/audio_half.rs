//! The half of an instance that processes, which a host may have on a thread of its own.

use clack_host::events::EventHeader;
use clack_host::events::event_types::{ParamValueEvent, TransportEvent, TransportFlags};
use clack_host::prelude::*;
use clack_host::process::ProcessStatus;

use crate::error::HostError;
use crate::plugin::{Automation, Host, refused};

/// What the audio thread of a host holds of an instance.
pub struct AudioHalf {
    pub(crate) processor: Option<PluginAudioProcessor<Host>>,
    buffers: (AudioPorts, AudioPorts),
    frames_done: u64,
    events: EventBuffer,
    told: Option<Vec<Automation>>,
    /// Whether the transport rolls, in a host that says so.
    pub(crate) rolls: Option<bool>,
}

impl Default for AudioHalf {
    fn default() -> Self {
        AudioHalf {
            processor: None,
            buffers: (AudioPorts::with_capacity(2, 1), AudioPorts::with_capacity(4, 2)),
            frames_done: 0,
            events: EventBuffer::new(),
            told: None,
            rolls: None,
        }
    }
}

impl AudioHalf {
    pub(crate) fn listen(&mut self) {
        self.told = Some(vec![]);
    }

    pub(crate) fn told(&mut self) -> Vec<Automation> {
        self.told.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn frames_done(&self) -> usize {
        self.frames_done as usize
    }

    /// One call of `process` with `ports[port][channel][sample]`: the first port is read, all are written. `changes` hold
    /// frames within the block.
    ///
    /// # Errors
    /// [`HostError::NotActive`], or [`HostError::Refused`] when processing fails.
    pub fn process_ports(
        &mut self,
        ports: &mut [&mut [Vec<f32>]],
        changes: &[Automation],
    ) -> Result<ProcessStatus, HostError> {
        let mut events = EventBuffer::with_capacity(changes.len());
        for change in changes {
            events.push(&ParamValueEvent::new(
                change.frame as u32,
                change.param,
                Pckn::match_all(),
                change.value,
            ));
        }
        let mut input: Vec<Vec<f32>> = ports.first().map_or(vec![], |block| block.to_vec());
        let frames = input.first().map_or(0, Vec::len);
        let (inputs, outputs) = &mut self.buffers;
        let inputs = inputs.with_input_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(input.iter_mut().map(InputChannel::variable)),
        }]);
        let mut outputs = outputs.with_output_buffers(ports.iter_mut().map(|block| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(block.iter_mut().map(Vec::as_mut_slice)),
        }));
        let transport = self.rolls.map(transport);
        let processor = self.processor.as_mut().ok_or(HostError::NotActive)?;
        self.events.clear();
        let status = processor
            .as_started_mut()
            .and_then(|started| {
                started.process(
                    &inputs,
                    &mut outputs,
                    &events.as_input(),
                    &mut self.events.as_output(),
                    Some(self.frames_done),
                    transport.as_ref(),
                )
            })
            .map_err(refused("process"))?;
        if let Some(told) = &mut self.told {
            let first = self.frames_done as usize;
            told.extend(self.events.iter().filter_map(|event| {
                let event: &ParamValueEvent = event.as_event()?;
                Some(Automation {
                    frame: first + event.time() as usize,
                    param: event.param_id()?,
                    value: event.value(),
                })
            }));
        }
        self.frames_done += frames as u64;
        Ok(status)
    }
}

/// What a host says of a transport that rolls, or rests.
fn transport(rolls: bool) -> TransportEvent {
    TransportEvent {
        header: EventHeader::default(),
        flags: if rolls {
            TransportFlags::IS_PLAYING
        } else {
            TransportFlags::empty()
        },
        song_pos_beats: Default::default(),
        song_pos_seconds: Default::default(),
        tempo: 120.0,
        tempo_inc: 0.0,
        loop_start_beats: Default::default(),
        loop_end_beats: Default::default(),
        loop_start_seconds: Default::default(),
        loop_end_seconds: Default::default(),
        bar_start: Default::default(),
        bar_number: 0,
        time_signature_numerator: 4,
        time_signature_denominator: 4,
    }
}
