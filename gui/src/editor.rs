//! The editor's one page: where everything stands.

use std::time::Duration;

use egui::{Align2, CentralPanel, Frame, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::fader::{Caption, Faders};
use crate::manager::Manager;
use crate::meter::Meters;
use crate::query_box::QueryBox;
use crate::theme;
use crate::view::{Command, Control, Mode, Status, View};
use crate::{models, modes, slots, status, words};

/// Width and height that a new window has, in points.
pub const DEFAULT_SIZE: (u32, u32) = (820, 500);
/// Width and height below which the page no longer fits, in points.
pub const MINIMUM_SIZE: (u32, u32) = (720, 460);

/// How often the meters are drawn anew.
const FRAME: Duration = Duration::from_millis(33);

/// The editor's own state: what is being typed or dragged, and the fall of the meters.
#[derive(Debug, Default)]
pub struct Editor {
    query: QueryBox,
    faders: Faders,
    meters: Meters,
    manager: Manager,
}

impl Editor {
    /// An editor that holds nothing yet. Call [`theme::apply`] once on the context that it will be shown in.
    pub fn new() -> Self {
        Editor::default()
    }

    /// Draws one frame of `view` and returns what the person wants, in order.
    pub fn show(&mut self, ui: &mut Ui, view: &View) -> Vec<Command> {
        let mut commands = Vec::new();
        self.meters
            .feed(&view.levels, ui.input(|input| input.stable_dt).min(0.5));
        let turning = matches!(view.status, Status::Loading | Status::Reading);
        let pace = if turning || !self.meters.at_rest() {
            FRAME
        } else {
            4 * FRAME
        };
        ui.ctx().request_repaint_after(pace);
        CentralPanel::default()
            .frame(Frame::new().fill(theme::GROUND))
            .show(ui, |ui| {
                let page = ui.max_rect().shrink2(vec2(theme::MARGIN, 18.0));
                if self.manager.is_open() {
                    self.manager.show(ui, page, view, &mut commands);
                } else {
                    self.page(ui, page, view, &mut commands);
                }
            });
        commands
    }

    fn page(&mut self, ui: &mut Ui, page: Rect, view: &View, commands: &mut Vec<Command>) {
        let row = |top: f32, height: f32| {
            Rect::from_min_max(
                pos2(page.left(), page.top() + top),
                pos2(page.right(), page.top() + top + height),
            )
        };
        header(ui, row(0.0, 32.0), view, commands);
        let question = row(52.0, 20.0);
        ui.painter().text(
            question.left_center(),
            Align2::LEFT_CENTER,
            words::question(view.mode),
            theme::body(),
            theme::MUTED,
        );
        self.query.show(ui, row(78.0, 52.0), view, commands);

        let mut line = row(140.0, 28.0);
        let slots_left = page.right() - slots::WIDTH;
        slots::show(
            ui,
            Rect::from_min_max(pos2(slots_left, line.top()), line.max),
            view,
            commands,
        );
        line.set_right(slots_left - 16.0);
        status::show(ui, line, view);

        let bottom = page.bottom() - 30.0;
        let meters = Rect::from_min_max(
            pos2(page.right() - 196.0, page.top() + 192.0),
            pos2(page.right(), bottom),
        );
        self.meters.show(ui, meters);
        let right = meters.left() - 28.0;
        let column = Rect::from_min_max(pos2(page.left(), page.top() + 192.0), pos2(right, bottom));
        modes::show(
            ui,
            Rect::from_min_size(column.min, vec2(column.width(), 56.0)),
            view,
            commands,
        );
        let faders = Rect::from_min_max(pos2(column.left(), column.top() + 70.0), column.max);
        self.faders(ui, faders, view, commands);
        let bottom = Rect::from_min_max(pos2(page.left(), page.bottom() - 16.0), page.max);
        if footer(ui, bottom, view, commands) {
            self.manager.open();
            commands.push(Command::LookForModels);
        }
    }

    /// Three faders, always in the same places. In each mode the first is the named sound's and the second the rest's.
    fn faders(&mut self, ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
        let used = |name| Caption { name, unused: None };
        let rows = match view.mode {
            Mode::Isolate => [
                (Control::TargetGain, used("This sound")),
                (
                    Control::RestGain,
                    Caption {
                        name: "The rest",
                        unused: Some("silent"),
                    },
                ),
            ],
            Mode::Remove => [
                (Control::AttenuationLimit, used("Turn it down")),
                (Control::RestGain, used("The rest")),
            ],
            Mode::Custom => [
                (Control::TargetGain, used("This sound")),
                (Control::RestGain, used("The rest")),
            ],
        };
        let rows = rows.into_iter().chain([(Control::Wet, used("Wet"))]);
        let height = (rect.height() / 3.0).min(56.0);
        for (i, (control, caption)) in rows.enumerate() {
            let top = rect.top() + i as f32 * height;
            let row = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + height));
            self.faders.show(ui, row, control, &caption, view, commands);
        }
        self.faders.end_frame(commands);
    }

    /// The slot that the text box edits: the active one, or the last active one while none is.
    pub fn edited_slot(&self) -> usize {
        self.query.slot()
    }
}

/// Name, latency and bypass.
fn header(ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
    // The mark: a page's folded corner, which is what an earmark is.
    let mark = Rect::from_min_size(rect.left_center() - vec2(0.0, 11.0), vec2(18.0, 22.0));
    let fold = 8.0;
    let (left, right, top) = (mark.left(), mark.right(), mark.top());
    let sheet = vec![
        mark.left_top(),
        pos2(right - fold, top),
        pos2(right, top + fold),
        mark.right_bottom(),
        mark.left_bottom(),
    ];
    ui.painter()
        .add(egui::Shape::closed_line(sheet, Stroke::new(1.6, theme::MUTED)));
    let corner = vec![
        pos2(right - fold, top),
        pos2(right, top + fold),
        pos2(right - fold, top + fold),
    ];
    ui.painter()
        .add(egui::Shape::convex_polygon(corner, theme::ACCENT, Stroke::NONE));
    let name = pos2(left + 28.0, rect.center().y);
    ui.painter()
        .text(name, Align2::LEFT_CENTER, "Earmark", theme::title(), theme::TEXT);

    let button = Rect::from_min_max(pos2(rect.right() - 104.0, rect.top()), rect.max);
    let (text, ink, fill) = if view.bypassed {
        ("Bypassed", theme::ON_ACCENT, theme::ACCENT)
    } else {
        ("Bypass", theme::TEXT, theme::RAISED)
    };
    let response = ui.interact(button, ui.scope_id().with("bypass"), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Switch, true, view.bypassed, "Bypass"));
    let lit = response.hovered() || response.has_focus();
    let fill = match (lit, view.bypassed) {
        (true, true) => theme::ACCENT_LIT,
        (true, false) => theme::HOVERED,
        (false, _) => fill,
    };
    ui.painter().rect_filled(button, theme::ROUND, fill);
    ui.painter()
        .text(button.center(), Align2::CENTER_CENTER, text, theme::body(), ink);
    if response
        .on_hover_text("let the sound pass unchanged, equally delayed")
        .clicked()
    {
        commands.push(Command::SetBypass(!view.bypassed));
    }
    ui.painter().text(
        pos2(button.left() - 16.0, rect.center().y),
        Align2::RIGHT_CENTER,
        words::latency(view.latency),
        theme::small(),
        theme::MUTED,
    );
}

/// Model, quality and version, and above them a notice where there is one. Says whether the page of models is wanted.
fn footer(ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) -> bool {
    let line = rect.top() - 8.0;
    ui.painter()
        .hline(rect.x_range(), line, Stroke::new(1.0, theme::HAIRLINE));
    let version = format!("Earmark {}", view.version);
    ui.painter().text(
        rect.right_center(),
        Align2::RIGHT_CENTER,
        version,
        theme::small(),
        theme::MUTED,
    );
    let manage = models::show(ui, rect.expand2(vec2(0.0, 4.0)), view, commands);
    let Some(notice) = &view.notice else {
        return manage;
    };
    // Over the page, as long as it is needed: nothing moves when it comes and goes.
    let text = format!("{notice} (click to dismiss)");
    let words = ui
        .painter()
        .layout(text, theme::small(), theme::TEXT, rect.width() - 24.0);
    let height = words.size().y + 16.0;
    let strip = Rect::from_min_max(
        pos2(rect.left(), line - 4.0 - height),
        pos2(rect.right(), line - 4.0),
    );
    ui.painter().rect(
        strip,
        theme::ROUND,
        theme::RAISED,
        Stroke::new(1.0, theme::OUTLINE),
        StrokeKind::Inside,
    );
    ui.painter()
        .galley(strip.min + vec2(12.0, 8.0), words, theme::TEXT);
    let response = ui.interact(strip, ui.scope_id().with("notice"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, notice));
    if response.clicked() {
        commands.push(Command::DismissNotice);
    }
    manage
}
