//! A unit's profile: where its gateway is and what to show it.

use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A profile as read; its paths are complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// The gateway's address.
    pub url: String,
    /// The unit's code.
    pub unit: String,
    /// The unit's transport certificate, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// The only CA trusted for the gateway, PEM.
    pub gateway_ca: PathBuf,
    /// The CA under which receipts are signed, PEM.
    pub receipt_ca: PathBuf,
}

/// Why there is no profile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProfileError {
    /// None by that name.
    #[error("no profile {name}; looked for {}", places.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "))]
    NotFound {
        /// The name asked for.
        name: String,
        /// Where it could have been.
        places: Vec<PathBuf>,
    },
    /// It could not be read.
    #[error("{0}: {1}")]
    Broken(PathBuf, String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    url: String,
    unit: String,
    certificate: String,
    key: String,
    gateway_ca: String,
    receipt_ca: String,
}

/// The file's name in the folder of a profile.
pub const FILE: &str = "profile.toml";

impl Profile {
    /// Finds and reads a profile by its file, its folder or its name; names are looked for in
    /// `folders`.
    ///
    /// # Errors
    /// See [`ProfileError`].
    pub fn find(name: &str, folders: &[PathBuf]) -> Result<Self, ProfileError> {
        let given = Path::new(name);
        let mut places = vec![given.to_path_buf(), given.join(FILE)];
        for folder in folders {
            places.push(folder.join(name).join(FILE));
            places.push(folder.join(format!("{name}.toml")));
        }
        match places.iter().find(|p| p.is_file()) {
            Some(path) => Self::read(path),
            None => Err(ProfileError::NotFound {
                name: name.to_owned(),
                places,
            }),
        }
    }

    /// Reads a profile; its paths are relative to its folder.
    ///
    /// # Errors
    /// [`ProfileError::Broken`].
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let broken = |problem: String| ProfileError::Broken(path.into(), problem);
        let text = std::fs::read_to_string(path).map_err(|e| broken(e.to_string()))?;
        let raw: Raw = toml::from_str(&text).map_err(|e| broken(e.to_string()))?;
        if !raw.url.starts_with("https://") {
            return Err(broken("url must start with https://".into()));
        }
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        Ok(Self {
            url: raw.url,
            unit: raw.unit,
            certificate: folder.join(raw.certificate),
            key: folder.join(raw.key),
            gateway_ca: folder.join(raw.gateway_ca),
            receipt_ca: folder.join(raw.receipt_ca),
        })
    }

    /// The text of a profile beside whose file lie `client.pem`, `client.key`, `gateway-ca.pem` and
    /// `receipt-ca.pem`.
    #[must_use]
    pub fn to_toml(url: &str, unit: &str) -> String {
        let mut out = String::new();
        for (key, value) in [
            ("url", url),
            ("unit", unit),
            ("certificate", "client.pem"),
            ("key", "client.key"),
            ("gateway_ca", "gateway-ca.pem"),
            ("receipt_ca", "receipt-ca.pem"),
        ] {
            let _ = writeln!(out, "{key} = {}", toml::Value::String(value.to_owned()));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_found_by_file_folder_and_name() {
        let folder = tempfile::tempdir().expect("folder");
        let home = folder.path().join("H53.7");
        std::fs::create_dir(&home).expect("folder");
        std::fs::write(
            home.join(FILE),
            Profile::to_toml("https://127.0.0.1:8443", "H53.7"),
        )
        .expect("written");
        let folders = [folder.path().to_path_buf()];
        for name in [home.join(FILE), home.clone(), PathBuf::from("H53.7")] {
            let found = Profile::find(&name.display().to_string(), &folders).expect("found");
            assert_eq!(found.unit, "H53.7");
            assert_eq!(found.key, home.join("client.key"));
        }
        let none = Profile::find("H53.8", &folders).expect_err("none");
        assert!(matches!(none, ProfileError::NotFound { .. }), "{none}");
        std::fs::write(home.join(FILE), "url = \"http://x\"").expect("written");
        assert!(matches!(
            Profile::find("H53.7", &folders),
            Err(ProfileError::Broken(..))
        ));
    }
}
