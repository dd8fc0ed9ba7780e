//! Every state of the editor on one sheet, one sheet for each look: `cargo run -p earmark-gui --example contact_sheet` writes
//! `target/contact-sheets/dark.png` and `light.png`.
//!
//! To be looked at when something about the look is decided: whether one thing leads, whether everything is on one grid, and whether
//! both looks say the same.

#[path = "../tests/bench/mod.rs"]
mod bench;

use std::path::{Path, PathBuf};

use bench::raster::Picture;
use bench::states;

/// Pictures in a row.
const IN_A_ROW: usize = 4;
/// Between two pictures, in pixels.
const GAP: usize = 16;
/// Between the pictures: neither look's ground.
const GREY: [u8; 4] = [128, 128, 128, 255];

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/contact-sheets");
    std::fs::create_dir_all(&folder)?;
    for (look, light) in [("dark", false), ("light", true)] {
        let pictures: Vec<Picture> = states::all()
            .iter()
            .map(|state| state.bench(light).picture())
            .collect();
        let path: PathBuf = folder.join(format!("{look}.png"));
        sheet(&pictures).write(&path);
        println!("{}", path.display());
    }
    Ok(())
}

/// The pictures side by side, each in a cell that has room for the largest.
fn sheet(pictures: &[Picture]) -> Picture {
    let cell = pictures.iter().fold([0, 0], |[width, height], picture| {
        [width.max(picture.size[0]), height.max(picture.size[1])]
    });
    let rows = pictures.len().div_ceil(IN_A_ROW);
    let size = [IN_A_ROW * (cell[0] + GAP) + GAP, rows * (cell[1] + GAP) + GAP];
    let mut sheet = Picture {
        size,
        pixels: vec![GREY; size[0] * size[1]],
    };
    for (i, picture) in pictures.iter().enumerate() {
        let left = GAP + (i % IN_A_ROW) * (cell[0] + GAP);
        let top = GAP + (i / IN_A_ROW) * (cell[1] + GAP);
        for (y, row) in picture.pixels.chunks_exact(picture.size[0]).enumerate() {
            let at = (top + y) * size[0] + left;
            sheet.pixels[at..at + row.len()].copy_from_slice(row);
        }
    }
    sheet
}
