//! For which system a package is.

use crate::error::TaskError;

/// How a system wants things packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `.tar.gz` and `.deb`.
    Linux,
    /// `.zip` and an installer.
    Windows,
    /// `.tar.gz`, `.pkg` and `.dmg`.
    MacOs,
}

/// A system that can be packaged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct System {
    /// Cargo's name.
    pub(super) triple: &'static str,
    /// What it is.
    pub(super) family: Family,
    /// The last part of an archive's name.
    pub(super) name: &'static str,
    /// The folder of the library in a VST3 bundle.
    pub(super) vst3_folder: &'static str,
    /// Debian's name of the processor.
    pub(super) debian: &'static str,
}

const SYSTEMS: &[System] = &[
    System {
        triple: "x86_64-unknown-linux-gnu",
        family: Family::Linux,
        name: "x86_64-linux",
        vst3_folder: "x86_64-linux",
        debian: "amd64",
    },
    System {
        triple: "aarch64-unknown-linux-gnu",
        family: Family::Linux,
        name: "aarch64-linux",
        vst3_folder: "aarch64-linux",
        debian: "arm64",
    },
    System {
        triple: "x86_64-pc-windows-gnu",
        family: Family::Windows,
        name: "x86_64-windows",
        vst3_folder: "x86_64-win",
        debian: "",
    },
    System {
        triple: "x86_64-pc-windows-msvc",
        family: Family::Windows,
        name: "x86_64-windows",
        vst3_folder: "x86_64-win",
        debian: "",
    },
    System {
        triple: "x86_64-apple-darwin",
        family: Family::MacOs,
        name: "x86_64-macos",
        vst3_folder: "MacOS",
        debian: "",
    },
    System {
        triple: "aarch64-apple-darwin",
        family: Family::MacOs,
        name: "aarch64-macos",
        vst3_folder: "MacOS",
        debian: "",
    },
    System {
        triple: "universal-apple-darwin",
        family: Family::MacOs,
        name: "universal-macos",
        vst3_folder: "MacOS",
        debian: "",
    },
];

impl System {
    /// The system of this name; without a name, the one that this runs on.
    pub(super) fn of(triple: Option<&str>) -> Result<Self, TaskError> {
        let found = match triple {
            Some(triple) => SYSTEMS.iter().find(|system| system.triple == triple),
            None => SYSTEMS.iter().find(|system| system.is_here()),
        };
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = SYSTEMS.iter().map(|system| system.triple).collect();
            TaskError::Package(format!(
                "there is no package for {}. Give --target one of {}",
                triple.unwrap_or("this system"),
                names.join(", ")
            ))
        })
    }

    /// Whether its programs run here.
    pub(super) fn is_here(&self) -> bool {
        let family = match self.family {
            Family::Linux => cfg!(target_os = "linux"),
            Family::Windows => cfg!(windows),
            Family::MacOs => cfg!(target_os = "macos"),
        };
        family && (self.triple.starts_with(std::env::consts::ARCH) || self.triple.starts_with("universal"))
    }

    /// What programs are called.
    pub(super) fn program(&self) -> &'static str {
        match self.family {
            Family::Windows => "earmark.exe",
            Family::Linux | Family::MacOs => "earmark",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_packages_is_told_which_have_some() {
        let error = System::of(Some("sparc64-unknown-linux-gnu")).expect_err("none");
        assert!(error.to_string().contains("x86_64-pc-windows-gnu"), "{error}");
        assert_eq!(
            System::of(Some("x86_64-pc-windows-gnu"))
                .map(|it| it.program())
                .ok(),
            Some("earmark.exe")
        );
    }
}
