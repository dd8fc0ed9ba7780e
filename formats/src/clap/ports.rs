//! A host's buffers, as nice-plug can take them.
//!
//! nice-plug takes a host's word for the number of its ports and channels, and looks one port too far. What it gets has exactly the
//! ports that the plug-in has, each with at most its channels. An output that the host has not connected is a place of ours.

use std::mem::MaybeUninit;

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::ext::audio_ports::{CLAP_EXT_AUDIO_PORTS, clap_audio_port_info, clap_plugin_audio_ports};
use clap_sys::plugin::clap_plugin;
use clap_sys::process::clap_process;

use super::extension::extension;
use crate::channels::InputRoom;

/// The ports of an active instance.
pub(super) struct Ports {
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    /// What nice-plug gets, one for each.
    given_inputs: Vec<clap_audio_buffer>,
    given_outputs: Vec<clap_audio_buffer>,
    main_input: InputRoom,
}

struct Port {
    channels: u32,
    /// Where an output goes that is not connected.
    nowhere: Vec<Vec<f32>>,
    pointers: Vec<*mut f32>,
}

// SAFETY: the pointers are those of a call, or lead to what lies beside them.
unsafe impl Send for Ports {}

const NONE: clap_audio_buffer = clap_audio_buffer {
    data32: std::ptr::null_mut(),
    data64: std::ptr::null_mut(),
    channel_count: 0,
    latency: 0,
    constant_mask: 0,
};

impl Ports {
    /// Those of nice-plug's instance as it is configured now, for blocks of at most `most` samples.
    ///
    /// # Safety
    /// The table is whole.
    pub(super) unsafe fn of(theirs: &clap_plugin, most: usize) -> Ports {
        // SAFETY: the caller's promise, and the name stands for that type, here and below.
        let ports = unsafe { extension::<clap_plugin_audio_ports>(theirs, CLAP_EXT_AUDIO_PORTS).as_ref() };
        // SAFETY: see above.
        let all = |is_input: bool| unsafe {
            let Some((count, get)) = ports.and_then(|ports| Some((ports.count?, ports.get?))) else {
                return Vec::new();
            };
            let channels = |index| {
                let mut info = MaybeUninit::<clap_audio_port_info>::zeroed();
                get(theirs, index, is_input, info.as_mut_ptr()).then(|| info.assume_init().channel_count)
            };
            (0..count(theirs, is_input))
                .filter_map(channels)
                .collect::<Vec<u32>>()
        };
        let inputs: Vec<Port> = all(true)
            .into_iter()
            .map(|channels| Port::new(channels, 0))
            .collect();
        let outputs = all(false).into_iter().enumerate();
        let outputs: Vec<Port> = outputs
            .map(|(number, channels)| Port::new(channels, if number == 0 { 0 } else { most }))
            .collect();
        Ports {
            given_inputs: vec![NONE; inputs.len()],
            given_outputs: vec![NONE; outputs.len()],
            main_input: InputRoom::new(inputs.first().map_or(0, |port| port.channels as usize), most),
            inputs,
            outputs,
        }
    }

    /// The host's call with buffers that nice-plug can take; nothing if a channel is nowhere.
    ///
    /// # Safety
    /// `process` is a host's, and what it says of its buffers is true.
    pub(super) unsafe fn fit(&mut self, process: &clap_process) -> Option<clap_process> {
        let samples = process.frames_count as usize;
        // SAFETY: the caller's promise, here and below.
        let input = |number| unsafe { buffer(process.audio_inputs, process.audio_inputs_count, number) };
        // SAFETY: see above.
        let output = |number| unsafe {
            buffer(
                process.audio_outputs.cast_const(),
                process.audio_outputs_count,
                number,
            )
        };
        for (number, (port, given)) in self.inputs.iter().zip(&mut self.given_inputs).enumerate() {
            *given = port.fit(input(number));
        }
        for (number, (port, given)) in self.outputs.iter_mut().zip(&mut self.given_outputs).enumerate() {
            *given = port.fit(output(number));
            if number > 0 && given.channel_count < port.channels {
                *given = port.nowhere(samples);
            }
        }
        if let (Some(input), Some(output)) = (self.given_inputs.first_mut(), self.given_outputs.first()) {
            input.channel_count = input.channel_count.min(output.channel_count);
        }
        let all = self.given_inputs.iter().chain(&self.given_outputs);
        if samples > 0 && all.flat_map(channels).any(|channel| channel.is_null()) {
            return None;
        }
        if let Some(main) = self.given_inputs.first_mut() {
            let outputs = self.given_outputs.iter().flat_map(channels);
            // SAFETY: no channel is null, and each has so many samples.
            if let Some(rescued) = unsafe { self.main_input.rescue(slice(main), outputs, samples) } {
                main.data32 = rescued;
            }
        }
        Some(clap_process {
            audio_inputs: self.given_inputs.as_ptr(),
            audio_outputs: self.given_outputs.as_mut_ptr(),
            audio_inputs_count: self.given_inputs.len() as u32,
            audio_outputs_count: self.given_outputs.len() as u32,
            ..*process
        })
    }
}

impl Port {
    fn new(channels: u32, nowhere: usize) -> Port {
        let count = if nowhere > 0 { channels as usize } else { 0 };
        Port {
            channels,
            nowhere: vec![vec![0.0; nowhere]; count],
            pointers: vec![std::ptr::null_mut(); count],
        }
    }

    /// The host's buffer with no more channels than the port has.
    fn fit(&self, given: Option<clap_audio_buffer>) -> clap_audio_buffer {
        match given {
            Some(given) if !given.data32.is_null() => clap_audio_buffer {
                channel_count: given.channel_count.min(self.channels),
                ..given
            },
            _ => NONE,
        }
    }

    /// A place for what nobody hears, if there is one for so many samples.
    fn nowhere(&mut self, samples: usize) -> clap_audio_buffer {
        if self.nowhere.iter().any(|channel| channel.len() < samples) {
            return NONE;
        }
        for (pointer, channel) in self.pointers.iter_mut().zip(&mut self.nowhere) {
            *pointer = channel.as_mut_ptr();
        }
        clap_audio_buffer {
            data32: self.pointers.as_mut_ptr(),
            channel_count: self.pointers.len() as u32,
            ..NONE
        }
    }
}

/// # Safety
/// So many buffers are there, or none.
unsafe fn buffer(buffers: *const clap_audio_buffer, count: u32, number: usize) -> Option<clap_audio_buffer> {
    // SAFETY: the caller's promise.
    (!buffers.is_null() && number < count as usize).then(|| unsafe { *buffers.add(number) })
}

fn slice(buffer: &clap_audio_buffer) -> &[*mut f32] {
    if buffer.data32.is_null() {
        return &[];
    }
    // SAFETY: a buffer that has fit has so many channels.
    unsafe { std::slice::from_raw_parts(buffer.data32, buffer.channel_count as usize) }
}

fn channels(buffer: &clap_audio_buffer) -> impl Iterator<Item = *mut f32> + Clone + use<'_> {
    slice(buffer).iter().copied()
}
