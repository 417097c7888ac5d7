//! `units.toml`: units and bindings, read strictly and written whole.

use super::ConfigError;
use super::mistake::Page;
use super::replace::{replace, sibling};
use crate::model::{Digest, UnitCode};
use crate::registry::{Binding, Channel, KeyPair, Registry, Role, Unit, UnitKind};
use serde::Deserialize;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnit {
    code: Spanned<String>,
    name: String,
    #[serde(default)]
    kind: Option<Spanned<String>>,
    #[serde(default)]
    parent: Option<Spanned<String>>,
    #[serde(default)]
    push: Option<Spanned<RawPush>>,
    #[serde(default)]
    webhook: Option<Spanned<RawWebhook>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPush {
    url: Spanned<String>,
    ca: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWebhook {
    url: Spanned<String>,
    #[serde(default)]
    ca: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBinding {
    unit: Spanned<String>,
    role: Spanned<String>,
    issuer_key: Spanned<String>,
    subject_key: Spanned<String>,
    from: Spanned<String>,
    #[serde(default)]
    until: Option<Spanned<String>>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    unit: Vec<RawUnit>,
    #[serde(default)]
    binding: Vec<RawBinding>,
}

/// Reads the registry.
///
/// # Errors
/// See [`ConfigError`].
pub fn read(path: &Path) -> Result<Registry, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|e| ConfigError::Read {
        path: path.into(),
        problem: e.to_string(),
    })?;
    parse(path, &text)
}

/// Reads a registry from text; `path` is only named in errors.
///
/// # Errors
/// See [`ConfigError`].
pub fn parse(path: &Path, text: &str) -> Result<Registry, ConfigError> {
    let page = Page { path, text };
    let raw: Raw = toml::from_str(text).map_err(|e| page.wrong(e.span(), e.message()))?;
    let units: Result<_, _> = raw.unit.into_iter().map(|unit| page.unit(unit)).collect();
    let bindings: Result<_, _> = raw.binding.iter().map(|b| page.binding(b)).collect();
    Registry::new(units?, bindings?).map_err(|error| ConfigError::Registry {
        path: path.into(),
        error,
    })
}

impl Page<'_> {
    fn word<T>(
        &self,
        raw: &Spanned<String>,
        parse: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<T, ConfigError> {
        parse(raw.get_ref()).ok_or_else(|| self.wrong(Some(raw.span()), expected))
    }

    fn code(&self, raw: &Spanned<String>) -> Result<UnitCode, ConfigError> {
        let expected = "expected a unit code: groups of A-Z and 0-9 joined by dots, at most 35";
        self.word(raw, UnitCode::parse, expected)
    }

    fn key(&self, raw: &Spanned<String>) -> Result<Digest, ConfigError> {
        self.word(
            raw,
            Digest::from_hex,
            "expected 64 hexadecimal digits (SHA-256)",
        )
    }

    fn unit(&self, raw: RawUnit) -> Result<Unit, ConfigError> {
        let kind = raw.kind.as_ref();
        let kind = kind.map(|k| self.word(k, UnitKind::from_name, "expected state or other"));
        Ok(Unit {
            code: self.code(&raw.code)?,
            kind: kind.transpose()?.unwrap_or(UnitKind::State),
            parent: raw.parent.as_ref().map(|p| self.code(p)).transpose()?,
            channel: self.channel(raw.push.as_ref(), raw.webhook.as_ref())?,
            name: raw.name,
        })
    }

    fn channel(
        &self,
        push: Option<&Spanned<RawPush>>,
        webhook: Option<&Spanned<RawWebhook>>,
    ) -> Result<Channel, ConfigError> {
        let url = |raw: &Spanned<String>| {
            let read = |text: &str| Channel::is_address(text).then(|| text.to_owned());
            self.word(
                raw,
                read,
                "expected an address such as https://nhan.so-tc.vn/van-ban",
            )
        };
        let ca = |raw: &Spanned<String>| {
            let read = |text: &str| Channel::is_file(text).then(|| text.to_owned());
            self.word(raw, read, "expected the name of a file in certs/push/")
        };
        match (push, webhook) {
            (None, None) => Ok(Channel::Pull),
            (Some(_), Some(both)) => {
                Err(self.wrong(Some(both.span()), "a unit has push or webhook, not both"))
            }
            (Some(raw), None) => Ok(Channel::Push {
                url: url(&raw.get_ref().url)?,
                ca: ca(&raw.get_ref().ca)?,
            }),
            (None, Some(raw)) => Ok(Channel::Webhook {
                url: url(&raw.get_ref().url)?,
                ca: raw.get_ref().ca.as_ref().map(ca).transpose()?,
            }),
        }
    }

    fn binding(&self, raw: &RawBinding) -> Result<Binding, ConfigError> {
        Ok(Binding {
            unit: self.code(&raw.unit)?,
            role: self.word(
                &raw.role,
                Role::from_name,
                "expected agency, person or transport",
            )?,
            keys: KeyPair {
                issuer: self.key(&raw.issuer_key)?,
                subject: self.key(&raw.subject_key)?,
            },
            from: self.time(&raw.from)?,
            until: raw.until.as_ref().map(|u| self.time(u)).transpose()?,
            note: raw.note.clone(),
        })
    }
}

const HEAD: &str = "\
# Các đơn vị và khóa của chúng. / The units and the keys bound to them.
# Tệp này do các lệnh `lienthong unit …` ghi lại; chú thích khác sẽ mất.
# Written by the commands `lienthong unit …`; other comments are not kept.
";

/// Writes the registry: a temporary file beside it, synced, then renamed over it.
///
/// # Errors
/// [`ConfigError::Write`].
pub fn write(path: &Path, registry: &Registry) -> Result<(), ConfigError> {
    replace(path, to_toml(registry).as_bytes())
}

/// Reads, changes and writes the registry while no other process does.
///
/// # Errors
/// See [`ConfigError`]; the file is unchanged then.
pub fn edit(
    path: &Path,
    change: impl FnOnce(&mut Vec<Unit>, &mut Vec<Binding>),
) -> Result<Registry, ConfigError> {
    let failed = |e: std::io::Error| ConfigError::Write {
        path: path.into(),
        problem: e.to_string(),
    };
    let lock = File::create(sibling(path, "lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let known = if path.exists() {
        read(path)?
    } else {
        Registry::default()
    };
    let mut units: Vec<Unit> = known.units().cloned().collect();
    let mut bindings: Vec<Binding> = known.bindings().cloned().collect();
    change(&mut units, &mut bindings);
    let registry = Registry::new(units, bindings).map_err(|error| ConfigError::Registry {
        path: path.into(),
        error,
    })?;
    write(path, &registry)?;
    Ok(registry)
}

/// The registry as text.
#[must_use]
pub fn to_toml(registry: &Registry) -> String {
    let mut out = HEAD.to_owned();
    for unit in registry.units() {
        out.push_str("\n[[unit]]\n");
        line(&mut out, "code", unit.code.as_str());
        line(&mut out, "name", &unit.name);
        line(&mut out, "kind", unit.kind.name());
        if let Some(parent) = &unit.parent {
            line(&mut out, "parent", parent.as_str());
        }
        if let Some(url) = unit.channel.url() {
            let _ = writeln!(out, "[unit.{}]", unit.channel.name());
            line(&mut out, "url", url);
        }
        if let Some(ca) = unit.channel.ca() {
            line(&mut out, "ca", ca);
        }
    }
    for binding in registry.bindings() {
        out.push_str("\n[[binding]]\n");
        line(&mut out, "unit", binding.unit.as_str());
        line(&mut out, "role", binding.role.name());
        line(&mut out, "issuer_key", &binding.keys.issuer.to_hex());
        line(&mut out, "subject_key", &binding.keys.subject.to_hex());
        line(&mut out, "from", &binding.from.to_string());
        if let Some(until) = binding.until {
            line(&mut out, "until", &until.to_string());
        }
        if !binding.note.is_empty() {
            line(&mut out, "note", &binding.note);
        }
    }
    out
}

fn line(out: &mut String, key: &str, value: &str) {
    // The value's own writer quotes whatever TOML cannot hold bare.
    let _ = writeln!(out, "{key} = {}", toml::Value::String(value.to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";

    fn text() -> String {
        format!(
            "[[unit]]\ncode = \"H53\"\nname = \"Tỉnh \\\"mẫu\\\" \\\\\"\n\n[[unit]]\ncode = \"H53.7\"\n\
             name = \"Sở\"\nkind = \"other\"\nparent = \"H53\"\n\n[[binding]]\nunit = \"H53.7\"\n\
             role = \"agency\"\nissuer_key = \"{KEY}\"\nsubject_key = \"{KEY}\"\n\
             from = \"2026-11-24T00:00:00+07:00\"\nuntil = \"2027-11-24T00:00:00Z\"\nnote = \"CN=Sở\"\n"
        )
    }

    #[test]
    fn the_sample_is_a_registry() {
        let sample = include_str!("../../config/units.sample.toml");
        let registry = parse(Path::new("units.sample.toml"), sample).expect("sample");
        assert_eq!(registry.units().count(), 2);
        assert_eq!(registry.bindings().count(), 1);
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("units.toml");
        let registry = parse(&path, &text()).expect("good");
        write(&path, &registry).expect("written");
        assert_eq!(read(&path).expect("read"), registry);
        let added = edit(&path, |units, _| {
            let parent = units[0].code.clone();
            units.push(Unit {
                code: UnitCode::parse("H53.8").expect("code"),
                name: "Xã\n\u{7}".into(),
                kind: UnitKind::State,
                parent: Some(parent),
                channel: Channel::Push {
                    url: "https://nhan.vn/x?a=\"".into(),
                    ca: "H53.8.pem".into(),
                },
            });
            units[0].channel = Channel::Webhook {
                url: "https://[fd00::1]:8443/bao".into(),
                ca: None,
            };
        });
        assert_eq!(read(&path).expect("read"), added.expect("edited"));
        let error = edit(&path, |units, _| units.push(units[0].clone())).expect_err("refused");
        assert!(matches!(error, ConfigError::Registry { .. }), "{error}");
        assert_eq!(read(&path).expect("read").units().count(), 3);
    }

    #[test]
    fn a_channel_is_read_and_its_mistakes_show_their_line() {
        let with = |table: &str| text().replacen("parent = \"H53\"\n", &format!("{table}\n"), 1);
        let push = with("[unit.push]\nurl = \"https://a.vn/x\"\nca = \"a.pem\"");
        let registry = parse(Path::new("u"), &push).expect("good");
        let unit = registry.units().nth(1).expect("unit");
        assert_eq!(unit.channel.name(), "push");
        for (table, line) in [
            ("[unit.push]\nurl = \"http://a.vn/x\"\nca = \"a.pem\"", 10),
            (
                "[unit.push]\nurl = \"https://a.vn/x\"\nca = \"../a.pem\"",
                11,
            ),
            ("[unit.push]\nurl = \"https://a.vn/x\"", 9),
            (
                "[unit.webhook]\nurl = \"https://a.vn/x\"\nsecret = \"x\"",
                11,
            ),
            (
                "[unit.webhook]\nurl = \"https://a.vn/\"\n[unit.push]\nurl = \"https://a.vn/\"\nca = \"a\"",
                9,
            ),
        ] {
            let Err(ConfigError::Mistake(mistake)) = parse(Path::new("u"), &with(table)) else {
                panic!("{table}: not refused at its place");
            };
            assert_eq!(mistake.line, line, "{mistake}");
        }
    }

    #[test]
    fn every_mistake_shows_its_line() {
        let table = [
            ("code = \"H53\"", "code = \"h53\"", 2),
            ("name = \"Sở\"", "nam = \"Sở\"", 7),
            ("\"other\"", "\"others\"", 8),
            ("\"agency\"", "\"stamp\"", 13),
            (KEY, "0101", 14),
            ("2026-11-24T00:00:00+07:00", "24/11/2026", 16),
            ("[[unit]]", "[[units]]", 1),
        ];
        for (from, to, line) in table {
            let changed = text().replacen(from, to, 1);
            let Err(ConfigError::Mistake(mistake)) = parse(Path::new("u"), &changed) else {
                panic!("{to}: not refused at its place");
            };
            assert_eq!(mistake.line, line, "{mistake}");
        }
    }
}
