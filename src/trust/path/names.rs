//! Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c), §6.1.4 (g)).

use super::Conformity;
use super::budget::{Budget, Exhausted};
use super::subtree::{Subtree, host_like};
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::x509::general_name::GeneralName;
use crate::trust::certificate::Certificate;
use crate::trust::name::Name;

/// emailAddress (RFC 5280 §4.1.2.6) and commonName.
const EMAIL: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// Why names do not lie where the issuers allow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NameFailure {
    /// A name outside every permitted subtree of its form.
    NotPermitted(String),
    /// A name in an excluded subtree.
    Excluded(String),
    /// A constraint, or a name under one, that cannot be processed (§4.2.1.10: then refuse).
    NotProcessed(&'static str),
    /// More than is compared.
    Exhausted,
}

impl From<Exhausted> for NameFailure {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

impl From<BerError> for NameFailure {
    fn from(_: BerError) -> Self {
        Self::NotProcessed("malformed name")
    }
}

/// How constraints are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) conformity: Conformity,
    /// Whether a base that cannot be processed refuses only certificates with a name of its form, as §4.2.1.10
    /// has it, or every one.
    pub(super) where_met: bool,
}

/// permitted_subtrees and excluded_subtrees (§6.1.2 (b), (c)).
#[derive(Debug)]
pub(super) struct NameState<'c> {
    reading: Reading,
    /// Those of one issuer each: a name must lie in one of every issuer that permits its form at all,
    /// which is the intersection that §6.1.4 (g)(1) asks for.
    permitted: Vec<Vec<Subtree<'c>>>,
    excluded: Vec<Subtree<'c>>,
}

impl<'c> NameState<'c> {
    /// No constraint at all.
    pub(super) fn new(reading: Reading) -> Self {
        Self {
            reading,
            permitted: Vec::new(),
            excluded: Vec::new(),
        }
    }

    /// §6.1.4 (g)
    pub(super) fn constrain(&mut self, issuer: &'c Certificate) -> Result<(), NameFailure> {
        match issuer.name_constraints() {
            Some(value) => self.add(value),
            None => Ok(()),
        }
    }

    /// Adds a NameConstraints.
    pub(super) fn add(&mut self, value: &'c [u8]) -> Result<(), NameFailure> {
        let mut fields = Reader::new(value).expect(0x30)?.reader();
        let permitted = fields
            .optional(0xa0)?
            .map(|e| subtrees(&e, self.reading))
            .transpose()?;
        let excluded = fields
            .optional(0xa1)?
            .map(|e| subtrees(&e, self.reading))
            .transpose()?;
        fields.end()?;
        if permitted.is_none() && excluded.is_none() {
            return Err(NameFailure::NotProcessed("empty nameConstraints"));
        }
        self.permitted.extend(permitted);
        self.excluded.extend(excluded.into_iter().flatten());
        Ok(())
    }

    fn len(&self) -> usize {
        let permitted = self.permitted.iter().map(Vec::len);
        permitted.fold(self.excluded.len(), usize::saturating_add)
    }

    /// §6.1.3 (b) and (c). `last` is the certificate that the path is for.
    pub(super) fn check(
        &self,
        certificate: &Certificate,
        last: bool,
        budget: &mut Budget,
    ) -> Result<(), NameFailure> {
        let count = self.len();
        if count == 0 {
            return Ok(());
        }
        let alternative = certificate.alternative_names()?;
        let texts = SubjectTexts::read(certificate.subject())?;
        let parts = texts.count.saturating_add(alternative.len());
        budget.names(parts, count)?;
        if !certificate.subject_name().is_empty() {
            self.directory(certificate.subject_name(), certificate.subject_text())?;
        }
        for name in &alternative {
            self.check_name(name)?;
        }
        for email in &texts.emails {
            self.check_name(&GeneralName::Mail(email.as_bytes()))?;
        }
        // A certificate for a host without dNSName names it by its commonName; OpenSSL's reading,
        // which no stricter one contradicts.
        let has_dns = alternative.iter().any(|n| matches!(n, GeneralName::Dns(_)));
        if last && !has_dns {
            for host in texts.common_names.iter().filter(|cn| host_like(cn)) {
                self.check_name(&GeneralName::Dns(host.as_bytes()))?;
            }
        }
        Ok(())
    }

    fn directory(&self, name: &Name, text: &str) -> Result<(), NameFailure> {
        self.decide(|base| base.holds_directory(name), || text.to_owned())
    }

    fn check_name(&self, name: &GeneralName<'_>) -> Result<(), NameFailure> {
        let shown = || match name {
            GeneralName::Mail(text) | GeneralName::Dns(text) | GeneralName::Uri(text) => {
                String::from_utf8_lossy(text).into_owned()
            }
            GeneralName::Ip(octets) => format!("IP {octets:?}"),
            GeneralName::Directory(der) => crate::trust::name::readable(der),
            GeneralName::Other(_)
            | GeneralName::X400(_)
            | GeneralName::EdiParty(_)
            | GeneralName::RegisteredId(_) => "?".to_owned(),
        };
        if let GeneralName::Directory(der) = name {
            let name = Name::parse(der)?;
            return self.decide(|base| base.holds_directory(&name), shown);
        }
        self.decide(|base| base.holds(name), shown)
    }

    /// Asks every subtree; `None` from one that is of another form.
    fn decide(
        &self,
        holds: impl Fn(&Subtree<'c>) -> Option<Result<Held, NameFailure>>,
        shown: impl Fn() -> String,
    ) -> Result<(), NameFailure> {
        for issuer in &self.permitted {
            let mut asked = false;
            let mut inside = false;
            for found in issuer.iter().filter_map(&holds) {
                asked = true;
                inside = inside || found?.wholly;
            }
            if asked && !inside {
                return Err(NameFailure::NotPermitted(shown()));
            }
        }
        for found in self.excluded.iter().filter_map(&holds) {
            if found?.partly {
                return Err(NameFailure::Excluded(shown()));
            }
        }
        Ok(())
    }
}

/// How a name lies to a subtree. Only a name with a wildcard can lie partly inside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Held {
    /// Everything it stands for is inside.
    pub(super) wholly: bool,
    /// Something it stands for is inside.
    pub(super) partly: bool,
}

impl From<bool> for Held {
    fn from(inside: bool) -> Self {
        Self {
            wholly: inside,
            partly: inside,
        }
    }
}

fn subtrees<'c>(list: &Element<'c>, reading: Reading) -> Result<Vec<Subtree<'c>>, NameFailure> {
    let mut items = list.reader();
    let mut found = Vec::new();
    while let Some(item) = items.next()? {
        let mut fields = item.reader();
        let base = GeneralName::read(&fields.any()?)?;
        // §4.2.1.10: minimum is zero and maximum absent; else process or refuse.
        let minimum = fields.optional(0x80)?;
        if minimum.is_some_and(|m| m.content != [0]) || fields.peek().is_some() {
            return Err(NameFailure::NotProcessed("minimum or maximum"));
        }
        let subtree = Subtree::new(&base, reading.conformity).or_else(|failure| {
            let unread = reading.where_met.then(|| Subtree::unread(&base));
            unread.flatten().ok_or(failure)
        });
        found.push(subtree?);
    }
    // GeneralSubtrees ::= SEQUENCE SIZE (1..MAX)
    if found.is_empty() {
        return Err(NameFailure::NotProcessed("empty nameConstraints"));
    }
    Ok(found)
}

/// The texts of a subject that stand for other forms of name.
struct SubjectTexts {
    count: usize,
    emails: Vec<String>,
    common_names: Vec<String>,
}

impl SubjectTexts {
    fn read(subject: &[u8]) -> Result<Self, BerError> {
        let mut found = Self {
            count: 0,
            emails: Vec::new(),
            common_names: Vec::new(),
        };
        let mut sets = Reader::new(subject).expect(0x30)?.reader();
        while let Some(set) = sets.next()? {
            let mut attributes = set.reader();
            while let Some(attribute) = attributes.next()? {
                let mut fields = attribute.reader();
                let kind = fields.expect(0x06)?.content;
                let value = fields.any()?;
                found.count = found.count.saturating_add(1);
                let list = match kind {
                    EMAIL => &mut found.emails,
                    COMMON_NAME => &mut found.common_names,
                    _ => continue,
                };
                let text = crate::trust::name::text(&value);
                list.push(text.ok_or(BerError::Value(value.start))?);
            }
        }
        Ok(found)
    }
}
