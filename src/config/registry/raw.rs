//! The parts of `units.toml` as they are written, and what they say.

use super::super::ConfigError;
use super::super::mistake::Page;
use crate::model::{Digest, UnitCode};
use crate::registry::{
    Binding, Channel, Contact, Details, FormerName, KeyPair, Level, Parts, Reached, Role,
    Succession, SuccessionKind, Unit, UnitKind, Via,
};
use serde::Deserialize;
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
    level: Option<Spanned<String>>,
    #[serde(default)]
    aliases: Vec<Spanned<String>>,
    #[serde(default)]
    contact: RawContact,
    #[serde(default)]
    former_names: Vec<RawName>,
    #[serde(default)]
    reached: Vec<RawReached>,
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

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawContact {
    name: String,
    email: String,
    phone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawName {
    until: Spanned<String>,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReached {
    from: Spanned<String>,
    via: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChange {
    kind: Spanned<String>,
    on: Spanned<String>,
    basis: String,
    from: Vec<Spanned<String>>,
    #[serde(default)]
    to: Vec<Spanned<String>>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    #[serde(default)]
    unit: Vec<RawUnit>,
    #[serde(default)]
    binding: Vec<RawBinding>,
    #[serde(default)]
    change: Vec<RawChange>,
}

impl Page<'_> {
    /// What the file says, each part for itself.
    pub(super) fn parts(&self, raw: Raw) -> Result<Parts, ConfigError> {
        let units: Result<_, _> = raw.unit.into_iter().map(|unit| self.unit(unit)).collect();
        let bindings: Result<_, _> = raw.binding.iter().map(|b| self.binding(b)).collect();
        let changes: Result<_, _> = raw.change.into_iter().map(|c| self.change(c)).collect();
        Ok(Parts {
            units: units?,
            bindings: bindings?,
            changes: changes?,
        })
    }

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
            details: Details {
                level: raw.level.as_ref().map(|l| self.level(l)).transpose()?,
                aliases: self.codes(&raw.aliases)?,
                former_names: raw
                    .former_names
                    .into_iter()
                    .map(|n| self.former(n))
                    .collect::<Result<_, _>>()?,
                contact: Contact {
                    name: raw.contact.name,
                    email: raw.contact.email,
                    phone: raw.contact.phone,
                },
                reached: raw
                    .reached
                    .iter()
                    .map(|r| self.reached(r))
                    .collect::<Result<_, _>>()?,
            },
            name: raw.name,
        })
    }

    fn codes(&self, raw: &[Spanned<String>]) -> Result<Vec<UnitCode>, ConfigError> {
        raw.iter().map(|code| self.code(code)).collect()
    }

    fn level(&self, raw: &Spanned<String>) -> Result<Level, ConfigError> {
        let expected = "expected central, province, district or commune";
        self.word(raw, Level::from_name, expected)
    }

    fn former(&self, raw: RawName) -> Result<FormerName, ConfigError> {
        Ok(FormerName {
            until: self.day(&raw.until)?,
            name: raw.name,
        })
    }

    fn reached(&self, raw: &RawReached) -> Result<Reached, ConfigError> {
        let expected = "expected gateway, peer, axis or paper";
        Ok(Reached {
            from: self.day(&raw.from)?,
            via: self.word(&raw.via, Via::from_name, expected)?,
        })
    }

    fn change(&self, raw: RawChange) -> Result<Succession, ConfigError> {
        let expected = "expected merge, split, part, rename or abolish";
        Ok(Succession {
            kind: self.word(&raw.kind, SuccessionKind::from_name, expected)?,
            on: self.day(&raw.on)?,
            from: self.codes(&raw.from)?,
            to: self.codes(&raw.to)?,
            basis: raw.basis,
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
