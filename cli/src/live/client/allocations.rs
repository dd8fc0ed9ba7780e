//! What a server of JACK calls allocates nothing.

#[path = "../../../tests/common/jackd.rs"]
mod jackd;

use std::sync::atomic::Ordering;

use assert_no_alloc::assert_no_alloc;
use clap::Parser;

use super::{Opened, Process, Told};
use crate::args::{Arguments, Command};
use crate::live::wanted::Wanted;
use crate::model::Model;

/// Ends the process at an allocation.
struct Checked(Process);

impl jack::ProcessHandler for Checked {
    fn process(&mut self, client: &jack::Client, scope: &jack::ProcessScope) -> jack::Control {
        assert_no_alloc(|| self.0.process(client, scope))
    }
}

#[test]
fn nothing_is_allocated_while_the_server_waits() {
    let name = "live::client::allocations::nothing_is_allocated_while_the_server_waits";
    jackd::with_server(name, || {
        let _first = jackd::open("first");
        let typed = ["earmark", "live", "typing", "--input", "none", "--output", "none"];
        let Command::Live(options) = Arguments::parse_from(typed).command else {
            panic!("it is `earmark live`");
        };
        let model = Model::load(None, options.quality).expect("the bundled model");
        let wanted = Wanted::of(&options, &model).expect("a query");
        let Opened {
            client,
            process,
            heard,
            handle,
            ..
        } = Opened::new(&options, &model, &wanted).expect("a server");
        let active = client
            .activate_async(Told(heard.clone()), Checked(process))
            .expect("it runs");
        // The model is running, and the rings and queues have been round.
        jackd::wait("a second of sound", || {
            let called = heard.cycles.load(Ordering::Relaxed) as usize;
            (called > 2 * jackd::RATE as usize / jackd::PERIOD && handle.status().blocks > 0).then_some(())
        });
        drop(active);
    });
}
