//! A progress bar on standard error, seen only where that is a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` steps, or a spinner where the total is not known. `template` is indicatif's, after the bar.
pub fn bar(total: Option<u64>, template: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(total, target);
    let shape = if total.is_some() { "{bar:40}" } else { "{spinner}" };
    if let Ok(style) = ProgressStyle::with_template(&format!("{shape} {template}")) {
        bar.set_style(style);
    }
    bar
}
