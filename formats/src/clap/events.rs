//! A host's events, as nice-plug can take them.
//!
//! nice-plug splits a block where parameters change and believes the times: one beyond the block makes it read and write past the
//! host's buffers, one before another makes it count below zero. The list that it gets has times within the block that never go back;
//! an event that is too late comes with the last sample, one out of order as soon as it can.

use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, CLAP_EVENT_MIDI_SYSEX, CLAP_EVENT_NOTE_CHOKE,
    CLAP_EVENT_NOTE_END, CLAP_EVENT_NOTE_EXPRESSION, CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON,
    CLAP_EVENT_PARAM_MOD, CLAP_EVENT_PARAM_VALUE, CLAP_EVENT_TRANSPORT, clap_event_header, clap_event_midi,
    clap_event_midi_sysex, clap_event_note, clap_event_note_expression, clap_event_param_mod,
    clap_event_param_value, clap_event_transport, clap_input_events,
};

/// Room for a copy of an event, aligned as the largest are.
type Room = UnsafeCell<MaybeUninit<[u64; 16]>>;

/// The list of one call, to live on the stack during it.
#[repr(C)]
pub(super) struct Events {
    /// What nice-plug holds. First, so that its address is ours.
    table: clap_input_events,
    theirs: *const clap_input_events,
    /// The last time within the block.
    last: u32,
    /// The time of the event that was asked for last. Events are asked for in order, some of them twice.
    latest: Cell<u32>,
    /// An event with another time than the host's; nice-plug looks at one at a time.
    copy: Room,
    /// The same of a transport event, at which nice-plug looks until the end of the block.
    transport: Room,
    /// In the place of an event that is none.
    nothing: UnsafeCell<clap_event_header>,
}

impl Events {
    /// Those of a call with that many samples.
    ///
    /// # Safety
    /// `theirs` is null, or a host's list that outlives this one.
    pub(super) unsafe fn new(theirs: *const clap_input_events, samples: u32) -> Events {
        Events {
            table: clap_input_events {
                ctx: std::ptr::null_mut(),
                size: Some(size),
                get: Some(get),
            },
            theirs,
            last: samples.saturating_sub(1),
            latest: Cell::new(0),
            copy: UnsafeCell::new(MaybeUninit::uninit()),
            transport: UnsafeCell::new(MaybeUninit::uninit()),
            nothing: UnsafeCell::new(clap_event_header {
                size: size_of::<clap_event_header>() as u32,
                time: 0,
                space_id: u16::MAX,
                type_: 0,
                flags: 0,
            }),
        }
    }

    /// What nice-plug gets: null where the host has none.
    pub(super) fn list(&self) -> *const clap_input_events {
        if self.theirs.is_null() {
            return std::ptr::null();
        }
        std::ptr::from_ref(self).cast()
    }

    /// The host's event of that number, with a time that nice-plug can take.
    fn get(&self, index: u32) -> *const clap_event_header {
        // SAFETY: the host's own list and function.
        let event = unsafe {
            match (*self.theirs).get {
                Some(get) => get(self.theirs, index),
                None => std::ptr::null(),
            }
        };
        // SAFETY: null, or an event of the host's, which lives as long as the list.
        let Some(header) = (unsafe { event.as_ref() }) else {
            return self.nothing();
        };
        let size = header.size as usize;
        if size < smallest(header) {
            return self.nothing();
        }
        let time = header.time.min(self.last).max(self.latest.get());
        self.latest.set(time);
        if time == header.time {
            return event;
        }
        if size > size_of::<Room>() {
            return self.nothing();
        }
        let room = match (header.space_id, header.type_) {
            (CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_TRANSPORT) => &self.transport,
            _ => &self.copy,
        };
        let copy = room.get().cast::<clap_event_header>();
        // SAFETY: the event has that size, there is room for it, and nobody looks at what was there before.
        unsafe {
            copy.cast::<u8>().copy_from_nonoverlapping(event.cast(), size);
            (*copy).time = time;
        }
        copy
    }

    fn nothing(&self) -> *const clap_event_header {
        let nothing = self.nothing.get();
        // SAFETY: it is ours, and nobody looks at it any more.
        unsafe { (*nothing).time = self.latest.get() };
        nothing
    }
}

/// What an event must have to be what it says that it is.
fn smallest(header: &clap_event_header) -> usize {
    let all = size_of::<clap_event_header>();
    if header.space_id != CLAP_CORE_EVENT_SPACE_ID {
        return all;
    }
    match header.type_ {
        CLAP_EVENT_NOTE_ON | CLAP_EVENT_NOTE_OFF | CLAP_EVENT_NOTE_CHOKE | CLAP_EVENT_NOTE_END => {
            size_of::<clap_event_note>()
        }
        CLAP_EVENT_NOTE_EXPRESSION => size_of::<clap_event_note_expression>(),
        CLAP_EVENT_PARAM_VALUE => size_of::<clap_event_param_value>(),
        CLAP_EVENT_PARAM_MOD => size_of::<clap_event_param_mod>(),
        CLAP_EVENT_TRANSPORT => size_of::<clap_event_transport>(),
        CLAP_EVENT_MIDI => size_of::<clap_event_midi>(),
        CLAP_EVENT_MIDI_SYSEX => size_of::<clap_event_midi_sysex>(),
        _ => all,
    }
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: nice-plug calls this with the list that it was given, during the call.
    let events = unsafe { &*list.cast::<Events>() };
    // SAFETY: the host's own list and function.
    unsafe { (*events.theirs).size.map_or(0, |size| size(events.theirs)) }
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: as in `size`.
    unsafe { &*list.cast::<Events>() }.get(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn value(time: u32, value: f64) -> clap_event_param_value {
        clap_event_param_value {
            header: clap_event_header {
                size: size_of::<clap_event_param_value>() as u32,
                time,
                space_id: CLAP_CORE_EVENT_SPACE_ID,
                type_: CLAP_EVENT_PARAM_VALUE,
                flags: 0,
            },
            param_id: 7,
            cookie: std::ptr::null_mut(),
            note_id: -1,
            port_index: -1,
            channel: -1,
            key: -1,
            value,
        }
    }

    unsafe extern "C" fn count(list: *const clap_input_events) -> u32 {
        // SAFETY: the test's own list.
        unsafe { &*(*list).ctx.cast::<Vec<clap_event_param_value>>() }.len() as u32
    }

    unsafe extern "C" fn at(list: *const clap_input_events, index: u32) -> *const clap_event_header {
        // SAFETY: the test's own list.
        let events = unsafe { &*(*list).ctx.cast::<Vec<clap_event_param_value>>() };
        events
            .get(index as usize)
            .map_or(std::ptr::null(), |event| std::ptr::from_ref(event).cast())
    }

    /// Times and values of what nice-plug gets of these in a block of so many samples, each asked for twice.
    fn seen(mut theirs: Vec<clap_event_param_value>, samples: u32) -> Vec<(u32, f64)> {
        let list = clap_input_events {
            ctx: std::ptr::from_mut(&mut theirs).cast(),
            size: Some(count),
            get: Some(at),
        };
        // SAFETY: the list is there until the end.
        let events = unsafe { Events::new(&list, samples) };
        // SAFETY: a list that is alive, and events of that type.
        unsafe {
            (0..size(events.list()))
                .map(|index| {
                    get(events.list(), index);
                    let event = get(events.list(), index);
                    let value = match (*event).space_id {
                        CLAP_CORE_EVENT_SPACE_ID => (*event.cast::<clap_event_param_value>()).value,
                        _ => f64::NAN,
                    };
                    ((*event).time, value)
                })
                .collect()
        }
    }

    #[test]
    fn times_stay_within_the_block() {
        let theirs = [0, 479, 480, 481, u32::MAX].map(|time| value(time, f64::from(time)));
        let expected = [
            (0, 0.0),
            (479, 479.0),
            (479, 480.0),
            (479, 481.0),
            (479, 4_294_967_295.0),
        ];
        assert_eq!(seen(theirs.to_vec(), 480), expected);
        assert_eq!(
            seen(vec![value(5, 1.0)], 0),
            [(0, 1.0)],
            "a block without samples"
        );
    }

    #[test]
    fn times_never_go_back() {
        let theirs = [300, 100, 301].map(|time| value(time, f64::from(time)));
        assert_eq!(
            seen(theirs.to_vec(), 480),
            [(300, 300.0), (300, 100.0), (301, 301.0)]
        );
    }

    #[test]
    fn what_is_shorter_than_its_kind_is_nothing() {
        let mut short = value(3, 1.0);
        short.header.size = 20;
        let seen = seen(vec![value(2, 0.5), short], 480);
        assert_eq!(seen[0], (2, 0.5));
        assert!(seen[1].0 == 2 && seen[1].1.is_nan());
    }

    #[test]
    fn no_list_stays_none() {
        // SAFETY: no list.
        assert!(unsafe { Events::new(std::ptr::null(), 480) }.list().is_null());
    }
}
