//! Temporary: AudioSep's network through the engine as before and as a whole signal.
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;
use cpu_time::ProcessTime;
use earmark_cli::through::Through;
use earmark_engine::{Engine, EngineConfig, Query, WaitPolicy};
use earmark_kernels::{Isa, Threads};
use earmark_models::resunet::{Precision, Quality, ResUNetConfig, StreamSettings, Streaming};
use earmark_models::{Condition, EncoderKind, Separator, procedural};

fn clap(name: &str) -> Query {
    let values: Vec<f32> = procedural::uniform(name, 512).collect();
    Condition { encoder: EncoderKind::Clap, values: values.iter().map(|v| v * 0.0767).collect() }.into()
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let seconds: usize = args[1].parse().unwrap();
    let net = procedural::streaming(ResUNetConfig::audiosep(), Isa::best(), Precision::Fp32, Threads::shared()).unwrap();
    let settings = StreamSettings::of(Quality::Best, net.config());
    let separator: Arc<dyn Separator> = Arc::new(Streaming::new("audiosep", "", Arc::new(net), settings).unwrap());
    let rate = 48_000usize;
    let input: Vec<Vec<f32>> = (0..2).map(|c| procedural::uniform(if c == 0 {"l"} else {"r"}, rate * seconds).map(|x| x * 0.1).collect()).collect();
    for way in args[2].split(',') {
        let (started, cpu) = (Instant::now(), ProcessTime::now());
        let mut out: Vec<f32> = Vec::new();
        match way {
            "engine" => {
                let (mut engine, handle) = Engine::new(EngineConfig::new(rate as f64, 2, 4096), separator.spec()).unwrap();
                engine.set_wait_policy(WaitPolicy::Offline);
                handle.set_separator(separator.clone()).unwrap();
                handle.set_sounds(0, Some(clap("a")));
                let latency = engine.latency();
                let mut padded = input.clone();
                padded.iter_mut().for_each(|c| c.resize(rate * seconds + latency, 0.0));
                for at in (0..padded[0].len()).step_by(4096) {
                    let n = 4096.min(padded[0].len() - at);
                    if at >= rate * seconds { engine.end(); }
                    let i: Vec<&[f32]> = padded.iter().map(|c| &c[at..at + n]).collect();
                    let (mut a, mut b, mut c, mut d) = (vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]);
                    engine.process_split(&i, &mut [&mut a, &mut b], &mut [&mut c, &mut d], &[]);
                    out.extend_from_slice(&c);
                }
                out.drain(..latency);
            }
            _ => {
                let threads: usize = way[..1].parse().unwrap();
                let queries: Vec<Query> = match &way[1..] {
                    "" => vec![clap("a")],
                    _ => {
                        let both = Query { wanted: [clap("a").wanted, clap("b").wanted].concat(), unwanted: vec![] };
                        vec![clap("a"), clap("b"), both]
                    }
                };
                let mut through = Through::whole(&separator, &queries, rate as f64, 2, NonZeroUsize::new(threads).unwrap()).unwrap();
                let mut at = 0;
                through.run(Some((rate * seconds) as u64), |block| {
                    let n = block[0].len().min(rate * seconds - at);
                    for (to, from) in block.iter_mut().zip(&input) { to[..n].copy_from_slice(&from[at..at + n]); }
                    at += n;
                    Ok(n)
                }, |_, t| { out.extend_from_slice(t[0][0]); Ok(()) }).unwrap();
            }
        }
        let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
        let power: f64 = out.iter().map(|x| f64::from(*x).powi(2)).sum();
        println!("{way}: {seconds} s: wall {wall:.2} s, CPU {cpu:.2} s, {:.3} CPU s per s, {:.2} cores, power {power:.9}", cpu / seconds as f64, cpu / wall);
    }
}
