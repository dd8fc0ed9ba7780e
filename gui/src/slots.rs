//! The row of query slots: off, and those in use, or all eight, with their names and colours, which can be dragged into another order.
//!
//! One is active, and another one may be heard together with it. A click on a slot makes it the active one and leaves the second
//! as it is, so that each of several sounds can be tried beside the same one; on the second itself, it is then heard alone.

use earmark_controls::NAME_LIMIT;
use egui::{
    Align2, Color32, Key, Popup, Rect, Response, Role, Sense, SetOpenCommand, Stroke, StrokeKind, TextEdit,
    Ui,
};
use egui::{WidgetInfo, pos2, vec2};

use crate::button::{Button, text};
use crate::clipboard;
use crate::hints::Hint;
use crate::theme;
use crate::view::{COLOURS, Command, SLOTS, SlotView, View};

/// Width of the button that switches all of them off, in points.
const OFF: f32 = 44.0;
/// Space between two of them, in points.
const GAP: f32 = 4.0;
/// Width of the button for another one, in points.
const PLUS: f32 = 28.0;
/// A tab is at most so wide, in points.
const WIDEST: f32 = 172.0;

/// Width of a slot's menu, in points.
const MENU: f32 = 248.0;

/// What a slot has to do with what is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Active,
    /// Heard together with the active one.
    Second,
    Idle,
}

impl Standing {
    fn of(slot: usize, view: &View) -> Standing {
        if view.active == Some(slot) {
            Standing::Active
        } else if view.also == Some(slot) {
            Standing::Second
        } else {
            Standing::Idle
        }
    }
}

/// What a hand is doing with a slot.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    /// The slot being dragged.
    dragged: Option<usize>,
    /// The slot whose menu is open, and the name that is typed there.
    named: Option<(usize, String)>,
}

impl Slots {
    /// Draws the row into `rect`: with *More* all of them and off, else as many as are used and a plus. `edited` is the slot that the
    /// text box edits.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        edited: usize,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        let shown = shown(edited, view);
        if shown.is_empty() {
            let ink = theme::of(ui.ctx()).text;
            let question = "Which sound do you want to hear, or to be rid of?";
            text(ui, rect, Align2::LEFT_CENTER, question, theme::title(), ink);
            return;
        }
        let none = view.active.is_none();
        let mut left = rect.left();
        if view.more || none {
            let off = Rect::from_min_size(rect.min, vec2(OFF, rect.height()));
            left = off.right() + GAP;
            let response = Button::new("Off")
                .named("query slot off")
                .choice(Role::RadioButton, none)
                .show(ui, off, "off")
                .hint("no query: the sound passes unchanged");
            if response.clicked() && !none {
                commands.push(Command::SelectSlot(None));
            }
        }
        let room = rect.right() + GAP - left - if view.more { 0.0 } else { PLUS + GAP };
        let pitch = (room / shown.len() as f32).min(if view.more { f32::INFINITY } else { WIDEST });
        let place = |slot: usize| {
            let at = shown.iter().position(|&other| other == slot).unwrap_or(0);
            let left = left + at as f32 * pitch;
            Rect::from_min_max(
                pos2(left.round(), rect.top()),
                pos2((left + pitch - GAP).round(), rect.bottom()),
            )
        };
        for &slot in &shown {
            self.one(ui, place(slot), slot, view, commands);
        }
        if let Some(next) = next_empty(&shown, edited, view) {
            let left = place(shown[shown.len() - 1]).right() + GAP;
            let plus = Rect::from_min_size(pos2(left, rect.top()), vec2(PLUS, rect.height()));
            let response = Button::new("+")
                .named("another query")
                .large()
                .show(ui, plus, "plus")
                .hint("another sound, in a slot of its own");
            if response.clicked() {
                commands.push(Command::SelectSlot(Some(next)));
            }
        }
        self.drag(ui, view, &shown, &place, commands);
    }

    fn one(&mut self, ui: &mut Ui, rect: Rect, slot: usize, view: &View, commands: &mut Vec<Command>) {
        let content = &view.slots[slot];
        let standing = Standing::of(slot, view);
        let response = ui.interact(rect, ui.scope_id().with(("slot", slot)), Sense::click_and_drag());
        let title = if content.is_empty() {
            "empty".into()
        } else {
            content.title()
        };
        let mut name = format!("query slot {}, {title}", slot + 1);
        if standing == Standing::Second {
            name.push_str(", heard together with the active slot");
        }
        response.widget_info(|| {
            WidgetInfo::selected(Role::RadioButton, true, standing == Standing::Active, &name)
        });
        paint(ui, rect, slot, content, standing, &response);
        if response.clicked() {
            // Enter and Space count as clicks.
            let adds = ui.input(|input| input.modifiers.shift || input.modifiers.command);
            clicked(slot, standing, adds, view, commands);
        }
        if response.drag_started() {
            self.dragged = Some(slot);
        }
        let mut open = response.secondary_clicked();
        if response.has_focus() {
            if let Some(content) = clipboard::keys(ui, content) {
                commands.push(Command::PutSlot { slot, content });
            }
            let pressed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
            if pressed(Key::Delete) && !content.is_empty() {
                commands.push(clear(slot, content));
            }
            open |= pressed(Key::F2) || pressed(Key::ArrowDown);
            // Down opens the menu, and so is no step to what stands below.
            let arrows = egui::EventFilter {
                vertical_arrows: true,
                ..Default::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        }
        self.menu(&response, open, slot, view, commands);
        if !Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response)) {
            response.on_hover_ui(|ui| {
                ui.set_max_width(320.0);
                ui.label(tip(content, standing));
            });
        }
    }

    fn menu(&mut self, chip: &Response, open: bool, slot: usize, view: &View, commands: &mut Vec<Command>) {
        let content = &view.slots[slot];
        if open {
            self.named = Some((slot, content.name.clone()));
        }
        let shown = Popup::menu(chip)
            .open_memory(open.then_some(SetOpenCommand::Bool(true)))
            .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
            .gap(4.0)
            .width(MENU + 8.0)
            .show(|ui| self.menu_content(ui, open, slot, view, commands));
        if shown.is_some_and(|shown| shown.inner) {
            Popup::close_id(&chip.ctx, Popup::default_response_id(chip));
            chip.request_focus();
        }
    }

    /// Says whether the menu has done its duty.
    fn menu_content(
        &mut self,
        ui: &mut Ui,
        opened: bool,
        slot: usize,
        view: &View,
        commands: &mut Vec<Command>,
    ) -> bool {
        let content = &view.slots[slot];
        let mut done = false;
        ui.set_width(MENU);
        let (_, name) = self
            .named
            .take_if(|(named, _)| *named == slot)
            .unwrap_or_else(|| (slot, content.name.clone()));
        let mut name = name;
        let field = ui.add(
            TextEdit::singleline(&mut name)
                .char_limit(NAME_LIMIT)
                .hint_text(egui::RichText::new("name of this slot").color(theme::of(ui.ctx()).muted))
                .desired_width(MENU - 8.0),
        );
        if opened {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if (entered || field.lost_focus()) && name.trim() != content.name {
            commands.push(Command::RenameSlot {
                slot,
                name: name.trim().to_owned(),
            });
        }
        done |= entered;
        self.named = Some((slot, name));
        ui.add_space(2.0);
        palette(ui, slot, content.colour, commands);
        ui.add_space(2.0);
        let has_text = !content.is_empty();
        let mut entry =
            |text: &str, possible: bool| ui.add_enabled(possible, egui::Button::new(text)).clicked();
        let (copy, paste) = (
            entry("Copy", has_text),
            entry("Paste", clipboard::copied().is_some()),
        );
        let clear_it = entry("Clear", has_text);
        let own = entry(
            if content.own.is_some() {
                "Mode and faders from the host"
            } else {
                "Mode and faders of its own"
            },
            true,
        );
        let second = view.also == Some(slot);
        let together = entry(
            if second {
                "No longer together"
            } else {
                "Hear together with the active slot"
            },
            second || view.active.is_some_and(|active| active != slot),
        );
        let left = entry("Move left", slot > 0);
        let right = entry("Move right", slot + 1 < SLOTS);
        if copy {
            clipboard::copy(ui, content);
        }
        if paste && let Some(content) = clipboard::copied() {
            commands.push(Command::PutSlot { slot, content });
        }
        if clear_it {
            commands.push(clear(slot, content));
        }
        if own {
            let own = content.own.is_none().then(|| view.parameters());
            commands.push(Command::SetOwn { slot, own });
        }
        if together {
            commands.push(Command::SetAlso((!second).then_some(slot)));
        }
        if left || right {
            let to = if left { slot - 1 } else { slot + 1 };
            commands.push(Command::MoveSlot { from: slot, to });
        }
        let escaped = ui.input(|input| input.key_pressed(Key::Escape));
        done | copy | paste | clear_it | own | together | left | right | escaped
    }

    /// A dragged slot hangs from the pointer; a bar shows where it would fall.
    fn drag(
        &mut self,
        ui: &Ui,
        view: &View,
        shown: &[usize],
        place: &dyn Fn(usize) -> Rect,
        commands: &mut Vec<Command>,
    ) {
        let look = theme::of(ui.ctx());
        let Some(from) = self.dragged else { return };
        let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else {
            self.dragged = None;
            return;
        };
        let to = shown
            .iter()
            .copied()
            .min_by(|&a, &b| {
                let far = |slot: usize| (place(slot).center().x - pointer.x).abs();
                far(a).total_cmp(&far(b))
            })
            .unwrap_or(from);
        if ui.input(|input| input.pointer.any_down()) {
            let painter = ui.ctx().layer_painter(egui::LayerId::new(
                egui::Order::Tooltip,
                egui::Id::unique("dragged slot"),
            ));
            let ghost = place(from).translate(vec2(pointer.x - place(from).center().x, 0.0));
            let colour = look.slot(view.slots[from].colour);
            painter.rect_filled(ghost, theme::ROUND, colour.gamma_multiply(0.5));
            if to != from {
                let target = place(to);
                let x = if to > from {
                    target.right() + 3.0
                } else {
                    target.left() - 3.0
                };
                painter.vline(x, target.y_range(), Stroke::new(3.0, look.text));
            }
        } else {
            self.dragged = None;
            if to != from {
                commands.push(Command::MoveSlot { from, to });
            }
        }
    }
}

/// The slots in view, from left to right: none while nothing was asked for yet.
fn shown(edited: usize, view: &View) -> Vec<usize> {
    let used = |slot: &usize| {
        let heard = view.active == Some(*slot) || view.also == Some(*slot);
        heard || *slot == edited || !view.slots[*slot].is_empty()
    };
    let untouched = view.active == Some(0) && view.also.is_none();
    if view.more {
        (0..SLOTS).collect()
    } else if untouched && view.slots.iter().all(SlotView::is_empty) {
        Vec::new()
    } else {
        (0..SLOTS).filter(used).collect()
    }
}

/// The slot that the plus leads to. There is none while the present one is still empty.
fn next_empty(shown: &[usize], edited: usize, view: &View) -> Option<usize> {
    let wanted = !view.more && !view.slots[edited].is_empty();
    let mut empty = (0..SLOTS).filter(|slot| view.slots[*slot].is_empty() && !shown.contains(slot));
    wanted.then(|| empty.next()).flatten()
}

/// What a click on a slot means; `adds` where it is to be heard together with the active one, or no longer. While none is
/// active, there is nothing that it could be heard together with.
fn clicked(slot: usize, standing: Standing, adds: bool, view: &View, commands: &mut Vec<Command>) {
    match standing {
        Standing::Active => {}
        Standing::Second if adds && view.active.is_some() => commands.push(Command::SetAlso(None)),
        Standing::Idle if adds && view.active.is_some() => commands.push(Command::SetAlso(Some(slot))),
        Standing::Second => commands.extend([Command::SelectSlot(Some(slot)), Command::SetAlso(None)]),
        Standing::Idle => commands.push(Command::SelectSlot(Some(slot))),
    }
}

/// An emptied slot keeps its colour.
fn clear(slot: usize, content: &SlotView) -> Command {
    let colour = content.colour;
    Command::PutSlot {
        slot,
        content: SlotView {
            colour,
            ..SlotView::default()
        },
    }
}

fn tip(content: &SlotView, standing: Standing) -> String {
    let mut tip = match (&*content.wanted(), &*content.unwanted()) {
        ("", unwanted) if !content.is_empty() => format!("everything but {unwanted}"),
        ("", _) if standing == Standing::Second => {
            return "an empty slot: it adds nothing to the active one".into();
        }
        ("", _) => return "an empty slot: the sound passes unchanged".into(),
        (text, "") => text.to_owned(),
        (text, negative) => format!("{text}, but not {negative}"),
    };
    if content.own.is_some() {
        tip.push_str("\nwith mode and faders of its own");
    }
    tip.push_str(match standing {
        Standing::Active => "",
        Standing::Second => "\nheard together with the active slot; Shift click or Shift+Enter ends that",
        Standing::Idle => "\nShift click or Shift+Enter to hear it together with the active slot",
    });
    tip.push_str("\nright click or the Down key for more, drag to move it");
    tip
}

fn palette(ui: &mut Ui, slot: usize, present: u8, commands: &mut Vec<Command>) {
    let look = theme::of(ui.ctx());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        for colour in 0..COLOURS {
            let (rect, response) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::click());
            let chosen = colour == present;
            let name = theme::COLOUR_NAMES[usize::from(colour)];
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, name));
            let accent = look.accent(colour);
            let swatch = rect.shrink(2.0);
            ui.painter().rect_filled(swatch, theme::ROUND, accent.fill);
            let edge = Stroke::new(1.0, accent.edge);
            ui.painter()
                .rect_stroke(swatch, theme::ROUND, edge, StrokeKind::Inside);
            if chosen {
                ui.painter().circle_filled(rect.center(), 4.0, look.on_accent);
            }
            if response.has_focus() || response.hovered() {
                let ring = Stroke::new(2.0, look.text);
                ui.painter()
                    .rect_stroke(rect, theme::ROUND, ring, StrokeKind::Inside);
            }
            if response.hint(name).clicked() && !chosen {
                commands.push(Command::SetSlotColour { slot, colour });
            }
        }
    });
}

fn paint(ui: &Ui, rect: Rect, slot: usize, content: &SlotView, standing: Standing, response: &Response) {
    let look = theme::of(ui.ctx());
    let painter = ui.painter();
    let (active, second) = (standing == Standing::Active, standing == Standing::Second);
    let colour = look.slot(content.colour);
    let fill = match (active, response.hovered()) {
        (_, true) => look.hovered,
        (true, false) => look.raised,
        (false, false) => look.ground,
    };
    painter.rect_filled(rect, theme::ROUND, fill);
    if second {
        // Not by its colour alone: the sign before its number says the same.
        let outline = Stroke::new(2.0, colour);
        painter.rect_stroke(rect, theme::ROUND, outline, StrokeKind::Inside);
    } else if active {
        let bar = rect.with_min_y(rect.bottom() - 3.0).shrink2(vec2(8.0, 0.0));
        painter.rect_filled(bar, 1.5, colour);
    } else {
        let edge = Stroke::new(1.0, look.hairline);
        painter.rect_stroke(rect, theme::ROUND, edge, StrokeKind::Inside);
    }
    if response.has_focus() {
        theme::focus_ring(painter, rect);
    }
    let (number, words): (Color32, Color32) = match (active, content.is_empty()) {
        (true, _) => (colour, look.text),
        (false, true) if second => (colour, look.muted),
        (false, true) => (look.muted, look.muted),
        (false, false) => (colour, look.muted),
    };
    let inside = rect.shrink2(vec2(9.0, 0.0));
    let (sign, width) = if second { ("+", 22.0) } else { ("", 14.0) };
    text(
        ui,
        inside,
        Align2::LEFT_CENTER,
        &format!("{sign}{}", slot + 1),
        theme::small(),
        number,
    );
    let mut rest = inside.with_min_x(inside.left() + width);
    if content.own.is_some() {
        // Two little faders: it has a mix of its own.
        let ink = Stroke::new(1.5, words);
        for (x, knob) in [(rest.right() - 5.0, 2.5), (rest.right() - 0.5, -2.5)] {
            painter.vline(x, rect.center().y - 5.0..=rect.center().y + 5.0, ink);
            painter.circle_filled(pos2(x, rect.center().y + knob), 2.0, words);
        }
        rest.max.x -= 11.0;
    }
    text(
        ui,
        rest,
        Align2::LEFT_CENTER,
        &content.title(),
        theme::small(),
        words,
    );
}
