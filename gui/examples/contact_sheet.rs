//! Every state of the editor in both looks on one sheet: `cargo run -p earmark-gui --example contact_sheet -- sheet.png`.
//!
//! To be looked at when something about the look is decided: whether one thing leads, whether everything is on one grid, and whether
//! both looks say the same.

#[path = "../tests/bench/mod.rs"]
mod bench;

use std::path::PathBuf;

use bench::raster::Picture;
use bench::states;

/// Pictures in a row: a state in the dark look, the same in the light one, and the next state.
const IN_A_ROW: usize = 4;
/// Between two pictures, in pixels.
const GAP: usize = 16;

fn main() {
    let Some(path) = std::env::args().nth(1).map(PathBuf::from) else {
        eprintln!("Say where to write the sheet: contact_sheet sheet.png");
        std::process::exit(2);
    };
    let pictures: Vec<Picture> = states::all()
        .iter()
        .flat_map(|state| [false, true].map(|light| state.bench(light).picture()))
        .collect();
    let cell = pictures.iter().fold([0, 0], |[width, height], picture| {
        [width.max(picture.size[0]), height.max(picture.size[1])]
    });
    let rows = pictures.len().div_ceil(IN_A_ROW);
    let size = [IN_A_ROW * (cell[0] + GAP) + GAP, rows * (cell[1] + GAP) + GAP];
    let mut sheet = Picture {
        size,
        pixels: vec![[128; 4]; size[0] * size[1]],
    };
    for (i, picture) in pictures.iter().enumerate() {
        let left = GAP + (i % IN_A_ROW) * (cell[0] + GAP);
        let top = GAP + (i / IN_A_ROW) * (cell[1] + GAP);
        for (y, row) in picture.pixels.chunks_exact(picture.size[0]).enumerate() {
            let at = (top + y) * size[0] + left;
            sheet.pixels[at..at + row.len()].copy_from_slice(row);
        }
    }
    sheet.write(&path);
}
