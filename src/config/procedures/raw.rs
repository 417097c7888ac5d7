//! What stands in the file, and what it means.

use super::super::ConfigError;
use super::super::mistake::Page;
use crate::dossier::{
    Component, Condition, Fact, FactKind, Form, Place, Procedure, SignedBy, Term, Validity,
    contradictions,
};
use crate::model::{is_blank, is_hidden, nfc};
use crate::registry::Level;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;

/// The longest name, ground or question, in characters: names of procedures take up to 400.
const MAX_TEXT: usize = 1_000;
/// The longest code (the national ones have 8).
const MAX_CODE: usize = 40;

pub(super) type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) code: Word,
    pub(super) name: Word,
    pub(super) field: Word,
    pub(super) level: Word,
    pub(super) basis: Word,
    pub(super) version: Spanned<u16>,
    pub(super) from: Word,
    pub(super) until: Option<Word>,
    pub(super) working_days: Option<Spanned<u16>>,
    pub(super) working_hours: Option<Spanned<u16>>,
    #[serde(default)]
    pub(super) fee: bool,
    #[serde(default)]
    pub(super) sample: bool,
    pub(super) source: Option<Word>,
    #[serde(default)]
    pub(super) facts: BTreeMap<String, Spanned<RawFact>>,
    #[serde(default)]
    pub(super) conditions: BTreeMap<String, Word>,
    #[serde(default)]
    pub(super) component: Vec<Spanned<RawComponent>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFact {
    pub(super) question: Word,
    pub(super) kind: Option<Word>,
    pub(super) words: Option<Vec<Word>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawComponent {
    pub(super) id: Word,
    pub(super) name: Word,
    pub(super) forms: Vec<Word>,
    pub(super) template: Option<Word>,
    pub(super) copies: Option<u8>,
    pub(super) signed_by: Option<Word>,
    pub(super) valid_days: Option<Spanned<u16>>,
    pub(super) valid_months: Option<Spanned<u16>>,
    pub(super) when: Option<Word>,
    pub(super) one_of: Option<Word>,
    #[serde(default)]
    pub(super) several: bool,
    pub(super) in_database: Option<Word>,
    pub(super) basis: Option<Word>,
}

pub(super) fn read(page: &Page<'_>) -> Result<Procedure, ConfigError> {
    let raw: Raw = toml::from_str(page.text).map_err(|e| page.wrong(e.span(), e.message()))?;
    meant(page, &raw)
}

/// What is meant, if it can be meant.
pub(super) fn meant(page: &Page<'_>, raw: &Raw) -> Result<Procedure, ConfigError> {
    let procedure = procedure(page, raw)?;
    match contradictions(&procedure).into_iter().next() {
        None => Ok(procedure),
        Some((place, what)) => Err(page.wrong(Some(span(raw, &place)), &what.to_string())),
    }
}

/// Where a contradiction is shown.
fn span(raw: &Raw, place: &Place) -> Range<usize> {
    let found = match place {
        Place::Procedure => None,
        Place::Fact(name) => raw.facts.get(name).map(Spanned::span),
        Place::Condition(name) => raw.conditions.get(name).map(Spanned::span),
        Place::Component(at) => raw.component.get(*at).map(|own| own.get_ref().id.span()),
    };
    found.unwrap_or_else(|| raw.code.span())
}

fn procedure(page: &Page<'_>, raw: &Raw) -> Result<Procedure, ConfigError> {
    let term = match (&raw.working_days, &raw.working_hours) {
        (Some(days), None) => Term::WorkingDays(*days.get_ref()),
        (None, Some(hours)) => Term::WorkingHours(*hours.get_ref()),
        (None, None) | (Some(_), Some(_)) => {
            let problem = "expected one of: working_days, working_hours";
            return Err(page.wrong(Some(raw.code.span()), problem));
        }
    };
    if *raw.version.get_ref() == 0 {
        return Err(page.wrong(Some(raw.version.span()), "versions count from 1"));
    }
    let day = |word: &Option<Word>| word.as_ref().map(|word| page.day(word)).transpose();
    Ok(Procedure {
        code: page.procedure_code(&raw.code)?,
        name: page.line(&raw.name)?,
        field: page.line(&raw.field)?,
        level: page.one_of(&raw.level, Level::ALL, |level| level.name())?,
        basis: page.line(&raw.basis)?,
        version: *raw.version.get_ref(),
        from: page.day(&raw.from)?,
        until: day(&raw.until)?,
        term,
        fee: raw.fee,
        sample: raw.sample,
        source: page.maybe(raw.source.as_ref())?,
        facts: facts(page, raw)?,
        conditions: conditions(page, raw)?,
        components: raw
            .component
            .iter()
            .map(|own| component(page, own.get_ref()))
            .collect::<Result<_, _>>()?,
    })
}

fn facts(page: &Page<'_>, raw: &Raw) -> Result<BTreeMap<String, Fact>, ConfigError> {
    let one = |(name, own): (&String, &Spanned<RawFact>)| {
        let fact = own.get_ref();
        let kind = fact.kind.as_ref().map(|kind| kind.get_ref().as_str());
        let kind = match (kind, &fact.words) {
            (Some("flag"), None) => FactKind::Flag,
            (Some("number"), None) => FactKind::Number,
            (None, Some(words)) => {
                let words: Vec<String> = words
                    .iter()
                    .map(|word| page.line(word))
                    .collect::<Result<_, _>>()?;
                let quoted = words.iter().any(|word| word.contains('\''));
                let all: BTreeSet<String> = words.iter().cloned().collect();
                if quoted || all.len() != words.len() {
                    let problem = "words are there once each, without '";
                    return Err(page.wrong(Some(own.span()), problem));
                }
                FactKind::Word(all)
            }
            (_, _) => {
                let problem =
                    "expected kind = \"flag\", kind = \"number\" or words = [\"…\", \"…\"]";
                return Err(page.wrong(Some(own.span()), problem));
            }
        };
        let question = page.line(&fact.question)?;
        Ok((name.clone(), Fact { question, kind }))
    };
    raw.facts.iter().map(one).collect()
}

fn conditions(page: &Page<'_>, raw: &Raw) -> Result<BTreeMap<String, Condition>, ConfigError> {
    let one = |(name, text): (&String, &Word)| Ok((name.clone(), page.condition(text)?));
    raw.conditions.iter().map(one).collect()
}

fn component(page: &Page<'_>, raw: &RawComponent) -> Result<Component, ConfigError> {
    let valid = match (&raw.valid_days, &raw.valid_months) {
        (None, None) => None,
        (Some(days), None) => Some(Validity::Days(*days.get_ref())),
        (None, Some(months)) => Some(Validity::Months(*months.get_ref())),
        (Some(_), Some(months)) => {
            let problem = "either valid_days or valid_months";
            return Err(page.wrong(Some(months.span()), problem));
        }
    };
    let forms = raw.forms.iter();
    let forms = forms.map(|form| page.one_of(form, Form::ALL, |form| form.name()));
    let signed_by = raw.signed_by.as_ref();
    let signed_by = signed_by.map(|word| page.one_of(word, SignedBy::ALL, |by| by.name()));
    Ok(Component {
        id: raw.id.get_ref().clone(),
        name: page.line(&raw.name)?,
        forms: forms.collect::<Result<_, _>>()?,
        template: page.maybe(raw.template.as_ref())?,
        copies: raw.copies.unwrap_or(1),
        signed_by: signed_by.transpose()?.unwrap_or(SignedBy::Nobody),
        valid,
        when: raw
            .when
            .as_ref()
            .map(|text| page.condition(text))
            .transpose()?,
        one_of: page.maybe(raw.one_of.as_ref())?,
        several: raw.several,
        in_database: page.maybe(raw.in_database.as_ref())?,
        basis: page.maybe(raw.basis.as_ref())?,
    })
}

impl Page<'_> {
    /// A code that is also the name of a file.
    fn procedure_code(&self, word: &Word) -> Result<String, ConfigError> {
        let text = word.get_ref();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !first || text.len() > MAX_CODE || !text.chars().all(fits) {
            let problem = format!("expected letters, digits, . and -, at most {MAX_CODE}");
            return Err(self.wrong(Some(word.span()), &problem));
        }
        Ok(text.clone())
    }

    /// One line of text that can be seen.
    pub(in crate::config) fn line(&self, word: &Word) -> Result<String, ConfigError> {
        let text = nfc(word.get_ref().trim());
        if is_blank(&text) || text.chars().count() > MAX_TEXT || text.chars().any(is_hidden) {
            let problem = format!("expected 1 to {MAX_TEXT} characters in one line");
            return Err(self.wrong(Some(word.span()), &problem));
        }
        Ok(text)
    }

    fn maybe(&self, word: Option<&Word>) -> Result<Option<String>, ConfigError> {
        word.map(|word| self.line(word)).transpose()
    }

    pub(in crate::config) fn one_of<T: Copy>(
        &self,
        word: &Word,
        all: &[T],
        name: impl Fn(&T) -> &'static str,
    ) -> Result<T, ConfigError> {
        let found = all.iter().find(|one| name(one) == word.get_ref());
        let names: Vec<&str> = all.iter().map(&name).collect();
        let problem = format!("expected one of: {}", names.join(", "));
        found
            .copied()
            .ok_or_else(|| self.wrong(Some(word.span()), &problem))
    }

    /// A condition; a mistake in it is shown at its own character.
    fn condition(&self, word: &Word) -> Result<Condition, ConfigError> {
        Condition::parse(word.get_ref()).map_err(|e| {
            let span = word.span();
            let before: usize = word
                .get_ref()
                .chars()
                .take(e.at.saturating_sub(1))
                .map(char::len_utf8)
                .sum();
            // Behind the quotation mark; a text with escapes is shown as a whole.
            let start = span.start.saturating_add(1).saturating_add(before);
            let plain =
                self.text.get(span.clone()).map(str::len) == word.get_ref().len().checked_add(2);
            let place = match plain {
                true => start..start.saturating_add(1),
                false => span,
            };
            self.wrong(Some(place), &e.problem)
        })
    }
}
