//! `unit delivery`: how documents reach a unit. Lays the recipient's CA into `certs/push/`, makes the
//! secret of a webhook and the certificate that the gateway shows, and then writes the registry.

use super::args::UnitDelivery;
use super::check_delivery::unopened;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::unit::{code, edit, known, reload};
use crate::config::{self, Settings};
use crate::delivery::{Secret, secret_path};
use crate::keys::files::{self, own};
use crate::lang;
use crate::model::UnitCode;
use crate::registry::{Channel, Unit};
use crate::shelf::private_folder;
use std::path::Path;

pub(super) async fn set(console: &Console, asked: &UnitDelivery) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let code = code(console, &asked.code)?;
    known(console, &settings, &code)?;
    let channel = wanted(console, &settings, &code, asked)?;
    let secret = match channel {
        Channel::Pull => None,
        Channel::Push { .. } => {
            let made = files::ensure_client(&settings.own(), &settings.gateway_name, console.now());
            made.map_err(|e| Failure::key(console.language, &e))?;
            None
        }
        Channel::Webhook { .. } => secret(console, &settings, &code)?,
    };
    edit(console, &settings, |parts| {
        for unit in parts.units.iter_mut().filter(|unit| unit.code == code) {
            unit.channel = channel.clone();
        }
    })?;
    told(console, &settings, &code, &channel, secret.as_deref());
    if let Some(problem) = unopened(&settings, &channel) {
        let (url, problem) = (channel.url().unwrap_or_default(), lang::visible(&problem));
        let values = [("url", url), ("problem", problem.as_str())];
        console.tell("cli-channel-unopened", &values);
    }
    reload(console, &settings).await?;
    Ok(Exit::Done)
}

fn wanted(
    console: &Console,
    settings: &Settings,
    code: &UnitCode,
    asked: &UnitDelivery,
) -> Result<Channel, Failure> {
    let address = |url: &String| {
        let wrong = || Failure::usage(console.language, "cli-channel-address", &[("url", url)]);
        Channel::is_address(url)
            .then(|| url.clone())
            .ok_or_else(wrong)
    };
    match (&asked.push, &asked.webhook, asked.pull) {
        (Some(url), ..) => Ok(Channel::Push {
            url: address(url)?,
            ca: match &asked.ca {
                Some(file) => authority(console, settings, code, file)?,
                None => return Err(Failure::usage(console.language, "cli-channel-none", &[])),
            },
        }),
        (None, Some(url), _) => {
            let ca = asked
                .ca
                .as_ref()
                .map(|file| authority(console, settings, code, file));
            Ok(Channel::Webhook {
                url: address(url)?,
                ca: ca.transpose()?,
            })
        }
        (None, None, true) => Ok(Channel::Pull),
        (None, None, false) => Err(Failure::usage(console.language, "cli-channel-none", &[])),
    }
}

/// Copies the CA to its place, and gives its name there.
fn authority(
    console: &Console,
    settings: &Settings,
    code: &UnitCode,
    file: &Path,
) -> Result<String, Failure> {
    let shown = file.display().to_string();
    let wrong = || Failure::usage(console.language, "cli-channel-ca", &[("file", &shown)]);
    let known = config::read_certificates(file).map_err(|_| wrong())?;
    let bytes = std::fs::read(file).map_err(|e| Failure::unreadable(console.language, file, &e))?;
    if known.is_empty() || !bytes.starts_with(b"-----BEGIN") {
        return Err(wrong());
    }
    let (folder, name) = (settings.push(), format!("{code}.pem"));
    let place = folder.join(&name);
    let unwritable = |e: std::io::Error| Failure::unwritable(console.language, &place, &e);
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    std::fs::write(&place, bytes).map_err(unwritable)?;
    Ok(name)
}

/// Makes the secret, unless the unit has one: then nothing is shown.
fn secret(
    console: &Console,
    settings: &Settings,
    code: &UnitCode,
) -> Result<Option<String>, Failure> {
    let path = secret_path(&settings.own(), code);
    if Secret::read(&path).is_ok() {
        let shown = path.display().to_string();
        console.tell("cli-channel-secret-kept", &[("path", &shown)]);
        return Ok(None);
    }
    let folder = path.parent().unwrap_or(&path);
    private_folder(folder).map_err(|e| Failure::unwritable(console.language, folder, &e))?;
    let text = Secret::generate(&ring::rand::SystemRandom::new());
    let text = text.map_err(|e| Failure::new(Exit::Failed, e))?;
    files::write_new(&path, format!("{text}\n").as_bytes(), 0o600)
        .map_err(|e| Failure::key(console.language, &e))?;
    Ok(Some(text))
}

fn told(
    console: &Console,
    settings: &Settings,
    code: &UnitCode,
    channel: &Channel,
    secret: Option<&str>,
) {
    let said = console.text(&format!("cli-channel-{}", channel.name()), &[]);
    console.tell(
        "cli-channel-set",
        &[("code", code.as_str()), ("channel", &said)],
    );
    if let Channel::Push { .. } = channel {
        let own_file = |name: &str| settings.own().join(name).display().to_string();
        let (ca, certificate) = (own_file(own::TRANSPORT_CA), own_file(own::CLIENT));
        console.tell(
            "cli-channel-client",
            &[("ca", &ca), ("certificate", &certificate)],
        );
    }
    if console.json {
        console.json(&serde_json::json!({
            "unit": code.as_str(), "delivery": view(channel), "secret": secret,
        }));
    } else if let Some(secret) = secret {
        console.tell("cli-channel-secret", &[]);
        console.out(secret);
    }
}

/// A channel as JSON.
pub(super) fn view(channel: &Channel) -> serde_json::Value {
    serde_json::json!({
        "channel": channel.name(), "url": channel.url(), "ca": channel.ca(),
    })
}

/// A channel in one line.
pub(super) fn line(console: &Console, unit: &Unit) -> String {
    let channel = &unit.channel;
    let said = console.text(&format!("cli-channel-{}", channel.name()), &[]);
    let parts = [channel.url(), channel.ca()].into_iter().flatten();
    let parts: String = parts.map(|p| format!(" — {p}")).collect();
    format!("{}: {said}{parts}", console.text("cli-channel", &[]))
}
