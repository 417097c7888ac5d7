//! Every sentence for people, Vietnamese first and English beside it. The core gives codes with
//! arguments; nothing but this module holds sentences.
//!
//! The files are Fluent; values are not wrapped in isolation marks, because they go to terminals
//! and CSV as well as pages.

mod foreign;
mod foreign_config;
mod foreign_dossier;
mod foreign_survey;
mod numbers;
mod register;
pub mod report;
mod units;

pub use foreign::{foreign, usage};
pub use numbers::{number, percent, points, tenths};
pub use register::{
    register_columns, register_conflict, register_error, register_mistake, register_span,
};
pub use units::{cell, difference, happened, registry, table};

use crate::format::envelope::EnvelopeProblem;
use crate::model::{
    Language, LocalDay, Period, PeriodKind, Reason, ReasonCode, Timestamp, is_hidden,
};
use crate::rates::Definition;
use crate::rates::definitions::Terms;
use crate::rates::report::Denominator;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A period as people say it: *quý IV/2026*.
#[must_use]
pub fn period(language: Language, period: Period) -> String {
    let (first, last) = period.days().into_inner();
    let (first, last) = (day(language, first), day(language, last));
    let (year, number) = (period.year().to_string(), period.number().to_string());
    let values = [
        ("year", year.as_str()),
        ("number", number.as_str()),
        ("first", first.as_str()),
        ("last", last.as_str()),
    ];
    let key = match (period.kind(), period.number()) {
        (PeriodKind::Day, _) => "period-day",
        (PeriodKind::Week, _) => "period-week",
        (PeriodKind::Month, _) => "period-month",
        (PeriodKind::Quarter, 1) => "period-quarter-1",
        (PeriodKind::Quarter, 2) => "period-quarter-2",
        (PeriodKind::Quarter, 3) => "period-quarter-3",
        (PeriodKind::Quarter, _) => "period-quarter-4",
        (PeriodKind::HalfYear, 1) => "period-half-1",
        (PeriodKind::HalfYear, _) => "period-half-2",
        (PeriodKind::Year, _) => "period-year",
    };
    let said = text(language, key, &values);
    match period.is_administrative() {
        true => {
            let [_, _, first, last] = values;
            text(
                language,
                "period-administrative",
                &[("period", &said), first, last],
            )
        }
        false => said,
    }
}

/// A day as people write it: 24/11/2026, or 24 November 2026.
#[must_use]
pub fn day(language: Language, day: LocalDay) -> String {
    match language {
        Language::Vi => day.0.strftime("%d/%m/%Y").to_string(),
        Language::En => day.0.strftime("%-d %B %Y").to_string(),
    }
}

/// Every stable problem code of the HTTP interface; each has a title and a detail.
pub const PROBLEMS: &[&str] = &[
    "period_running",
    "period_open",
    "nothing_to_correct",
    "bad_envelope",
    "bad_dossier",
    "bad_survey",
    "unknown_procedure",
    "dossier_incomplete",
    "ground_required",
    "rescheduled_before",
    "beyond_the_list",
    "bad_multipart",
    "bad_request",
    "digest_mismatch",
    "unknown_recipient",
    "unit_not_found",
    "not_authenticated",
    "not_bound",
    "certificate_expired",
    "certificate_revoked",
    "forbidden",
    "key_reused",
    "erased",
    "erased_not_purged",
    "impossible_move",
    "reason_required",
    "not_found",
    "gone",
    "withdrawn",
    "too_large",
    "busy",
    "share_full",
    "disk_full",
    "clock_back",
    "unknown_outcome",
    "unavailable",
    "rebuilding",
    "method_not_allowed",
    "unsupported_media_type",
    "timeout",
    "bad_rules",
    "internal",
    "certificate_unknown",
    "head_too_large",
    "bad_query",
    "bad_body",
    "truncated",
    "envelope_missing",
    "recipient_is_sender",
    "file_missing",
    "part_unexpected",
    "file_empty",
    "file_too_large",
    "bad_digest",
    "bad_key",
    "unknown_status",
    "not_relayed",
    "not_dead",
    "replayed_too_often",
    "moved_meanwhile",
    "bad_register",
    "register_covered",
    "register_undone",
    "finding_closed",
    "evidence_required",
    "evidence_unknown",
    "no_post",
    "no_contact",
    "not_sent",
];

type Bundle = FluentBundle<FluentResource>;

static VI: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Vi));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En));

fn source(language: Language) -> &'static str {
    match language {
        Language::Vi => include_str!("vi.ftl"),
        Language::En => include_str!("en.ftl"),
    }
}

fn bundle(language: Language) -> Bundle {
    let id: LanguageIdentifier = language.name().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    // A test holds the files free of mistakes; a broken line costs its own sentence only.
    let resource = FluentResource::try_new(source(language).to_owned());
    let resource = resource.unwrap_or_else(|(partial, _)| partial);
    let _ = bundle.add_resource(resource);
    bundle
}

/// The sentence `key`, or its attribute `key.attribute`; the key itself if there is none.
#[must_use]
pub fn text(language: Language, key: &str, values: &[(&str, &str)]) -> String {
    find(language, key, values).unwrap_or_else(|| key.to_owned())
}

/// The sentence `key` with a number in it, which also chooses its plural form.
#[must_use]
pub fn counted(language: Language, key: &str, count: u64, values: &[(&str, &str)]) -> String {
    let mut arguments = arguments(values);
    arguments.set("count", count);
    format(language, key, &arguments).unwrap_or_else(|| key.to_owned())
}

fn arguments<'a>(values: &[(&'a str, &'a str)]) -> FluentArgs<'a> {
    values.iter().map(|(name, value)| (*name, *value)).collect()
}

fn find(language: Language, key: &str, values: &[(&str, &str)]) -> Option<String> {
    format(language, key, &arguments(values))
}

fn format(language: Language, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
    let bundle: &Bundle = match language {
        Language::Vi => &VI,
        Language::En => &EN,
    };
    let (id, attribute) = key
        .split_once('.')
        .map_or((key, None), |(i, a)| (i, Some(a)));
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(name) => message.get_attribute(name)?.value(),
        None => message.value()?,
    };
    let mut errors = Vec::new();
    let sentence = bundle.format_pattern(pattern, Some(arguments), &mut errors);
    Some(sentence.into_owned())
}

fn key_of(prefix: &str, name: &str) -> String {
    format!("{prefix}-{}", name.replace('_', "-").to_lowercase())
}

/// The sentence of a word with a stable name: `word(vi, "indication", "TOTAL-PASSED")`.
#[must_use]
pub fn word(language: Language, prefix: &str, name: &str) -> String {
    text(language, &key_of(prefix, name), &[])
}

/// The sentence of a word with a stable name, with values in it.
#[must_use]
pub fn word_with(language: Language, prefix: &str, name: &str, values: &[(&str, &str)]) -> String {
    text(language, &key_of(prefix, name), values)
}

/// What is wrong, with the particulars of the case.
#[must_use]
pub fn reason(language: Language, reason: &Reason) -> String {
    let sentence = word(language, "reason", reason.code.name());
    // The report shows these two on lines of their own.
    let long = |name: &str| matches!(name, "certificate" | "clause");
    let args = reason.args.iter().filter(|(name, _)| !long(name));
    with_particulars(
        language,
        sentence,
        args.map(|(name, value)| (*name, value.as_str())),
    )
}

/// What an administrator should see to, with the particulars of the case, and what to do about it.
#[must_use]
pub fn finding<'a>(
    language: Language,
    code: &str,
    args: impl Iterator<Item = (&'a str, &'a str)>,
) -> (String, String) {
    let key = key_of("finding", code);
    let sentence = with_particulars(language, text(language, &key, &[]), args);
    (sentence, text(language, &format!("{key}.next"), &[]))
}

fn with_particulars<'a>(
    language: Language,
    sentence: String,
    args: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let particulars: Vec<String> = args
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let label = find(language, &key_of("arg", name), &[]);
            let known = match name {
                "change" => find(language, &key_of("change", value), &[]),
                "reason" => find(language, &key_of("revoked", value), &[]),
                _ => Timestamp::parse(value).map(report::moment),
            };
            let value = known.unwrap_or_else(|| visible(value));
            format!("{}: {value}", label.as_deref().unwrap_or(name))
        })
        .collect();
    if particulars.is_empty() {
        sentence
    } else {
        format!("{sentence} ({})", particulars.join("; "))
    }
}

/// What to do about it.
#[must_use]
pub fn next_step(language: Language, code: ReasonCode) -> String {
    text(
        language,
        &format!("{}.next", key_of("reason", code.name())),
        &[],
    )
}

/// What the administrator does about it.
#[must_use]
pub fn administrator_step(language: Language, code: ReasonCode) -> String {
    let key = key_of("reason", code.name());
    text(language, &format!("{key}.admin"), &[])
}

/// What is wrong and what to do about it, in one paragraph.
#[must_use]
pub fn reason_with_next(language: Language, given: &Reason) -> String {
    format!(
        "{} {}",
        reason(language, given),
        next_step(language, given.code)
    )
}

/// Title and detail of a problem; an unknown code is an internal one.
#[must_use]
pub fn problem(language: Language, code: &str) -> (String, String) {
    let known = if PROBLEMS.contains(&code) {
        code
    } else {
        "internal"
    };
    let key = key_of("problem", known);
    (
        text(language, &key, &[]),
        text(language, &format!("{key}.detail"), &[]),
    )
}

/// Why something could not be fetched, and what to do about it. `code` and `value` are those of
/// its error.
#[must_use]
pub fn fetch(language: Language, code: &str, value: &str) -> (String, String) {
    let key = key_of("fetch", code);
    (
        text(language, &key, &[("value", &visible(value))]),
        text(language, &format!("{key}.next"), &[]),
    )
}

/// How a delivery stands: how often it failed, the code and value of the last failure (without a
/// number of attempts it is the recipient's), and when it is tried again.
#[must_use]
pub fn delivery(
    language: Language,
    unit: &str,
    attempts: u32,
    failure: Option<(&str, &str)>,
    next: Option<Timestamp>,
) -> String {
    let Some((code, value)) = failure else {
        return text(language, "delivery-waiting", &[("unit", unit)]);
    };
    let error = text(
        language,
        &key_of("delivery", code),
        &[("value", &visible(value))],
    );
    let values = [("unit", unit), ("error", error.as_str())];
    let what = match attempts {
        0 => text(language, "delivery-alone", &values),
        n => counted(language, "delivery-trying", u64::from(n), &values),
    };
    let when = match next {
        Some(at) => text(language, "delivery-next", &[("at", &report::moment(at))]),
        None => text(language, "delivery-turn", &[]),
    };
    format!("{what} {when} {}", text(language, "delivery-nothing", &[]))
}

/// An attempt to deliver as it is on record: the how-manieth it was, and how it ended.
#[must_use]
pub fn attempt(language: Language, number: u32, outcome: &str, code: Option<u16>) -> String {
    let value = code.map(|code| code.to_string()).unwrap_or_default();
    let error = text(language, &key_of("delivery", outcome), &[("value", &value)]);
    let number = number.to_string();
    let values = [("number", number.as_str()), ("error", error.as_str())];
    text(language, "delivery-attempt", &values)
}

/// What is wrong with a field of an envelope.
#[must_use]
pub fn envelope(language: Language, problem: &EnvelopeProblem) -> String {
    let (key, name, value) = match problem {
        EnvelopeProblem::Shape(words) => ("field-shape", "problem", foreign(language, words)),
        EnvelopeProblem::TooLong(max) => ("field-too-long", "max", max.to_string()),
        EnvelopeProblem::Empty => ("field-empty", "", String::new()),
        EnvelopeProblem::Invalid(value) => ("field-invalid", "value", value.clone()),
        EnvelopeProblem::Repeated(value) => ("field-repeated", "value", value.clone()),
    };
    text(language, key, &[(name, &visible(&value))])
}

/// What is known of a denominator that has no rate: *chưa rõ mẫu số*, or for how many days it is.
#[must_use]
pub fn denominator(language: Language, denominator: Denominator) -> String {
    match denominator {
        Denominator::Partial { covered, of, .. } => {
            let (covered, of) = (covered.to_string(), of.to_string());
            let values = [("covered", covered.as_str()), ("of", of.as_str())];
            text(language, "cli-rates-partial", &values)
        }
        Denominator::Known(_) | Denominator::Unknown { .. } => {
            text(language, "cli-rates-unknown", &[])
        }
    }
}

/// What a rate leaves out, in words with commas between them.
#[must_use]
pub fn left_out(language: Language, rate: &Definition) -> String {
    let words = rate.without.iter();
    let words = words.map(|one| word(language, "exclusion", one.name()));
    words.collect::<Vec<_>>().join(", ")
}

/// A sum of measures in words: *có chữ ký cơ quan − đủ hai chữ ký*.
#[must_use]
pub fn terms(language: Language, terms: Terms) -> String {
    let mut out = String::new();
    for (place, (sign, measure)) in terms.iter().enumerate() {
        out.push_str(match (place, *sign < 0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        });
        out.push_str(&word(language, "measure", &measure.name()));
    }
    out
}

/// The language that `Accept-Language` (RFC 9110 §12.5.4) asks for, else `default`.
#[must_use]
pub fn negotiate(header: Option<&str>, default: Language) -> Language {
    let mut best = (0u16, default);
    for range in header.unwrap_or_default().split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let primary = tag.split('-').next().unwrap_or_default();
        let quality = parts
            .find_map(|p| p.strip_prefix("q="))
            .map_or(1000, per_mille);
        if let Some(language) = Language::from_name(primary)
            && quality > best.0
        {
            best = (quality, language);
        }
    }
    best.1
}

fn per_mille(quality: &str) -> u16 {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    let digits: String = decimals.chars().chain("000".chars()).take(3).collect();
    match whole {
        "1" => 1000,
        "0" => digits.parse().unwrap_or(0),
        _ => 0,
    }
}

/// The language of a terminal: `C` and `POSIX` say nothing, so Vietnamese.
#[must_use]
pub fn of_locale(locale: Option<&str>) -> Language {
    let english = locale.is_some_and(|l| l.to_ascii_lowercase().starts_with("en"));
    if english { Language::En } else { Language::Vi }
}

/// Text of others with control and direction characters made visible.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests;
