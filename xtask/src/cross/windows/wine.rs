//! Wine of Debian, with a screen and a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cross::debian::Debian;
use crate::error::TaskError;
use crate::run::{create_dir, output, run};

/// Wine 10 or later, which has what Rust's standard library calls, a screen for it, and OpenGL in software for the editor.
pub(super) const PACKAGES: &[&str] = &["wine64", "wine", "xvfb", "libgl1", "libgl1-mesa-dri"];

/// A started Wine. It ends when this is dropped.
pub(super) struct Wine {
    /// The Debian that it is a part of.
    pub(super) debian: Debian,
    screen: Child,
    display: String,
}

impl Wine {
    /// Starts a screen, and Wine on it with what Windows has at its first start.
    ///
    /// # Errors
    /// What the X server or Wine says.
    pub(super) fn start(debian: Debian) -> Result<Wine, TaskError> {
        let mut server = debian.command("Xvfb");
        // It chooses a free number and writes it to its standard output.
        server.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1920x1320x24",
            "+extension",
            "GLX",
        ]);
        let started = |source| TaskError::Start {
            program: "Xvfb".to_owned(),
            source,
        };
        let mut screen = server
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(started)?;
        let mut number = String::new();
        if let Some(output) = screen.stdout.as_mut() {
            BufReader::new(output).read_line(&mut number).map_err(started)?;
        }
        let wine = Wine {
            debian,
            screen,
            display: format!(":{}", number.trim()),
        };
        create_dir(&wine.debian.folder().join("wine"))?;
        run(wine.windows("wineboot").arg("--init"))?;
        Ok(wine)
    }

    /// The folder that holds the plug-ins and the program.
    pub(super) fn bundles(&self) -> PathBuf {
        self.debian.folder().join("bundled")
    }

    /// A program for Windows in a file here.
    pub(super) fn program(&self, path: &Path) -> Command {
        let mut command = self.debian.command("wine64");
        command.envs(self.variables()).arg(path);
        command
    }

    /// A program of Windows' own, or one by its path there.
    pub(super) fn windows(&self, name: &str) -> Command {
        self.program(Path::new(name))
    }

    /// What stands before a program and its arguments for Cargo to run them.
    pub(super) fn runner(&self) -> Vec<String> {
        let command = self.debian.command("wine64");
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    /// The environment of every program, Cargo's runner among them.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let folder = |name: &str| self.debian.folder().join(name).display().to_string();
        let mut variables = vec![
            ("WINEPREFIX", folder("wine")),
            ("WINEDEBUG", "-all".to_owned()),
            // No questions whether to fetch Mono and Gecko: nothing here wants them.
            ("WINEDLLOVERRIDES", "mscoree,mshtml=".to_owned()),
            ("DISPLAY", self.display.clone()),
            ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
        ];
        let entered = self.debian.command("wine64");
        for (name, value) in entered.get_envs() {
            let known = ["EARMARK_TARGET", "EARMARK_REGISTRY", "EARMARK_WORKSPACE"];
            let known = known.into_iter().find(|known| name == *known);
            if let (Some(name), Some(value)) = (known, value) {
                variables.push((name, value.to_string_lossy().into_owned()));
            }
        }
        variables
    }

    /// What the registry says below a key, as `reg query` prints it; `None` where there is no such key.
    pub(super) fn registry(&self, key: &str) -> Result<Option<String>, TaskError> {
        let mut query = self.windows("reg");
        query.args(["query", key, "/reg:64"]);
        match output(&mut query) {
            Ok(said) => Ok(Some(String::from_utf8_lossy(&said).into_owned())),
            Err(TaskError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        let mut end = self.windows("wineboot");
        let _ = end.args(["--end-session", "--kill", "--force"]).status();
        let _ = self.screen.kill();
        let _ = self.screen.wait();
    }
}
