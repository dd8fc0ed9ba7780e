//! A texture that is written column by column, round and round.

use egui::{Color32, ColorImage, Context, Mesh, Painter, Rect, TextureHandle, TextureOptions, pos2};

/// The texture, and where the next column goes.
pub(crate) struct Ring {
    texture: TextureHandle,
    size: [usize; 2],
    next: usize,
    /// Rows of the columns to come, gathered so that each frame uploads once.
    gathered: Vec<Color32>,
}

impl Ring {
    /// A ring of `columns` times `rows` pixels in one colour.
    pub(crate) fn new(context: &Context, name: &str, [columns, rows]: [usize; 2], ground: Color32) -> Ring {
        let image = ColorImage::filled([columns, rows], ground);
        Ring {
            texture: context.load_texture(name, image, TextureOptions::LINEAR),
            size: [columns, rows],
            next: 0,
            gathered: Vec::new(),
        }
    }

    /// Adds a column, its top row first.
    pub(crate) fn push(&mut self, column: impl IntoIterator<Item = Color32>) {
        self.gathered.extend(column);
        debug_assert!(self.gathered.len().is_multiple_of(self.size[1]));
    }

    /// Uploads what was added: at most two pieces, because the ring has an end.
    pub(crate) fn upload(&mut self) {
        let [columns, rows] = self.size;
        let gathered = std::mem::take(&mut self.gathered);
        // More than fits would be overwritten at once.
        let surplus = (gathered.len() / rows).saturating_sub(columns);
        let mut left = &gathered[surplus * rows..];
        while !left.is_empty() {
            let count = (left.len() / rows).min(columns - self.next);
            let (piece, others) = left.split_at(count * rows);
            // From columns to the rows that an image has.
            let pixels = (0..count * rows)
                .map(|i| piece[(i % count) * rows + i / count])
                .collect();
            let image = ColorImage::new([count, rows], pixels);
            self.texture
                .set_partial([self.next, 0], image, TextureOptions::LINEAR);
            self.next = (self.next + count) % columns;
            left = others;
        }
    }

    /// Draws the ring into `rect`, the oldest column at its left, moved to the left by `shift` columns, 0 to 1. The painter's clip
    /// keeps what is moved out of it from being seen.
    pub(crate) fn paint(&self, painter: &Painter, rect: Rect, shift: f32) {
        let columns = self.size[0] as f32;
        // Half a pixel is kept from both ends of a piece, so that the newest column never bleeds into the oldest.
        let half = 0.5 / columns;
        let seam = self.next as f32 / columns;
        let pitch = rect.width() / columns;
        let left = rect.left() - shift * pitch;
        let middle = left + (1.0 - seam) * rect.width();
        let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
        let mut mesh = Mesh::with_texture(self.texture.id());
        let mut piece = |from: f32, to: f32, first: f32, last: f32| {
            if to > from {
                let place = Rect::from_x_y_ranges(from..=to, rect.y_range());
                let pixels = Rect::from_min_max(pos2(first, 0.0), pos2(last, 1.0));
                mesh.add_rect_with_uv(place, pixels, Color32::WHITE);
            }
        };
        piece(left, middle, seam + half, 1.0 - half);
        piece(middle, left + rect.width(), half, seam - half);
        // What the shift leaves open is the newest once more.
        let newest = if self.next == 0 { 1.0 - half } else { seam - half };
        piece(left + rect.width(), rect.right(), newest, newest);
        painter.add(mesh);
    }
}
