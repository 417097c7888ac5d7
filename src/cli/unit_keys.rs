//! `unit bind`, `enrol`, `revoke`: which keys speak for a unit.

use super::args::{UnitBind, UnitEnrol};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::unit::{code, edit, known, reload};
use crate::client::profile::{self, Profile};
use crate::config::{self, ConfigError, Settings};
use crate::keys::files::{self, own};
use crate::keys::{Authority, Validity, issue};
use crate::lang;
use crate::model::{LocalDay, Timestamp};
use crate::registry::{Binding, KeyPair, Role};
use crate::trust::certificate::Certificate;
use std::path::Path;

/// A moment, or the beginning of a day.
pub(super) fn moment(console: &Console, text: &str) -> Result<Timestamp, Failure> {
    let day = LocalDay::parse(text).map(|day| format!("{day}T00:00:00+07:00"));
    let parsed = Timestamp::parse(day.as_deref().unwrap_or(text));
    let wrong = || Failure::usage(console.language, "cli-day-wrong", &[("text", text)]);
    parsed.ok_or_else(wrong)
}

fn certificate(console: &Console, path: &Path) -> Result<Certificate, Failure> {
    let wrong = |problem: &str| {
        let path = path.display().to_string();
        let values = [("path", path.as_str()), ("problem", problem)];
        let failure = Failure::usage(console.language, "cli-certificate-wrong", &values);
        failure.with_next(console.text("cli-certificate-wrong-next", &[]))
    };
    let all = config::read_certificates(path).map_err(|e| match &e {
        ConfigError::Read { problem, .. } => Failure::unreadable(console.language, path, problem),
        ConfigError::Material { problem, .. } => wrong(problem),
        ConfigError::NotFound(_)
        | ConfigError::Write { .. }
        | ConfigError::Mistake(_)
        | ConfigError::Environment { .. }
        | ConfigError::Registry { .. } => Failure::config(console.language, &e),
    })?;
    all.into_iter().next().ok_or_else(|| wrong("PEM, DER"))
}

/// Who issued the certificate that is to be bound.
fn issuer_of(
    console: &Console,
    settings: &Settings,
    asked: &UnitBind,
    bound: &Certificate,
    from: Timestamp,
) -> Result<Option<Certificate>, Failure> {
    let algorithms = config::algorithms::read(&settings.algorithms);
    let algorithms = algorithms.map_err(|e| Failure::config(console.language, &e))?;
    match &asked.issuer {
        Some(path) => {
            let issuer = certificate(console, path)?;
            Ok(config::issued_by(bound, &issuer, &algorithms, from).then_some(issuer))
        }
        None => config::find_issuer(&settings.certs, bound, &algorithms, from)
            .map_err(|e| Failure::config(console.language, &e)),
    }
}

pub(super) async fn bind(console: &Console, asked: &UnitBind) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let unit = code(console, &asked.code)?;
    known(console, &settings, &unit)?;
    let unknown = || {
        let known = "agency, person, transport";
        let values = [
            ("flag", "--role"),
            ("value", &*asked.role),
            ("known", known),
        ];
        Failure::usage(console.language, "cli-value-unknown", &values)
    };
    let role = Role::from_name(&asked.role).ok_or_else(unknown)?;
    let from = asked
        .from
        .as_deref()
        .map(|t| moment(console, t))
        .transpose()?;
    let from = from.unwrap_or_else(|| console.now());
    let bound = certificate(console, &asked.certificate)?;
    let issuer = issuer_of(console, &settings, asked, &bound, from)?;
    let no_issuer = || {
        let said = console.text("cli-bind-no-issuer", &[]);
        Failure::new(Exit::Failed, said)
    };
    let issuer = issuer.ok_or_else(no_issuer)?;
    let binding = Binding {
        keys: KeyPair {
            issuer: issuer.key_digest(),
            subject: bound.key_digest(),
        },
        unit,
        role,
        from,
        until: asked
            .until
            .as_deref()
            .map(|t| moment(console, t))
            .transpose()?,
        note: bound.subject_text().to_owned(),
    };
    let (key, from) = (
        binding.keys.subject.to_hex(),
        lang::report::moment(binding.from),
    );
    let mut known = false;
    edit(console, &settings, |parts| {
        let bindings = &mut parts.bindings;
        known = bindings.iter().any(|b| covers(b, &binding));
        if !known {
            bindings.push(binding);
        }
    })?;
    let role = lang::word(console.language, "role", role.name());
    let values = [
        ("key", key.as_str()),
        ("code", asked.code.as_str()),
        ("role", role.as_str()),
        ("from", from.as_str()),
    ];
    if known {
        console.tell("cli-unit-already-bound", &values);
        return Ok(Exit::Done);
    }
    console.tell("cli-unit-bound", &values);
    reload(console, &settings).await?;
    Ok(Exit::Done)
}

/// Whether `old` says all that `new` would: the same key for the same unit and role, as long.
fn covers(old: &Binding, new: &Binding) -> bool {
    let ends_later = match (old.until, new.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(old), Some(new)) => new <= old,
    };
    (old.keys, &old.unit, old.role) == (new.keys, &new.unit, new.role)
        && old.from <= new.from
        && ends_later
}

pub(super) async fn enrol(console: &Console, asked: &UnitEnrol) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let unit = code(console, &asked.code)?;
    known(console, &settings, &unit)?;
    let ca = files::read_pair(&settings.own(), own::TRANSPORT_CA, own::TRANSPORT_CA_KEY);
    let ca = ca.map_err(|e| Failure::key(console.language, &e))?;
    let authority = Authority::new(&ca).map_err(|e| Failure::key(console.language, &e))?;
    let now = console.now();
    let validity = Validity::years(now, asked.years);
    let client = issue::issue_client(&authority, &unit, validity)
        .map_err(|e| Failure::key(console.language, &e))?;
    let failed = |e: std::io::Error| Failure::unwritable(console.language, &asked.out, &e);
    std::fs::create_dir_all(&asked.out).map_err(failed)?;
    files::write_pair(&asked.out, "client.pem", "client.key", &client)
        .map_err(|e| Failure::key(console.language, &e))?;
    let url = asked.url.clone().unwrap_or_else(|| url(&settings));
    for (name, from) in [
        ("gateway-ca.pem", settings.own().join(own::TRANSPORT_CA)),
        ("receipt-ca.pem", settings.own().join(own::RECEIPT_CA)),
    ] {
        std::fs::copy(from, asked.out.join(name)).map_err(failed)?;
    }
    let text = Profile::to_toml(&url, unit.as_str());
    std::fs::write(asked.out.join(profile::FILE), text).map_err(failed)?;
    let parsed =
        |der: &[u8]| Certificate::parse(der).map_err(|e| Failure::new(Exit::Failed, e.to_string()));
    let (issuer, subject) = (
        parsed(&ca.certificate_der)?,
        parsed(&client.certificate_der)?,
    );
    let binding = Binding {
        keys: KeyPair {
            issuer: issuer.key_digest(),
            subject: subject.key_digest(),
        },
        unit,
        role: Role::Transport,
        from: validity.from,
        until: None,
        note: subject.subject_text().to_owned(),
    };
    edit(console, &settings, |parts| parts.bindings.push(binding))?;
    let path = asked.out.display().to_string();
    console.tell(
        "cli-unit-enrolled",
        &[("code", &asked.code), ("path", &path)],
    );
    reload(console, &settings).await?;
    console.next(&console.text("cli-unit-enrolled-next", &[]));
    Ok(Exit::Done)
}

/// The address that the server's certificate names: the one listened on if it is named.
fn url(settings: &Settings) -> String {
    let listen = settings.exchange_listen;
    let ip = listen.ip().to_string();
    let named = settings.server_names.contains(&ip).then_some(&ip);
    let name = named
        .or_else(|| settings.server_names.first())
        .unwrap_or(&ip);
    let host = if name.contains(':') {
        format!("[{name}]")
    } else {
        name.clone()
    };
    format!("https://{host}:{}", listen.port())
}

pub(super) async fn revoke(console: &Console, text: &str) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let unit = code(console, text)?;
    known(console, &settings, &unit)?;
    let (now, mut ended) = (console.now(), 0u32);
    edit(console, &settings, |parts| {
        let bindings = &mut parts.bindings;
        let theirs = |b: &&mut Binding| b.unit == unit && b.role == Role::Transport;
        for binding in bindings.iter_mut().filter(theirs) {
            if binding.until.is_none_or(|until| now < until) {
                // A binding that had not begun never comes into force.
                binding.until = Some(now.max(binding.from));
                ended = ended.saturating_add(1);
            }
        }
    })?;
    console.tell(
        "cli-unit-revoked",
        &[("code", text), ("count", &ended.to_string())],
    );
    reload(console, &settings).await?;
    Ok(Exit::Done)
}
