//! An editor in a context of its own, without a window: fed with raw egui input, looked at through what it tells screen
//! readers and what it would paint.

#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod raster;
pub(crate) mod scenes;
pub(crate) mod states;

use earmark_gui::{Command, Editor, Status, View, theme};
use egui::accesskit::{Node, NodeId, Role};
use egui::{
    Context, Event, FullOutput, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2, pos2, vec2,
};

/// The editor, what it shows, and what it last painted.
pub(crate) struct Bench {
    pub(crate) context: Context,
    pub(crate) editor: Editor,
    pub(crate) view: View,
    pub(crate) size: Vec2,
    pub(crate) scale: f32,
    pub(crate) screen: raster::Screen,
    time: f64,
    /// Keys that are held while the pointer is used.
    modifiers: Modifiers,
    output: FullOutput,
    nodes: Vec<(NodeId, Node)>,
}

impl Default for Bench {
    fn default() -> Bench {
        let view = View {
            status: Status::Empty,
            ..View::default()
        };
        Bench::new(view, earmark_gui::DEFAULT_SIZE, 1.0)
    }
}

impl Bench {
    /// An editor that shows `view` in a window of `size` points, with `scale` pixels to each.
    pub(crate) fn new(view: View, size: (u32, u32), scale: f32) -> Bench {
        let context = Context::default();
        theme::apply(&context);
        context.enable_accesskit();
        context.set_pixels_per_point(scale);
        let mut bench = Bench {
            context,
            editor: Editor::new(),
            view,
            size: vec2(size.0 as f32, size.1 as f32),
            scale,
            screen: raster::Screen::default(),
            time: 0.0,
            modifiers: Modifiers::NONE,
            output: FullOutput::default(),
            nodes: Vec::new(),
        };
        // The scale holds from the second frame on.
        bench.frame(vec![]);
        bench.frame(vec![]);
        bench
    }

    /// One frame with these events.
    pub(crate) fn frame(&mut self, events: Vec<Event>) -> Vec<Command> {
        self.time += 0.05;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.time),
            events,
            focused: true,
            ..RawInput::default()
        };
        let mut commands = Vec::new();
        let Bench {
            context,
            editor,
            view,
            ..
        } = self;
        let mut output = context.run_ui(input, |ui| commands.extend(editor.show(ui, view)));
        self.view.columns.clear();
        self.screen.take(std::mem::take(&mut output.textures_delta));
        self.nodes = output
            .platform_output
            .accesskit_update
            .take()
            .map_or_else(Vec::new, |update| update.nodes);
        self.output = output;
        commands
    }

    /// The triangles of the last frame, as a graphics card is handed them.
    pub(crate) fn tessellate(&self) -> Vec<egui::ClippedPrimitive> {
        self.context.tessellate(self.output.shapes.clone(), self.scale)
    }

    /// What the last frame looks like.
    pub(crate) fn picture(&self) -> raster::Picture {
        self.picture_of(Rect::EVERYTHING)
    }

    /// What the last frame looks like within a part of the window; the rest is ground.
    pub(crate) fn picture_of(&self, part: Rect) -> raster::Picture {
        let mut primitives = self.tessellate();
        for primitive in &mut primitives {
            primitive.clip_rect = primitive.clip_rect.intersect(part);
        }
        let size = self.size * self.scale;
        self.screen.paint(
            [size.x as usize, size.y as usize],
            self.scale,
            &primitives,
            theme::of(&self.context).ground,
        )
    }

    /// What the last frame paints.
    pub(crate) fn shapes(&self) -> &[egui::epaint::ClippedShape] {
        &self.output.shapes
    }

    /// Everything that a screen reader is told of: name, role and place in points.
    pub(crate) fn widgets(&self) -> Vec<(String, Role, Rect)> {
        self.nodes
            .iter()
            .filter_map(|(_, node)| {
                let bounds = node.bounds()?;
                let rect = Rect::from_min_max(
                    pos2(bounds.x0 as f32, bounds.y0 as f32),
                    pos2(bounds.x1 as f32, bounds.y1 as f32),
                );
                let name = node
                    .label()
                    .or_else(|| node.value())
                    .unwrap_or_default()
                    .to_owned();
                Some((name, node.role(), rect))
            })
            .collect()
    }

    /// The names of everything that can be operated now.
    pub(crate) fn controls(&self) -> Vec<String> {
        let controls = self.nodes.iter().filter(|(_, node)| {
            let operated = matches!(
                node.role(),
                Role::Button
                    | Role::RadioButton
                    | Role::Switch
                    | Role::CheckBox
                    | Role::Slider
                    | Role::TextInput
                    | Role::ComboBox
                    | Role::ListItem
            );
            operated && !node.is_disabled()
        });
        let named = controls.map(|(_, node)| node.label().or_else(|| node.value()));
        named.map(|name| name.unwrap_or_default().to_owned()).collect()
    }

    /// Where the widget of this name is.
    pub(crate) fn find(&self, name: &str) -> Option<Rect> {
        let widgets = self.widgets();
        let exact = widgets.iter().find(|(other, ..)| other == name);
        let rect = exact.or_else(|| widgets.iter().find(|(other, ..)| other.starts_with(name)));
        rect.map(|(_, _, rect)| *rect)
    }

    /// The middle of the widget of this name.
    pub(crate) fn at(&self, name: &str) -> Pos2 {
        match self.find(name) {
            Some(rect) => rect.center(),
            None => {
                let names: Vec<String> = self.widgets().into_iter().map(|(name, ..)| name).collect();
                panic!("there is no \u{201c}{name}\u{201d} among {names:?}")
            }
        }
    }

    pub(crate) fn button(&mut self, at: Pos2, button: PointerButton, pressed: bool) -> Vec<Command> {
        let modifiers = self.modifiers;
        let event = Event::PointerButton {
            pos: at,
            button,
            pressed,
            modifiers,
        };
        self.frame(vec![Event::PointerMoved(at), event])
    }

    fn click_with(&mut self, at: Pos2, button: PointerButton) -> Vec<Command> {
        // A pause, so that two clicks of a test are never a double click.
        self.time += 2.0;
        self.frame(vec![Event::PointerMoved(at)]);
        let mut commands = self.button(at, button, true);
        commands.extend(self.button(at, button, false));
        commands.extend(self.frame(vec![]));
        commands
    }

    pub(crate) fn click(&mut self, at: Pos2) -> Vec<Command> {
        self.click_with(at, PointerButton::Primary)
    }

    /// A click on the widget of this name.
    pub(crate) fn press(&mut self, name: &str) -> Vec<Command> {
        let at = self.at(name);
        self.click(at)
    }

    /// A click on the widget of this name while these keys are held.
    pub(crate) fn press_with(&mut self, modifiers: Modifiers, name: &str) -> Vec<Command> {
        self.modifiers = modifiers;
        let mut commands = self.frame(vec![Event::ModifiersChanged(modifiers)]);
        commands.extend(self.press(name));
        self.modifiers = Modifiers::NONE;
        commands.extend(self.frame(vec![Event::ModifiersChanged(Modifiers::NONE)]));
        commands
    }

    /// A click with the other button.
    pub(crate) fn menu(&mut self, name: &str) -> Vec<Command> {
        let at = self.at(name);
        self.click_with(at, PointerButton::Secondary)
    }

    /// A drag from one place to another.
    pub(crate) fn drag(&mut self, from: Pos2, to: Pos2) -> Vec<Command> {
        self.frame(vec![Event::PointerMoved(from)]);
        let mut commands = self.button(from, PointerButton::Primary, true);
        for step in 1..=4 {
            let at = from + (to - from) * (step as f32 / 4.0);
            commands.extend(self.frame(vec![Event::PointerMoved(at)]));
        }
        commands.extend(self.button(to, PointerButton::Primary, false));
        commands.extend(self.frame(vec![]));
        commands
    }

    pub(crate) fn key(&mut self, key: Key) -> Vec<Command> {
        self.key_with(Modifiers::NONE, key)
    }

    pub(crate) fn key_with(&mut self, modifiers: Modifiers, key: Key) -> Vec<Command> {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers,
        };
        let mut commands = self.frame(vec![Event::ModifiersChanged(modifiers), event(true)]);
        commands.extend(self.frame(vec![event(false), Event::ModifiersChanged(Modifiers::NONE)]));
        commands
    }

    pub(crate) fn write(&mut self, text: &str) -> Vec<Command> {
        self.frame(text.chars().map(|c| Event::Text(c.to_string())).collect())
    }

    /// What has the keyboard.
    pub(crate) fn focused(&self) -> Option<Rect> {
        let id = self.context.memory(|memory| memory.focused())?;
        self.context.read_response(id).map(|response| response.rect)
    }
}
