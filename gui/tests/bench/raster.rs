//! Triangles to pixels, as a graphics card does it for egui: textures sampled linearly, premultiplied colours blended in
//! gamma space. Slow, exact to a rounding, and the same on every machine.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::Path;

use egui::epaint::{ClippedPrimitive, ImageData, Mesh, Primitive, Vertex};
use egui::{Color32, Pos2, TextureId, TexturesDelta};

/// Pixels, four bytes each, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) size: [usize; 2],
    pub(crate) pixels: Vec<[u8; 4]>,
}

/// The textures that were uploaded so far.
#[derive(Default)]
pub(crate) struct Screen {
    textures: HashMap<TextureId, ([usize; 2], Vec<Color32>)>,
}

impl Screen {
    /// Takes new and changed textures.
    pub(crate) fn take(&mut self, mut delta: TexturesDelta) {
        for (id, deltas) in &delta.set {
            for delta in deltas {
                let ImageData::Color(image) = &delta.image;
                let Some([left, top]) = delta.pos else {
                    self.textures.insert(*id, (image.size, image.pixels.clone()));
                    continue;
                };
                let (size, pixels) = self
                    .textures
                    .get_mut(id)
                    .expect("a part of a texture that is there");
                for (y, row) in image.pixels.chunks(image.size[0]).enumerate() {
                    let at = (top + y) * size[0] + left;
                    pixels[at..at + row.len()].copy_from_slice(row);
                }
            }
        }
        for id in &delta.free {
            self.textures.remove(id);
        }
        delta.clear();
    }

    /// Paints onto a ground; `scale` is pixels to a point.
    pub(crate) fn paint(
        &self,
        size: [usize; 2],
        scale: f32,
        primitives: &[ClippedPrimitive],
        ground: Color32,
    ) -> Picture {
        let mut canvas = vec![ground.to_array().map(f32::from); size[0] * size[1]];
        for primitive in primitives {
            let Primitive::Mesh(mesh) = &primitive.primitive else {
                continue;
            };
            let clip = primitive.clip_rect;
            let edge = |points: f32, most: usize| (points * scale).round().clamp(0.0, most as f32) as usize;
            let clip = [
                edge(clip.left(), size[0]),
                edge(clip.top(), size[1]),
                edge(clip.right(), size[0]),
                edge(clip.bottom(), size[1]),
            ];
            self.mesh(&mut canvas, size[0], scale, clip, mesh);
        }
        let round = |pixel: [f32; 4]| pixel.map(|value| value.round().clamp(0.0, 255.0) as u8);
        Picture {
            size,
            pixels: canvas.into_iter().map(round).collect(),
        }
    }

    fn mesh(&self, canvas: &mut [[f32; 4]], width: usize, scale: f32, clip: [usize; 4], mesh: &Mesh) {
        let texture = &self.textures[&mesh.texture_id];
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| mesh.vertices[corners[i] as usize]);
            triangle(canvas, width, scale, clip, texture, corners);
        }
    }
}

fn triangle(
    canvas: &mut [[f32; 4]],
    width: usize,
    scale: f32,
    [left, top, right, bottom]: [usize; 4],
    texture: &([usize; 2], Vec<Color32>),
    mut corners: [Vertex; 3],
) {
    let mut at = corners.map(|corner| Pos2::new(corner.pos.x * scale, corner.pos.y * scale));
    let cross = |a: Pos2, b: Pos2, p: Pos2| (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
    let mut area = cross(at[0], at[1], at[2]);
    if area == 0.0 {
        return;
    }
    if area < 0.0 {
        at.swap(1, 2);
        corners.swap(1, 2);
        area = -area;
    }
    // Of two triangles that share an edge, one gets the pixels on it.
    let owns = |a: Pos2, b: Pos2| (a.y == b.y && b.x > a.x) || b.y < a.y;
    let edges = [(at[1], at[2]), (at[2], at[0]), (at[0], at[1])];
    let colours = corners.map(|corner| corner.color.to_array().map(f32::from));
    let plain = corners.iter().all(|corner| corner.uv == corners[0].uv);
    let flat = plain.then(|| sample(texture, corners[0].uv));
    let bounds = |pick: fn(&Pos2) -> f32, low: usize, high: usize| {
        let values = at.iter().map(pick);
        let least = values.clone().fold(f32::MAX, f32::min).floor().max(low as f32) as usize;
        let most = values.fold(f32::MIN, f32::max).ceil().min(high as f32).max(0.0) as usize;
        least..most
    };
    for y in bounds(|p| p.y, top, bottom) {
        for x in bounds(|p| p.x, left, right) {
            let pixel = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
            let weights = edges.map(|(a, b)| cross(a, b, pixel));
            let inside = weights
                .iter()
                .zip(edges)
                .all(|(&weight, (a, b))| weight > 0.0 || (weight == 0.0 && owns(a, b)));
            if !inside {
                continue;
            }
            let share = weights.map(|weight| weight / area);
            let mix = |i: usize| {
                (0..3)
                    .map(|corner| share[corner] * colours[corner][i])
                    .sum::<f32>()
            };
            let texel = flat.unwrap_or_else(|| {
                let uv = |pick: fn(&Vertex) -> f32| (0..3).map(|i| share[i] * pick(&corners[i])).sum::<f32>();
                sample(texture, Pos2::new(uv(|v| v.uv.x), uv(|v| v.uv.y)))
            });
            let source: [f32; 4] = std::array::from_fn(|i| mix(i) * texel[i] / 255.0);
            let target = &mut canvas[y * width + x];
            let through = 1.0 - source[3] / 255.0;
            *target = std::array::from_fn(|i| source[i] + target[i] * through);
        }
    }
}

/// Bilinear, held at the edges.
fn sample((size, pixels): &([usize; 2], Vec<Color32>), uv: Pos2) -> [f32; 4] {
    let along = |place: f32, count: usize| {
        let place = (place * count as f32 - 0.5).clamp(0.0, (count - 1) as f32);
        let first = place.floor();
        (first as usize, (first as usize + 1).min(count - 1), place - first)
    };
    let (x0, x1, fx) = along(uv.x, size[0]);
    let (y0, y1, fy) = along(uv.y, size[1]);
    let at = |x: usize, y: usize| pixels[y * size[0] + x].to_array().map(f32::from);
    let (a, b, c, d) = (at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1));
    std::array::from_fn(|i| {
        let upper = a[i] + (b[i] - a[i]) * fx;
        let lower = c[i] + (d[i] - c[i]) * fx;
        upper + (lower - upper) * fy
    })
}

impl Picture {
    /// Writes it as PNG.
    pub(crate) fn write(&self, path: &Path) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder of pictures can be made");
        }
        let file = std::fs::File::create(path).expect("the picture can be written");
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.size[0] as u32, self.size[1] as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let bytes: Vec<u8> = self.pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&bytes))
            .expect("the picture can be written");
    }

    /// Reads what [`Picture::write`] wrote.
    pub(crate) fn read(path: &Path) -> Option<Picture> {
        let file = std::io::BufReader::new(std::fs::File::open(path).ok()?);
        let mut reader = png::Decoder::new(file).read_info().ok()?;
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let info = reader.next_frame(&mut bytes).ok()?;
        let pixels = bytes[..info.buffer_size()]
            .chunks_exact(3)
            .map(|rgb| [rgb[0], rgb[1], rgb[2], 255])
            .collect();
        Some(Picture {
            size: [info.width as usize, info.height as usize],
            pixels,
        })
    }

    /// How far two pictures are apart where they differ most: the largest difference between the means of squares of 6 by 6
    /// pixels, 0 to 255. A letter that is drawn a hair differently is a few; a widget that has moved is fifty and more.
    pub(crate) fn distance(&self, other: &Picture) -> f32 {
        const SQUARE: usize = 6;
        if self.size != other.size {
            return 255.0;
        }
        let mean = |picture: &Picture, left: usize, top: usize| {
            let mut sum = [0.0f32; 3];
            let mut count = 0.0;
            for y in top..(top + SQUARE).min(picture.size[1]) {
                for x in left..(left + SQUARE).min(picture.size[0]) {
                    let pixel = picture.pixels[y * picture.size[0] + x];
                    (0..3).for_each(|i| sum[i] += f32::from(pixel[i]));
                    count += 1.0;
                }
            }
            sum.map(|sum| sum / count)
        };
        let mut most = 0.0f32;
        for top in (0..self.size[1]).step_by(SQUARE) {
            for left in (0..self.size[0]).step_by(SQUARE) {
                let (a, b) = (mean(self, left, top), mean(other, left, top));
                most = a.iter().zip(b).fold(most, |most, (a, b)| most.max((a - b).abs()));
            }
        }
        most
    }
}
