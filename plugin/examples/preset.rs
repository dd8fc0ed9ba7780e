//! Writes a VST3 preset with a query, for hosts without an editor:
//! `cargo run -p earmark-plugin --example preset -- "a dog barking" dog.vstpreset [isolate|remove|custom]`.

use std::process::ExitCode;

use earmark_plugin::state::HostState;
use nice_plug::plugin::ParamValue;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (query, file, mode) = match arguments.as_slice() {
        [query, file] => (query, file, "isolate"),
        [query, file, mode] => (query, file, mode.as_str()),
        _ => {
            eprintln!("Usage: preset QUERY FILE.vstpreset [isolate|remove|custom]");
            return ExitCode::from(2);
        }
    };
    let state = HostState::for_query(query).with_param("mode", ParamValue::String(mode.into()));
    match std::fs::write(file, state.to_vst3_preset()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file} could not be written: {error}.");
            ExitCode::from(2)
        }
    }
}
