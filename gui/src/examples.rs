//! The examples, sounds and pictures, that a slot asks for beside its text, in the box.

use egui::{
    Align2, Color32, Key, Painter, Popup, PopupCloseBehavior, Rect, Response, Sense, Shape, Stroke,
    StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use crate::NAME_LIMIT;
use crate::button::text;
use crate::hints::Hint;
use crate::theme;
use crate::view::{Command, SlotView, SoundView, View};

/// Size of an example in the box, and the room between two, in points.
const SIZE: egui::Vec2 = vec2(148.0, 32.0);
const GAP: f32 = 6.0;
/// Width of its thumbnail, in points.
const OUTLINE: f32 = 40.0;
/// Width of the mark of a picture, in points.
const FRAME: f32 = 26.0;
/// The loudest level of a thumbnail.
const LOUDEST: f32 = 15.0;
/// Width of the menu, in points.
const MENU: f32 = 200.0;

/// Room that a slot's examples take at the right side of a box of this width, in points.
pub(crate) fn width(slot: &SlotView, room: f32) -> f32 {
    shown(slot, room) as f32 * (SIZE.x + GAP)
}

/// How many find room in a half of the box; one, at least.
fn shown(slot: &SlotView, room: f32) -> usize {
    let most = (room / 2.0 / (SIZE.x + GAP)) as usize;
    slot.sounds.len().min(most.max(1))
}

/// What a menu's name field holds while it is typed.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    /// Which example, and its name.
    named: Option<(usize, String)>,
}

impl Examples {
    /// Draws those of a slot at the right side of `rect`, the last ones where there is no room for all.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        rect: Rect,
        slot: usize,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        let content = &view.slots[slot];
        let count = shown(content, rect.width());
        let first = content.sounds.len() - count;
        for (place, index) in (first..content.sounds.len()).enumerate() {
            let right = rect.right() - 8.0 - (count - 1 - place) as f32 * (SIZE.x + GAP);
            let chip = Rect::from_min_size(pos2(right - SIZE.x, rect.center().y - SIZE.y / 2.0), SIZE);
            if let Some(sounds) = self.one(ui, chip, slot, index, view) {
                let content = SlotView {
                    sounds,
                    ..content.clone()
                };
                commands.push(Command::PutSlot { slot, content });
            }
        }
    }

    /// One of them; what becomes of all where it is changed.
    fn one(&mut self, ui: &Ui, rect: Rect, slot: usize, index: usize, view: &View) -> Option<Vec<SoundView>> {
        let content = &view.slots[slot];
        let sound = content.sounds.get(index)?;
        let response = ui.interact(rect, ui.scope_id().with(("example", index)), Sense::click());
        let name = format!(
            "{} {}: {}",
            if sound.wanted { "wanted" } else { "unwanted" },
            if sound.picture { "picture" } else { "example" },
            sound.title
        );
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
        paint(ui, rect, sound, content.colour, &response);
        let mut sounds = content.sounds.clone();
        let deleted = response.has_focus()
            && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Delete));
        if deleted {
            sounds.remove(index);
            return Some(sounds);
        }
        if response.clicked() {
            self.named = Some((index, sound.title.clone()));
        }
        let menu = Popup::menu(&response)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .gap(4.0)
            .width(MENU + 8.0)
            .show(|ui| self.menu(ui, index, &mut sounds));
        let done = menu.is_some_and(|menu| menu.inner);
        if done {
            Popup::close_id(&response.ctx, Popup::default_response_id(&response));
        } else if !Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response)) {
            response.hint(if sound.picture {
                "the sound of what this picture shows is meant; click to name it, to leave such sounds out, or to remove it"
            } else {
                "sounds like this one are meant; click to name it, to leave such sounds out, or to remove it"
            });
        }
        (sounds != content.sounds).then_some(sounds)
    }

    /// Says whether it has done its duty.
    fn menu(&mut self, ui: &mut Ui, index: usize, sounds: &mut Vec<SoundView>) -> bool {
        ui.set_width(MENU);
        let sound = &mut sounds[index];
        let named = self.named.take().filter(|(named, _)| *named == index);
        let mut name = named.map_or_else(|| sound.title.clone(), |(_, name)| name);
        let field = ui.add(
            TextEdit::singleline(&mut name)
                .char_limit(NAME_LIMIT)
                .desired_width(MENU - 8.0),
        );
        field.widget_info(|| {
            let mut info = WidgetInfo::labeled(egui::Role::TextInput, true, "name of this example");
            info.current_text_value = Some(name.clone());
            info
        });
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if field.lost_focus() && !name.trim().is_empty() {
            name.trim().clone_into(&mut sound.title);
        }
        self.named = Some((index, name));
        let words = if sound.wanted {
            "Leave such sounds out"
        } else {
            "Find such sounds"
        };
        let turned = ui.button(words).clicked();
        if turned {
            sound.wanted = !sound.wanted;
        }
        let removed = ui.button("Remove this example").clicked();
        if removed {
            sounds.remove(index);
        }
        entered || turned || removed || ui.input(|input| input.key_pressed(Key::Escape))
    }
}

fn paint(ui: &Ui, rect: Rect, sound: &SoundView, colour: u8, response: &Response) {
    let look = theme::of(ui.ctx());
    let painter = ui.painter();
    let fill = if response.hovered() {
        look.hovered
    } else {
        look.raised
    };
    painter.rect_filled(rect, theme::ROUND, fill);
    let ink = if sound.wanted {
        look.slot(colour)
    } else {
        look.muted
    };
    painter.rect_stroke(rect, theme::ROUND, Stroke::new(1.0, ink), StrokeKind::Inside);
    if response.has_focus() {
        theme::focus_ring(painter, rect);
    }
    let outline = Rect::from_min_size(rect.min + vec2(8.0, 6.0), vec2(OUTLINE, rect.height() - 12.0));
    let pitch = OUTLINE / sound.outline.len().max(1) as f32;
    for (n, &level) in sound.outline.iter().enumerate() {
        let half = (f32::from(level) / LOUDEST * outline.height() / 2.0).max(0.5);
        let x = outline.left() + (n as f32 + 0.5) * pitch;
        let y = outline.center().y;
        painter.vline(x, y - half..=y + half, Stroke::new(pitch.clamp(1.0, 2.0), ink));
    }
    let left = if sound.picture {
        let frame = Rect::from_min_size(outline.min, vec2(FRAME, outline.height()));
        picture(painter, frame, ink);
        frame.right() + 8.0
    } else if sound.outline.is_empty() {
        outline.left()
    } else {
        outline.right() + 8.0
    };
    let words = if sound.wanted {
        sound.title.clone()
    } else {
        format!("not {}", sound.title)
    };
    let inside = Rect::from_min_max(pos2(left, rect.top()), pos2(rect.right() - 8.0, rect.bottom()));
    text(ui, inside, Align2::LEFT_CENTER, &words, theme::small(), look.text);
}

/// The mark of a picture: a frame, a hill and a sun.
fn picture(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(1.5, ink);
    painter.rect_stroke(rect, 2.0, line, StrokeKind::Inside);
    let at = |across: f32, down: f32| rect.min + rect.size() * vec2(across, down);
    painter.add(Shape::line(
        vec![
            at(0.08, 0.85),
            at(0.35, 0.45),
            at(0.55, 0.7),
            at(0.7, 0.55),
            at(0.92, 0.85),
        ],
        line,
    ));
    painter.circle_filled(at(0.72, 0.3), 2.0, ink);
}
