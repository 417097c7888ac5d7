//! `init`: a new installation. At most four questions, none without a terminal.

use super::args::Init;
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::config::{self, Answers};
use crate::keys::files::{self, own};
use crate::model::Digest;
use crate::registry::Registry;
use crate::shelf::private_folder;
use std::path::Path;

/// The folders of an installation; what each is for stands in its README.
const FOLDERS: [(&str, &str); 8] = [
    ("certs", include_str!("../../certs/README.md")),
    ("certs/trust", include_str!("../../certs/trust/README.md")),
    (
        "certs/intermediate",
        include_str!("../../certs/intermediate/README.md"),
    ),
    (
        "certs/distrust",
        include_str!("../../certs/distrust/README.md"),
    ),
    ("certs/crl", include_str!("../../certs/crl/README.md")),
    ("certs/ocsp", include_str!("../../certs/ocsp/README.md")),
    ("certs/push", include_str!("../../certs/push/README.md")),
    ("certs/own", include_str!("../../certs/own/README.md")),
];

pub(super) fn init(console: &Console, asked: &Init) -> Result<Exit, Failure> {
    let home = asked.data.as_path();
    let file = home.join("config/lienthong.toml");
    let shown = home.display().to_string();
    if file.exists() {
        let said = console.text("cli-init-exists", &[("path", &shown)]);
        let next = console.text("cli-init-exists-next", &[("path", &shown)]);
        return Err(Failure::new(Exit::Failed, said).with_next(next));
    }
    let answers = answers(console, asked);
    let (text, settings) =
        config::from_sample(&file, &answers).map_err(|e| Failure::config(console.language, &e))?;
    let failed = |path: &Path, e: std::io::Error| Failure::unwritable(console.language, path, &e);
    private_folder(home).map_err(|e| failed(home, e))?;
    for folder in ["config", "profiles"] {
        let path = home.join(folder);
        std::fs::create_dir_all(&path).map_err(|e| failed(&path, e))?;
    }
    for (folder, readme) in FOLDERS {
        let path = home.join(folder);
        std::fs::create_dir_all(&path).map_err(|e| failed(&path, e))?;
        let path = path.join("README.md");
        std::fs::write(&path, readme).map_err(|e| failed(&path, e))?;
    }
    files::create_own(
        &settings.own(),
        &answers.name,
        &settings.server_names,
        console.now(),
    )
    .map_err(|e| Failure::key(console.language, &e))?;
    config::registry::write(&settings.units, &Registry::default())
        .map_err(|e| Failure::config(console.language, &e))?;
    for (path, sample) in [
        (&settings.algorithms, config::algorithms::SAMPLE),
        (&settings.holidays, config::holidays::SAMPLE),
        (&settings.dossier_rules, config::dossier_rules::SAMPLE),
    ] {
        if !path.exists() {
            files::write_new(path, sample.as_bytes(), 0o644)
                .map_err(|e| Failure::key(console.language, &e))?;
        }
    }
    // Last, so that its presence means a complete installation.
    files::write_new(&file, text.as_bytes(), 0o644)
        .map_err(|e| Failure::key(console.language, &e))?;
    let ca = files::read_certificate(&settings.own().join(own::RECEIPT_CA));
    let fingerprint = Digest::of(&ca.map_err(|e| Failure::key(console.language, &e))?).to_hex();
    if console.json {
        console.json(&serde_json::json!({
            "path": shown, "config": file.display().to_string(), "receipt_ca_sha256": fingerprint,
        }));
        return Ok(Exit::Done);
    }
    console.out(&console.text("cli-init-done", &[("path", &shown)]));
    console.out(&format!(
        "{}: {fingerprint}",
        console.text("cli-fingerprint", &[])
    ));
    console.next(&console.text("cli-init-next", &[("path", &shown)]));
    Ok(Exit::Done)
}

fn answers(console: &Console, asked: &Init) -> Answers {
    let one = |given: Option<&String>, question: &str, default: &str| match given {
        Some(given) => given.clone(),
        None if console.asks() => console.ask(question, default),
        None => default.to_owned(),
    };
    let name = one(asked.name.as_ref(), "cli-init-name", "lienthong");
    let listen = one(asked.listen.as_ref(), "cli-init-listen", "127.0.0.1:8443");
    let address = listen.rsplit_once(':').map_or("", |(ip, _)| ip).to_owned();
    let mut default_names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    // An address for all interfaces names none.
    let names_one = !address.is_empty() && !["0.0.0.0", "[::]"].contains(&address.as_str());
    if names_one && !default_names.contains(&address) {
        default_names.insert(0, address.trim_matches(['[', ']']).to_owned());
    }
    let names = if asked.names.is_empty() {
        one(None, "cli-init-names", &default_names.join(","))
    } else {
        asked.names.join(",")
    };
    let names = names.split(',').map(|n| n.trim().to_owned());
    Answers {
        name,
        listen,
        names: names.filter(|n| !n.is_empty()).collect(),
        signatures: one(
            asked.signatures.as_ref(),
            "cli-init-policy",
            "require-agency",
        ),
    }
}
