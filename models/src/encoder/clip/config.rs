//! The shapes of CLIP's towers, and of their tensors, in openai's layout and in that of the Hugging Face Hub.

use earmark_kernels::LINE;

use super::layout::{Layout, Side};
use crate::part::{Misfit, Required, Shapes, size};

/// Values that each head of attention reads, in every published size.
pub(super) const HEAD: usize = 64;
/// Times as many values lie between the two dense layers of a block as before and after them.
pub(super) const INNER: usize = 4;
/// Tokens of every text: the mark before and the mark after it.
const MARKS: usize = 2;
/// Colours of a picture.
pub(super) const COLOURS: usize = 3;
/// Most blocks that are believed.
const MOST_BLOCKS: usize = 64;
/// Blocks of the published towers, and the values of a token in each of the two.
const PUBLISHED: (usize, usize, usize) = (12, 512, 768);

/// The shape of CLIP's text tower; the published one is [`ClipTextConfig::vit_b_32`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipTextConfig {
    /// By whose names its tensors are known.
    pub layout: Layout,
    /// Tokens of the vocabulary, the two marks being the last of them.
    pub words: usize,
    /// Tokens of a text that it reads, its marks among them.
    pub positions: usize,
    /// Blocks.
    pub blocks: usize,
    /// Values of a token; a multiple of 64, each 64 of which are a head of attention.
    pub width: usize,
    /// Values of a condition.
    pub condition_size: usize,
}

/// The shape of CLIP's image tower; the published one is [`ClipImageConfig::vit_b_32`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipImageConfig {
    /// By whose names its tensors are known.
    pub layout: Layout,
    /// Rows and columns of a patch, which becomes one token.
    pub patch: usize,
    /// Rows and columns of patches.
    pub grid: usize,
    /// Blocks.
    pub blocks: usize,
    /// Values of a token; a multiple of 64, each 64 of which are a head of attention.
    pub width: usize,
    /// Values of a condition.
    pub condition_size: usize,
}

impl ClipTextConfig {
    /// The text tower of ViT-B/32.
    pub fn vit_b_32() -> ClipTextConfig {
        let (blocks, width, _) = PUBLISHED;
        ClipTextConfig {
            layout: Layout::OpenAi,
            words: 49_408,
            positions: 77,
            blocks,
            width,
            condition_size: 512,
        }
    }

    /// Name and shape of every tensor that is read.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let ClipTextConfig { layout, width, .. } = *self;
        let mut tensors = layout.block_tensors(Side::Text, self.blocks, width);
        tensors.push((layout.words().into(), vec![self.words, width]));
        tensors.push((layout.positions(Side::Text).into(), vec![self.positions, width]));
        layout.norm_tensors(layout.last_norm(Side::Text), width, &mut tensors);
        tensors.push(layout.projection_tensor(Side::Text, width, self.condition_size));
        tensors
    }

    /// The tower that tensors of these shapes are. Which tensors it reads, [`ClipTextConfig::required_tensors`] says.
    ///
    /// # Errors
    /// The [`Misfit`].
    pub fn of(shapes: &Shapes) -> Result<ClipTextConfig, Misfit> {
        let layout = Layout::of(shapes, Side::Text);
        let width = width(shapes, layout.words(), 2, 1)?;
        let positions = size(shapes, layout.positions(Side::Text), 2, 0)?;
        if positions <= MARKS {
            let expected = format!("a table of more than {MARKS} rows");
            return Err(Misfit::Shape(layout.positions(Side::Text).into(), expected));
        }
        let (least, published, _) = PUBLISHED;
        Ok(ClipTextConfig {
            layout,
            words: size(shapes, layout.words(), 2, 0)?,
            positions,
            blocks: blocks(shapes, layout, Side::Text, (width == published).then_some(least))?,
            width,
            condition_size: projected(shapes, layout, Side::Text)?,
        })
    }

    /// [`ClipTextConfig::required_tensors`], as parts are described.
    pub(super) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
}

impl ClipImageConfig {
    /// The image tower of ViT-B/32.
    pub fn vit_b_32() -> ClipImageConfig {
        let (blocks, _, width) = PUBLISHED;
        ClipImageConfig {
            layout: Layout::OpenAi,
            patch: 32,
            grid: 7,
            blocks,
            width,
            condition_size: 512,
        }
    }

    /// Rows and columns of the picture that it reads.
    pub fn side(&self) -> usize {
        self.patch * self.grid
    }

    /// Tokens of a picture: one that reads all of it, and its patches.
    pub(super) fn tokens(&self) -> usize {
        1 + self.grid * self.grid
    }

    /// Name and shape of every tensor that is read.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let ClipImageConfig {
            layout, patch, width, ..
        } = *self;
        let mut tensors = layout.block_tensors(Side::Image, self.blocks, width);
        tensors.push((layout.patches().into(), vec![width, COLOURS, patch, patch]));
        tensors.push((layout.class().into(), vec![width]));
        tensors.push((layout.positions(Side::Image).into(), vec![self.tokens(), width]));
        layout.norm_tensors(layout.first_norm(), width, &mut tensors);
        layout.norm_tensors(layout.last_norm(Side::Image), width, &mut tensors);
        tensors.push(layout.projection_tensor(Side::Image, width, self.condition_size));
        tensors
    }

    /// The tower that tensors of these shapes are. Which tensors it reads, [`ClipImageConfig::required_tensors`] says.
    ///
    /// # Errors
    /// The [`Misfit`].
    pub fn of(shapes: &Shapes) -> Result<ClipImageConfig, Misfit> {
        let layout = Layout::of(shapes, Side::Image);
        let width = width(shapes, layout.patches(), 4, 0)?;
        let tokens = size(shapes, layout.positions(Side::Image), 2, 0)?;
        let grid = (tokens - 1).isqrt();
        if grid == 0 || grid * grid + 1 != tokens {
            let expected = "a table of one row more than a square number".into();
            return Err(Misfit::Shape(layout.positions(Side::Image).into(), expected));
        }
        let (least, _, published) = PUBLISHED;
        Ok(ClipImageConfig {
            layout,
            patch: size(shapes, layout.patches(), 4, 3)?,
            grid,
            blocks: blocks(shapes, layout, Side::Image, (width == published).then_some(least))?,
            width,
            condition_size: projected(shapes, layout, Side::Image)?,
        })
    }

    /// [`ClipImageConfig::required_tensors`], as parts are described.
    pub(super) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
}

/// The values of a token, from the tensor that gives them.
fn width(shapes: &Shapes, name: &str, rank: usize, axis: usize) -> Result<usize, Misfit> {
    let width = size(shapes, name, rank, axis)?;
    match width.is_multiple_of(HEAD) {
        true => Ok(width),
        false => {
            let expected = format!("one of {rank} dimensions, that of tokens a multiple of {HEAD},");
            Err(Misfit::Shape(name.into(), expected))
        }
    }
}

/// The values of a condition.
fn projected(shapes: &Shapes, layout: Layout, side: Side) -> Result<usize, Misfit> {
    let name = layout.projection(side);
    let values = size(shapes, name, 2, layout.projection_axis())?;
    match values.is_multiple_of(LINE) {
        true => Ok(values),
        false => {
            let expected = format!("a matrix to a multiple of {LINE} values");
            Err(Misfit::Shape(name.into(), expected))
        }
    }
}

/// The number of blocks that there is any tensor of: what lacks a part must not pass for a shorter tower. Neither must one of a
/// published width that has fewer than the published ones.
fn blocks(shapes: &Shapes, layout: Layout, side: Side, least: Option<usize>) -> Result<usize, Misfit> {
    let prefix = layout.blocks(side);
    let numbers = shapes.keys().filter_map(|name| {
        let rest = name.strip_prefix(prefix)?;
        rest.split_once('.')?.0.parse::<usize>().ok()
    });
    let found = numbers
        .filter(|&index| index < MOST_BLOCKS)
        .map(|index| index + 1)
        .max()
        .unwrap_or(0);
    match least {
        Some(least) if found < least => Err(Misfit::Missing(layout.first_of_block(side, found))),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_towers_are_those_of_vit_b_32() {
        let count = |tensors: &[(String, Vec<usize>)]| -> usize {
            tensors
                .iter()
                .map(|(_, shape)| shape.iter().product::<usize>())
                .sum()
        };
        // All that openai's class learns but the temperature: 151,277,313.
        let (text, image) = (ClipTextConfig::vit_b_32(), ClipImageConfig::vit_b_32());
        let (texts, images) = (text.required_tensors(), image.required_tensors());
        assert_eq!((count(&texts), count(&images)), (63_428_096, 87_849_216));
        assert_eq!(image.side(), 224);
        for layout in [Layout::OpenAi, Layout::HuggingFace] {
            let (text, image) = (
                ClipTextConfig { layout, ..text },
                ClipImageConfig { layout, ..image },
            );
            let (texts, images) = (text.required_tensors(), image.required_tensors());
            let all = texts.iter().chain(&images);
            let shapes: Shapes = all.map(|(name, shape)| (&**name, &**shape)).collect();
            assert_eq!(shapes.len(), texts.len() + images.len(), "no name is both's");
            assert_eq!(ClipTextConfig::of(&shapes), Ok(text));
            assert_eq!(ClipImageConfig::of(&shapes), Ok(image));
        }
    }
}
