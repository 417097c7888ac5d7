//! What a trust domain and its anchors are restricted to: `domain.toml` for all of a folder, and
//! `<stem>.toml` beside `<stem>.pem` for the certificates of one file.
//!
//! Each key that an anchor's own file names takes the place of the same key of the domain; what
//! neither names restricts nothing, but purposes, where silence means documents and their OCSP.

use super::ConfigError;
use super::mistake::Page;
use crate::format::asn1::oid;
use crate::model::Timestamp;
use crate::trust::anchor::{
    AnchorConstraints, MAX_SUBTREES, Purposes, Subtree, SubtreeKind, may_issue, name_constraints,
    readable_constraints,
};
use crate::trust::certificate::Certificate;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The file that speaks for the whole folder.
pub(super) const DOMAIN_FILE: &str = "domain.toml";
/// anyPolicy (RFC 5280 §4.2.1.4).
const ANY_POLICY: &str = "2.5.29.32.0";

type Word = Option<Spanned<String>>;
type Words = Option<Vec<Spanned<String>>>;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    purposes: Option<Spanned<Vec<Spanned<String>>>>,
    from: Word,
    until: Word,
    distrust_after: Word,
    max_path_len: Option<Spanned<u64>>,
    max_crl_age_hours: Option<Spanned<u64>>,
    policies: RawPolicies,
    names: Option<Spanned<RawNames>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawPolicies {
    accepted: Option<Spanned<Vec<Spanned<String>>>>,
    require_explicit: Option<bool>,
    inhibit_mapping: Option<bool>,
    inhibit_any: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawNames {
    der: Word,
    permitted: RawSide,
    excluded: RawSide,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawSide {
    dns: Words,
    mail: Words,
    uri: Words,
    ip: Words,
    dn: Words,
}

/// Lists by side (permitted or not) and kind, or the whole as DER.
#[derive(Clone, Debug)]
enum Names {
    Lists(BTreeMap<(bool, SubtreeKind), Vec<Subtree>>),
    Der(Vec<u8>),
}

/// What one file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    path: PathBuf,
    text: String,
    purposes: Option<(Purposes, Range<usize>)>,
    from: Option<Timestamp>,
    until: Option<(Timestamp, Range<usize>)>,
    distrust_after: Option<Timestamp>,
    max_path_len: Option<u32>,
    max_crl_age_secs: Option<i64>,
    /// `Some(None)`: any policy.
    policies: Option<Option<BTreeSet<Vec<u8>>>>,
    require_explicit: Option<bool>,
    inhibit_mapping: Option<bool>,
    inhibit_any: Option<bool>,
    names: Option<(Names, Range<usize>)>,
}

impl Layer {
    /// Reads a file; one that is not there says nothing.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(ConfigError::Read {
                path: path.into(),
                problem: e.to_string(),
            }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let page = Page { path, text };
        let raw: Raw = toml::from_str(text).map_err(|e| page.wrong(e.span(), e.message()))?;
        let time = |word: &Word| word.as_ref().map(|w| page.time(w)).transpose();
        let span = |word: &Word| word.as_ref().map(Spanned::span).unwrap_or_default();
        let purposes = raw.purposes.as_ref().map(|list| {
            let found = page.purposes(list.get_ref())?;
            Ok((found, list.span()))
        });
        let number = |value: &Option<Spanned<u64>>, most: u64| {
            value.as_ref().map(|v| page.number(v, most)).transpose()
        };
        let until = time(&raw.until)?;
        let accepted = raw.policies.accepted.as_ref();
        let names = raw.names.as_ref().map(|names| {
            let found = page.names(names.get_ref())?;
            Ok((found, names.span()))
        });
        Ok(Self {
            path: path.into(),
            text: text.to_owned(),
            purposes: purposes.transpose()?,
            from: time(&raw.from)?,
            until: until.map(|until| (until, span(&raw.until))),
            distrust_after: time(&raw.distrust_after)?,
            // No path that is searched is longer.
            max_path_len: number(&raw.max_path_len, 32)?.and_then(|n| u32::try_from(n).ok()),
            max_crl_age_secs: number(&raw.max_crl_age_hours, 87_600)?
                .and_then(|hours| i64::try_from(hours).ok())
                .map(|hours| hours.saturating_mul(3600)),
            policies: accepted.map(|list| page.policies(list)).transpose()?,
            require_explicit: raw.policies.require_explicit,
            inhibit_mapping: raw.policies.inhibit_mapping,
            inhibit_any: raw.policies.inhibit_any,
            names: names.transpose()?,
        })
    }

    fn wrong(&self, span: &Range<usize>, problem: &str) -> ConfigError {
        let page = Page {
            path: &self.path,
            text: &self.text,
        };
        page.wrong(Some(span.clone()), problem)
    }
}

/// What an anchor is restricted to by its domain and by its own file.
pub(super) fn constraints(
    domain: &Layer,
    own: &Layer,
    certificate: &Certificate,
) -> Result<AnchorConstraints, ConfigError> {
    let from = own.from.or(domain.from);
    let until = own.until.as_ref().map(|u| (own, u));
    let until = until.or_else(|| domain.until.as_ref().map(|u| (domain, u)));
    if let (Some(from), Some((layer, (until, span)))) = (from, until)
        && from >= *until
    {
        return Err(layer.wrong(span, &format!("the anchor counts only from {from}")));
    }
    let policies = own.policies.clone().or_else(|| domain.policies.clone());
    let named = matches!(policies, Some(Some(_)));
    let explicit = own.require_explicit.or(domain.require_explicit);
    Ok(AnchorConstraints {
        purposes: purposes(domain, own, certificate)?,
        from,
        until: until.map(|(_, (until, _))| *until),
        distrust_after: own.distrust_after.or(domain.distrust_after),
        names: names(domain, own)?,
        policies: policies.flatten(),
        // A set of policies that nothing has to be valid for would ask for nothing.
        require_explicit_policy: explicit.unwrap_or(named),
        inhibit_policy_mapping: own
            .inhibit_mapping
            .or(domain.inhibit_mapping)
            .unwrap_or(false),
        inhibit_any_policy: own.inhibit_any.or(domain.inhibit_any).unwrap_or(false),
        max_path_len: own.max_path_len.or(domain.max_path_len),
        max_crl_age_secs: own.max_crl_age_secs.or(domain.max_crl_age_secs),
    })
}

/// A certificate that issues none is an anchor only for what it is named for: a TSA unit or an OCSP
/// responder that is trusted directly, as trusted lists do (ETSI TS 119 612). Whoever drops a
/// signer's certificate here by mistake has not made it a responder.
fn purposes(
    domain: &Layer,
    own: &Layer,
    certificate: &Certificate,
) -> Result<Purposes, ConfigError> {
    let issues = may_issue(certificate);
    if let Some((purposes, span)) = &own.purposes {
        if purposes.documents && !issues {
            let problem = "this certificate issues none, so no document's path ends at it; \
                           it may be named for timestamping or ocsp";
            return Err(own.wrong(span, problem));
        }
        return Ok(*purposes);
    }
    let named = domain.purposes.as_ref().map(|(purposes, _)| *purposes);
    let silent = if issues {
        Purposes::ORDINARY
    } else {
        Purposes::NONE
    };
    let purposes = named.unwrap_or(silent);
    Ok(Purposes {
        documents: purposes.documents && issues,
        ..purposes
    })
}

fn names(domain: &Layer, own: &Layer) -> Result<Option<Vec<u8>>, ConfigError> {
    let mut lists = match (&domain.names, &own.names) {
        (_, Some((Names::Der(der), _))) | (Some((Names::Der(der), _)), None) => {
            return Ok(Some(der.clone()));
        }
        (Some((Names::Der(_), _)), Some((Names::Lists(_), span))) => {
            let problem = "domain.toml gives names.der, which lists cannot be joined with";
            return Err(own.wrong(span, problem));
        }
        (Some((Names::Lists(lists), _)), _) => lists.clone(),
        (None, _) => BTreeMap::new(),
    };
    if let Some((Names::Lists(own), _)) = &own.names {
        lists.extend(own.clone());
    }
    let side = |wanted: bool| -> Vec<Subtree> {
        let of_side = lists
            .iter()
            .filter(|((permitted, _), _)| *permitted == wanted);
        of_side.flat_map(|(_, subtrees)| subtrees.clone()).collect()
    };
    Ok(name_constraints(&side(true), &side(false)))
}

impl Page<'_> {
    fn number(&self, value: &Spanned<u64>, most: u64) -> Result<u64, ConfigError> {
        let given = *value.get_ref();
        let expected = || self.wrong(Some(value.span()), &format!("expected 0 to {most}"));
        (given <= most).then_some(given).ok_or_else(expected)
    }

    fn purposes(&self, list: &[Spanned<String>]) -> Result<Purposes, ConfigError> {
        let mut found = Purposes::NONE;
        for word in list {
            match word.get_ref().as_str() {
                "documents" => found.documents = true,
                "timestamping" => found.timestamping = true,
                "ocsp" => found.ocsp = true,
                _ => {
                    let expected = "expected documents, timestamping or ocsp";
                    return Err(self.wrong(Some(word.span()), expected));
                }
            }
        }
        Ok(found)
    }

    fn policies(
        &self,
        list: &Spanned<Vec<Spanned<String>>>,
    ) -> Result<Option<BTreeSet<Vec<u8>>>, ConfigError> {
        if list.get_ref().is_empty() {
            let problem = "no policy would be accepted; leave the key out to accept any";
            return Err(self.wrong(Some(list.span()), problem));
        }
        let mut found = BTreeSet::new();
        for word in list.get_ref() {
            if word.get_ref() == ANY_POLICY {
                return Ok(None);
            }
            let expected = "expected a policy's identifier, for example 1.3.6.1.4.1.311.21.8";
            let parsed = oid::from_dotted(word.get_ref());
            found.insert(parsed.ok_or_else(|| self.wrong(Some(word.span()), expected))?);
        }
        Ok(Some(found))
    }

    fn names(&self, raw: &RawNames) -> Result<Names, ConfigError> {
        let lists = self.lists(raw)?;
        let Some(der) = &raw.der else {
            return Ok(Names::Lists(lists));
        };
        let wrong = |problem: &str| self.wrong(Some(der.span()), problem);
        if !lists.is_empty() {
            return Err(wrong("names.der and lists of names exclude each other"));
        }
        let bytes = crate::model::digest::from_hex(der.get_ref());
        let bytes = bytes.filter(|bytes| readable_constraints(bytes).is_ok());
        let expected = "expected a NameConstraints value (RFC 5280 §4.2.1.10), DER in hexadecimal";
        bytes.map(Names::Der).ok_or_else(|| wrong(expected))
    }

    fn lists(
        &self,
        raw: &RawNames,
    ) -> Result<BTreeMap<(bool, SubtreeKind), Vec<Subtree>>, ConfigError> {
        let mut all = BTreeMap::new();
        let mut count = 0usize;
        for (permitted, side) in [(true, &raw.permitted), (false, &raw.excluded)] {
            for kind in SubtreeKind::ALL {
                let Some(words) = side.of(kind) else { continue };
                count = count.saturating_add(words.len());
                if count > MAX_SUBTREES {
                    let span = words.first().map(Spanned::span);
                    return Err(
                        self.wrong(span, &format!("too many here, the most is {MAX_SUBTREES}"))
                    );
                }
                all.insert((permitted, kind), self.subtrees(kind, words)?);
            }
        }
        Ok(all)
    }

    fn subtrees(
        &self,
        kind: SubtreeKind,
        words: &[Spanned<String>],
    ) -> Result<Vec<Subtree>, ConfigError> {
        let read = |word: &Spanned<String>| {
            let wrong = |problem: String| self.wrong(Some(word.span()), &problem);
            Subtree::read(kind, word.get_ref()).map_err(wrong)
        };
        words.iter().map(read).collect()
    }
}

impl RawSide {
    fn of(&self, kind: SubtreeKind) -> Option<&Vec<Spanned<String>>> {
        let words = match kind {
            SubtreeKind::Dns => &self.dns,
            SubtreeKind::Mail => &self.mail,
            SubtreeKind::Uri => &self.uri,
            SubtreeKind::Ip => &self.ip,
            SubtreeKind::Directory => &self.dn,
        };
        words.as_ref()
    }
}

/// Constraints as a file that says the same (`names` as DER, so that nothing is lost in words).
#[must_use]
pub fn to_toml(constraints: &AnchorConstraints) -> String {
    let Purposes {
        documents,
        timestamping,
        ocsp,
    } = constraints.purposes;
    let words = [
        ("documents", documents),
        ("timestamping", timestamping),
        ("ocsp", ocsp),
    ];
    let words = words.iter().filter(|(_, named)| *named);
    let words: Vec<String> = words.map(|(word, _)| format!("{word:?}")).collect();
    let mut out = format!("purposes = [{}]\n", words.join(", "));
    let mut line = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            out.push_str(&format!("{key} = {value}\n"));
        }
    };
    let quoted = |text: String| format!("\"{text}\"");
    let time = |at: Option<Timestamp>| at.map(|at| quoted(at.to_string()));
    line("from", time(constraints.from));
    line("until", time(constraints.until));
    line("distrust_after", time(constraints.distrust_after));
    line(
        "max_path_len",
        constraints.max_path_len.map(|n| n.to_string()),
    );
    let hours = constraints
        .max_crl_age_secs
        .map(|secs| secs.div_euclid(3600));
    line("max_crl_age_hours", hours.map(|n| n.to_string()));
    line(
        "policies.accepted",
        constraints.policies.as_ref().map(|set| {
            let all: Vec<String> = set
                .iter()
                .map(|policy| quoted(oid::dotted(policy)))
                .collect();
            format!("[{}]", all.join(", "))
        }),
    );
    for (key, flag) in [
        (
            "policies.require_explicit",
            constraints.require_explicit_policy,
        ),
        (
            "policies.inhibit_mapping",
            constraints.inhibit_policy_mapping,
        ),
        ("policies.inhibit_any", constraints.inhibit_any_policy),
    ] {
        // Beside a set of policies silence would ask for an explicit one.
        line(key, Some(flag.to_string()));
    }
    let names = constraints.names.as_deref();
    line(
        "names.der",
        names.map(|der| quoted(crate::model::digest::to_hex(der))),
    );
    out
}

#[cfg(test)]
mod tests;
