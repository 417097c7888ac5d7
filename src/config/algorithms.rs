//! `algorithms.toml`: a built-in policy and what is different here.
//!
//! An entry takes the place of the profile's rule about the same thing for the same purposes; those
//! about the sizes of one kind of key take the place of all of the profile's about it, so that
//! naming a greater size alone accepts no smaller one.

use super::ConfigError;
use super::mistake::Page;
use crate::trust::algorithms::policy::{Item, KeyKind, Rule, Usage, Validity};
use crate::trust::algorithms::{AlgorithmPolicy, DigestAlgorithm, SignatureFamily};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use toml::Spanned;

/// The sample: every rule of the default, spelled out.
pub const SAMPLE: &str = include_str!("../../config/algorithms.sample.toml");

/// Sizes that a rule may name: below lies nothing that was ever a key, above no key is read.
const BITS: RangeInclusive<u32> = 128..=8192;

type Word = Option<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    profile: Word,
    #[serde(default)]
    digest: Vec<RawDigest>,
    #[serde(default)]
    signature: Vec<RawSignature>,
    #[serde(default)]
    key: Vec<RawKey>,
}

/// `serde` cannot both flatten and refuse unknown keys, so each entry lists all of them.
macro_rules! entries {
    ($($entry:ident { $($key:ident: $kind:ty,)* })*) => {
        $(
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct $entry {
                name: Spanned<String>,
                $($key: $kind,)*
                #[serde(default)]
                accepted: Option<Spanned<bool>>,
                #[serde(default)]
                from: Word,
                #[serde(default)]
                until: Word,
                #[serde(default)]
                usage: Option<Spanned<Vec<Spanned<String>>>>,
            }

            impl $entry {
                fn when(&self) -> When<'_> {
                    When {
                        accepted: self.accepted.as_ref(),
                        from: self.from.as_ref(),
                        until: self.until.as_ref(),
                        usage: self.usage.as_ref(),
                    }
                }
            }
        )*
    };
}

entries! {
    RawDigest {}
    RawSignature { digest: Word, }
    RawKey { bits: Spanned<u32>, }
}

/// What every entry may say beside its name.
struct When<'a> {
    accepted: Option<&'a Spanned<bool>>,
    from: Option<&'a Spanned<String>>,
    until: Option<&'a Spanned<String>>,
    usage: Option<&'a Spanned<Vec<Spanned<String>>>>,
}

/// Reads the policy; without a file the built-in one holds.
///
/// # Errors
/// See [`ConfigError`].
pub fn read(path: &Path) -> Result<AlgorithmPolicy, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(AlgorithmPolicy::default()),
        Err(e) => Err(ConfigError::Read {
            path: path.into(),
            problem: e.to_string(),
        }),
    }
}

/// Reads a policy from text; `path` is only named in errors.
///
/// # Errors
/// See [`ConfigError`].
pub fn parse(path: &Path, text: &str) -> Result<AlgorithmPolicy, ConfigError> {
    let page = Page { path, text };
    let raw: Raw = toml::from_str(text).map_err(|e| page.wrong(e.span(), e.message()))?;
    let mut entries = Vec::new();
    for entry in &raw.digest {
        let item = Item::Digest(page.digest(&entry.name)?);
        entries.extend(page.rules(item, &entry.name, &entry.when())?);
    }
    for entry in &raw.signature {
        let family = page.named(
            &entry.name,
            SignatureFamily::from_name,
            SignatureFamily::ALL.map(SignatureFamily::name),
        )?;
        let digest = entry.digest.as_ref().map(|digest| page.digest(digest));
        let item = Item::Signature(family, digest.transpose()?);
        entries.extend(page.rules(item, &entry.name, &entry.when())?);
    }
    for entry in &raw.key {
        let kind = page.named(
            &entry.name,
            KeyKind::from_name,
            KeyKind::ALL.map(KeyKind::name),
        )?;
        let item = Item::Key(kind, page.bits(&entry.bits)?);
        entries.extend(page.rules(item, &entry.name, &entry.when())?);
    }
    page.joined(page.profile(raw.profile.as_ref())?, entries)
}

/// A rule, and where it stands.
type Placed = (Rule, Range<usize>);

impl Page<'_> {
    fn profile(&self, name: Option<&Spanned<String>>) -> Result<AlgorithmPolicy, ConfigError> {
        let known = |name: &str| match name {
            "national" => Some(AlgorithmPolicy::national()),
            "etsi" => Some(AlgorithmPolicy::etsi()),
            "none" => Some(AlgorithmPolicy::none()),
            _ => None,
        };
        match name {
            Some(name) => self.named(name, known, ["national", "etsi", "none"]),
            None => Ok(AlgorithmPolicy::default()),
        }
    }

    fn named<T, const N: usize>(
        &self,
        word: &Spanned<String>,
        parse: impl Fn(&str) -> Option<T>,
        all: [&str; N],
    ) -> Result<T, ConfigError> {
        let expected = || format!("expected one of: {}", all.join(", "));
        parse(word.get_ref()).ok_or_else(|| self.wrong(Some(word.span()), &expected()))
    }

    fn digest(&self, word: &Spanned<String>) -> Result<DigestAlgorithm, ConfigError> {
        let all = DigestAlgorithm::ALL.map(DigestAlgorithm::name);
        self.named(word, DigestAlgorithm::from_name, all)
    }

    fn bits(&self, bits: &Spanned<u32>) -> Result<u32, ConfigError> {
        if BITS.contains(bits.get_ref()) {
            return Ok(*bits.get_ref());
        }
        let expected = format!("expected {} to {}", BITS.start(), BITS.end());
        Err(self.wrong(Some(bits.span()), &expected))
    }

    fn validity(&self, when: &When<'_>) -> Result<Validity, ConfigError> {
        let from = when.from.map(|from| self.time(from)).transpose()?;
        let until = when.until.map(|until| self.time(until)).transpose()?;
        if let (Some(begins), Some(ends), Some(word)) = (from, until, when.until)
            && begins >= ends
        {
            return Err(self.wrong(Some(word.span()), "expected a moment after from"));
        }
        match when.accepted {
            Some(accepted) if !accepted.get_ref() => match when.from.or(when.until) {
                None => Ok(Validity::Never),
                Some(word) => {
                    let problem = "what is not accepted has no dates";
                    Err(self.wrong(Some(word.span()), problem))
                }
            },
            Some(_) | None => Ok(Validity::Within { from, until }),
        }
    }

    /// One rule for every purpose that an entry names, or one for any.
    fn rules(
        &self,
        item: Item,
        name: &Spanned<String>,
        when: &When<'_>,
    ) -> Result<Vec<Placed>, ConfigError> {
        let rule = Rule::new(item, self.validity(when)?);
        let Some(usage) = when.usage else {
            return Ok(vec![(rule, name.span())]);
        };
        if usage.get_ref().is_empty() {
            return Err(self.wrong(Some(usage.span()), "name a purpose, or leave usage out"));
        }
        let purposes = usage.get_ref().iter().map(|word| {
            let purpose = self.named(word, Usage::from_name, Usage::ALL.map(Usage::name))?;
            Ok((rule.only_for(purpose), word.span()))
        });
        purposes.collect()
    }

    fn joined(
        &self,
        mut policy: AlgorithmPolicy,
        entries: Vec<Placed>,
    ) -> Result<AlgorithmPolicy, ConfigError> {
        for (rule, _) in &entries {
            if let Item::Key(kind, _) = rule.item {
                policy.clear_keys(rule.usage, kind);
            }
        }
        let mut seen = BTreeSet::new();
        for (rule, span) in entries {
            if !seen.insert((rule.usage, rule.item)) {
                return Err(self.wrong(Some(span), "an earlier entry speaks about the same"));
            }
            policy.set(rule);
        }
        Ok(policy)
    }
}

#[cfg(test)]
mod tests;
