//! The colours of the dark look and of the light one. Every text keeps a contrast of at least 4.5 to 1 on every ground that it
//! stands on, and what is no text but carries meaning one of 3 to 1: WCAG 2.1, level AA.
//!
//! There is one accent at a time: the colour of the active slot. It marks what is done with the sound, and the sound itself in
//! spectrogram, fader and tab. Every other state is told by form.

use egui::Color32;

/// The colours of one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// The window's ground.
    pub ground: Color32,
    /// Tracks, fields, and what is held down.
    pub sunken: Color32,
    /// Buttons and menus.
    pub raised: Color32,
    /// A button under the pointer.
    pub hovered: Color32,
    /// Outlines that carry meaning.
    pub outline: Color32,
    /// Faint lines that carry none.
    pub hairline: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text.
    pub muted: Color32,
    /// Behind selected text, and what is chosen in a list.
    pub selection: Color32,
    /// Text on one of [`Palette::fills`].
    pub on_accent: Color32,
    /// What is not the named sound: levels, and faders of the rest.
    pub rest: Color32,
    /// Overload and failure.
    pub alarm: Color32,
    /// Text, signs and edges in a slot's colour. Indexed by [`crate::SlotView::colour`].
    pub slots: [Color32; crate::COLOURS as usize],
    /// What is filled with a slot's colour, in the hue that its sound has in the spectrogram. Indexed alike.
    pub fills: [Color32; crate::COLOURS as usize],
}

/// The colour of a slot where something is filled with it: the accent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accent {
    pub(crate) fill: Color32,
    pub(crate) edge: Color32,
}

impl Palette {
    /// The colour of a slot; a number that nobody should have sent is the first.
    pub fn slot(&self, colour: u8) -> Color32 {
        let colour = self.slots.get(usize::from(colour));
        colour.copied().unwrap_or(self.slots[0])
    }

    /// The same as something to fill with.
    pub(crate) fn accent(&self, colour: u8) -> Accent {
        let fill = self.fills.get(usize::from(colour)).copied();
        Accent {
            fill: fill.unwrap_or(self.fills[0]),
            edge: self.slot(colour),
        }
    }
}

const fn rgb(colour: u32) -> Color32 {
    Color32::from_rgb((colour >> 16) as u8, (colour >> 8) as u8, colour as u8)
}

/// The colours of light, in the spectrogram and in what is filled.
const BRIGHT: [Color32; crate::COLOURS as usize] = [
    rgb(0xf2b34c),
    rgb(0x6cb8f0),
    rgb(0x7fd6a6),
    rgb(0xf08fb0),
    rgb(0xbba6f7),
    rgb(0xc8d962),
    rgb(0xff9d6e),
    rgb(0x62d4d8),
];

/// For dim rooms.
pub const DARK: Palette = Palette {
    ground: rgb(0x15181d),
    sunken: rgb(0x0d0f13),
    raised: rgb(0x272c35),
    hovered: rgb(0x343b47),
    outline: rgb(0x5d6878),
    hairline: rgb(0x2d333d),
    text: rgb(0xeef0f3),
    muted: rgb(0xa8b1be),
    selection: rgb(0x5c4316),
    on_accent: rgb(0x1b1508),
    rest: rgb(0x8ca6c8),
    alarm: rgb(0xff8a73),
    slots: BRIGHT,
    fills: BRIGHT,
};

/// For bright ones.
pub const LIGHT: Palette = Palette {
    ground: rgb(0xeef0f3),
    sunken: rgb(0xffffff),
    raised: rgb(0xdfe3e9),
    hovered: rgb(0xd0d6de),
    outline: rgb(0x76808e),
    hairline: rgb(0xccd2da),
    text: rgb(0x15181d),
    muted: rgb(0x4a5461),
    selection: rgb(0xf3ddb0),
    on_accent: rgb(0x1b1508),
    rest: rgb(0x456084),
    alarm: rgb(0xa8221b),
    slots: [
        rgb(0x865500),
        rgb(0x1a5f9b),
        rgb(0x1a6b41),
        rgb(0x9f345c),
        rgb(0x6349b8),
        rgb(0x546000),
        rgb(0x9d4216),
        rgb(0x0c666b),
    ],
    fills: BRIGHT,
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.1 defines them.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |colour: Color32| {
            let linear = |v: u8| {
                let v = f32::from(v) / 255.0;
                if v <= 0.040_45 {
                    v / 12.92
                } else {
                    ((v + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn holds(least: f32, (ink, on): (&str, Color32), (ground, colour): (&str, Color32), look: &str) {
        let found = contrast(on, colour);
        assert!(found >= least, "{look}: {ink} on {ground} has {found:.2} to 1");
    }

    const LOOKS: [(&str, Palette); 2] = [("dark", DARK), ("light", LIGHT)];

    #[test]
    fn every_text_stands_out_from_every_ground() {
        for (look, at) in LOOKS {
            let grounds = [
                ("ground", at.ground),
                ("sunken", at.sunken),
                ("raised", at.raised),
                ("hovered", at.hovered),
                ("selection", at.selection),
            ];
            for ground in grounds {
                holds(4.5, ("text", at.text), ground, look);
            }
            for ground in &grounds[..4] {
                holds(4.5, ("muted", at.muted), *ground, look);
            }
            for ground in &grounds[..3] {
                holds(4.5, ("alarm", at.alarm), *ground, look);
                for colour in at.slots {
                    // The number of a slot, and the plus before it.
                    holds(4.5, ("a slot's colour", colour), *ground, look);
                }
            }
            for colour in at.fills {
                holds(4.5, ("text", at.on_accent), ("a slot's fill", colour), look);
                let ground = (
                    "a slot's fill under the pointer",
                    crate::button::lighter(colour, &at),
                );
                holds(4.5, ("text", at.on_accent), ground, look);
            }
            holds(4.5, ("mark", at.ground), ("alarm", at.alarm), look);
        }
    }

    #[test]
    fn what_carries_meaning_is_seen() {
        for (look, at) in LOOKS {
            for ground in [("ground", at.ground), ("sunken", at.sunken)] {
                holds(3.0, ("outline", at.outline), ground, look);
                holds(3.0, ("focus ring", at.text), ground, look);
                holds(3.0, ("a level", at.rest), ground, look);
            }
        }
        assert_eq!(DARK.slot(200), DARK.slots[0], "an unknown colour is one of ours");
    }
}
