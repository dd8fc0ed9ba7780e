//! Decodes a sound file as 32-bit floats, interleaved, to standard output, to compare it with another decoder:
//! `cargo run -p earmark-audio --example decode FILE > out.f32`. What the file is goes to standard error.

use std::io::Write;
use std::path::Path;

use earmark_audio::Reader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("name a file")?;
    let mut reader = Reader::open(Path::new(&path))?;
    let mut block = vec![vec![0.0f32; 4096]; reader.channels()];
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut frames = 0;
    loop {
        let count = reader.read(&mut block)?;
        for n in 0..count {
            for channel in &block {
                out.write_all(&channel[n].to_le_bytes())?;
            }
        }
        frames += count;
        if count < 4096 {
            break;
        }
    }
    let about = reader.description();
    let chunks: Vec<_> = about
        .chunks
        .iter()
        .map(|chunk| chunk.id.escape_ascii().to_string())
        .collect();
    eprintln!(
        "{frames} frames ({:?} declared), {} Hz, {} channels, {:?}, speakers {:x?}, chunks {chunks:?}",
        about.frames, about.rate, about.channels, about.encoding, about.speakers
    );
    for warning in reader.warnings() {
        eprintln!("{warning}");
    }
    Ok(())
}
