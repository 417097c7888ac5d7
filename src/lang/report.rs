//! A file's report as text for a terminal: colour and icon and words for every signature, who, of
//! which unit, what it covers, when, why, and what to do next.

use super::{administrator_step, counted, next_step, reason, text, visible, word};
use crate::model::{Disposition, Indication, Language, ReasonCode, Timestamp};
use crate::trust::at_signing::{AtSigning, Standing, TimeSource};
use crate::trust::changes::Changes;
use crate::trust::report::{
    CertificateInfo, Coverage, Covered, FileReport, SignatureReport, TimestampKind, TimestampReport,
};
use crate::trust::verdict::Verdict;
use std::fmt::Write as _;

/// Changed objects shown one by one.
const MAX_SHOWN: usize = 12;

/// How to render.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The language.
    pub language: Language,
    /// Whether to use colours.
    pub colour: bool,
}

/// What is known beside the report.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The file's name.
    pub name: &'a str,
    /// The moment for which it was judged.
    pub at: Timestamp,
    /// Since when it existed, by the word of who asks.
    pub existed: Option<Timestamp>,
    /// Whether any anchor is configured.
    pub anchors: bool,
    /// For each signature: the unit and role it is bound to, in words; may be shorter.
    pub units: &'a [Option<String>],
}

/// The whole report.
#[must_use]
pub fn file(style: Style, context: Context<'_>, report: &FileReport) -> String {
    let language = style.language;
    let mut out = String::new();
    line(
        &mut out,
        &text(language, "report-file", &[("name", &visible(context.name))]),
    );
    let format = word(language, "report-format", report.format.name());
    line(
        &mut out,
        &text(language, "report-format", &[("format", &format)]),
    );
    field(&mut out, language, "report-judged-at", &moment(context.at));
    if let Some(existed) = context.existed {
        field(&mut out, language, "report-existed", &moment(existed));
    }
    if let Some(fault) = &report.fault {
        out.push('\n');
        line(&mut out, &headline(style, fault));
        why(&mut out, language, fault);
        at_fault(&mut out, language, fault);
    }
    if report.signatures.is_empty() && report.fault.is_none() {
        let none = text(language, "report-no-signature", &[]);
        line(
            &mut out,
            &paint(style, Indication::Indeterminate, &format!("? {none}")),
        );
        let next = next_step(language, ReasonCode::NoSignature);
        field(&mut out, language, "report-next", &next);
    }
    if let (Some(worst), None) = (report.worst(), &report.fault) {
        let told = headline(style, worst);
        field(&mut out, language, "report-conclusion", &told);
    }
    if !report.signatures.is_empty() {
        let count = u64::try_from(report.signatures.len()).unwrap_or(0);
        line(&mut out, &counted(language, "report-count", count, &[]));
    }
    for (i, signature) in report.signatures.iter().enumerate() {
        let unit = context.units.get(i).and_then(Option::as_deref);
        let at_signing = AtSigning::of(signature, context.existed);
        title(&mut out, style, i.saturating_add(1), signature);
        circular(&mut out, style, signature, &at_signing, unit);
        details(&mut out, style, signature);
    }
    for timestamp in &report.timestamps {
        let unknown = text(language, "report-unknown", &[]);
        let told = stamped(style, timestamp, &unknown);
        field(&mut out, language, label(timestamp.kind), &told);
    }
    if !context.anchors && !report.signatures.is_empty() {
        out.push('\n');
        line(&mut out, &text(language, "report-no-anchors", &[]));
    }
    out
}

/// Icon and words of a verdict, in its colour.
#[must_use]
pub fn headline(style: Style, verdict: &Verdict) -> String {
    let sub = verdict.sub().map(|s| format!(" / {s}")).unwrap_or_default();
    let words = word(style.language, "indication", verdict.indication().name());
    let icon = icon(verdict.indication());
    let full = format!("{icon} {words} ({}{sub})", verdict.indication());
    paint(style, verdict.indication(), &full)
}

/// The icon beside the colour: neither stands alone.
#[must_use]
pub fn icon(indication: Indication) -> &'static str {
    match indication {
        Indication::TotalPassed => "✔",
        Indication::TotalFailed => "✘",
        Indication::Indeterminate => "?",
    }
}

/// `words` with the icon and in the colour of what the relay did.
#[must_use]
pub fn outcome(style: Style, disposition: Disposition, words: &str) -> String {
    let (icon, like) = match disposition {
        Disposition::Accept => ("✔", Indication::TotalPassed),
        Disposition::Record => ("!", Indication::Indeterminate),
        Disposition::Hold => ("…", Indication::Indeterminate),
        Disposition::Refuse => ("✘", Indication::TotalFailed),
    };
    paint(style, like, &format!("{icon} {words}"))
}

/// `words` in the colour of an indication.
#[must_use]
pub fn paint(style: Style, indication: Indication, words: &str) -> String {
    if !style.colour {
        return words.to_owned();
    }
    let code = match indication {
        Indication::TotalPassed => 32,
        Indication::TotalFailed => 31,
        Indication::Indeterminate => 33,
    };
    format!("\x1b[{code}m{words}\x1b[0m")
}

/// A moment of the wire as offices write it; whatever else was sent, as it is.
#[must_use]
pub fn moment_of(text: &str) -> String {
    Timestamp::parse(text).map_or_else(|| text.to_owned(), moment)
}

/// A moment as offices write it: `dd/mm/yyyy hh:mm:ss` at UTC+7.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    let full = at.to_string();
    let (day, rest) = full.split_once('T').unwrap_or((&full, ""));
    let mut parts: Vec<&str> = day.split('-').collect();
    parts.reverse();
    let time = rest.split('.').next().unwrap_or_default();
    format!("{} {time}", parts.join("/"))
}

fn title(out: &mut String, style: Style, n: usize, signature: &SignatureReport) {
    let language = style.language;
    out.push('\n');
    let (n, name) = (n.to_string(), visible(&signature.name));
    let values = [("n", n.as_str()), ("name", name.as_str())];
    line(out, &text(language, "report-signature", &values));
    line(out, &format!("  {}", headline(style, &signature.verdict)));
    why(out, language, &signature.verdict);
}

/// What the national circular asks to be shown, in words of an office; everything else is in the details.
fn circular(
    out: &mut String,
    style: Style,
    signature: &SignatureReport,
    found: &AtSigning,
    unit: Option<&str>,
) {
    let language = style.language;
    let unknown = || text(language, "report-unknown", &[]);
    let signer = signature.signer.as_ref();
    let of = |read: fn(&CertificateInfo) -> String| {
        let told = signer.map(|certificate| visible(&read(certificate)));
        told.unwrap_or_else(unknown)
    };
    line(
        out,
        &format!("  {}", text(language, "report-circular", &[])),
    );
    let mut row = |label: &str, value: &str| {
        let label = text(language, label, &[]);
        line(out, &format!("    {label}: {value}"));
    };
    row("report-signer", &of(CertificateInfo::holder));
    let organisation = signer.and_then(CertificateInfo::organisation);
    let organisation = organisation.map_or_else(unknown, |name| visible(&name));
    row("report-managing-unit", &organisation);
    if let Some(unit) = unit {
        row("report-unit", unit);
    }
    row("report-issuer", &of(CertificateInfo::issued_by));
    row("report-signing-time", &signing_time(language, found));
    let integrity = word(language, "report-integrity", signature.integrity.name());
    row("report-integrity", &integrity);
    let standing = word(language, "report-standing", found.standing.name());
    let colour = match found.standing {
        Standing::Valid => Indication::TotalPassed,
        Standing::NotValid => Indication::TotalFailed,
        Standing::Unchecked | Standing::NotConcluded => Indication::Indeterminate,
    };
    row("report-standing", &paint(style, colour, &standing));
    if let Some(certificate) = signer {
        row("report-validity", &period(language, certificate));
    }
}

/// When it was signed, and by whose word.
fn signing_time(language: Language, found: &AtSigning) -> String {
    let Some((at, source)) = found.time else {
        return text(language, "report-signing-time-none", &[]);
    };
    let at = moment(at);
    let key = match source {
        TimeSource::Timestamp => "report-signing-time-timestamp",
        TimeSource::Existed => "report-signing-time-existed",
        TimeSource::Claimed => "report-signing-time-claimed",
    };
    text(language, key, &[("at", &at)])
}

fn period(language: Language, certificate: &CertificateInfo) -> String {
    let (from, until) = (
        moment(certificate.not_before),
        moment(certificate.not_after),
    );
    let span = [("from", from.as_str()), ("until", until.as_str())];
    text(language, "report-validity-span", &span)
}

fn details(out: &mut String, style: Style, signature: &SignatureReport) {
    let language = style.language;
    let unknown = text(language, "report-unknown", &[]);
    line(out, &format!("  {}", text(language, "report-details", &[])));
    if let Some(certificate) = &signature.signer {
        let (subject, issuer) = (visible(&certificate.subject), visible(&certificate.issuer));
        field(out, language, "report-subject", &subject);
        field(out, language, "report-issuer-name", &issuer);
    }
    if let Some(domain) = &signature.domain {
        field(out, language, "report-domain", domain);
    }
    field(
        out,
        language,
        "report-covers",
        &coverage(language, signature),
    );
    for covered in signature.covers.iter().take(MAX_SHOWN) {
        let told = covered_by(language, covered);
        field(out, language, "report-covered", &told);
    }
    if let Some(more @ 1..) = signature.covers.len().checked_sub(MAX_SHOWN) {
        let told = text(
            language,
            "report-covered-more",
            &[("count", &more.to_string())],
        );
        field(out, language, "report-covered", &told);
    }
    if let Some(changes) = &signature.changes {
        came_later(out, language, changes);
    }
    if let Some(level) = signature.level {
        let level = word(language, "report-level", &level.name().to_lowercase());
        field(out, language, "report-level", &level);
    }
    if !signature.algorithm.is_empty() {
        field(
            out,
            language,
            "report-algorithm",
            &visible(&signature.algorithm),
        );
    }
    if let Some(claimed) = signature.claimed_time {
        field(out, language, "report-claimed-time", &moment(claimed));
    }
    for timestamp in &signature.timestamps {
        let told = stamped(style, timestamp, &unknown);
        field(out, language, label(timestamp.kind), &told);
    }
    countersigned(out, style, signature);
    for evidence in &signature.evidence {
        let until = evidence.next_update.map_or_else(|| unknown.clone(), moment);
        let from = moment(evidence.this_update);
        let span = [("from", from.as_str()), ("until", until.as_str())];
        field(
            out,
            language,
            "report-evidence",
            &text(language, "report-evidence-span", &span),
        );
    }
    at_fault(out, language, &signature.verdict);
    for warning in &signature.warnings {
        field(out, language, "report-warning", &reason(language, warning));
    }
}

/// Who signed the signature, and whether it holds.
fn countersigned(out: &mut String, style: Style, signature: &SignatureReport) {
    for own in &signature.countersignatures {
        let by = own.signer.as_ref().map(|s| visible(&s.subject));
        let by = by.unwrap_or_else(|| text(style.language, "report-unknown", &[]));
        let told = format!("{by}: {}", headline(style, &own.verdict));
        field(out, style.language, "report-countersignature", &told);
    }
}

fn label(kind: TimestampKind) -> &'static str {
    match kind {
        TimestampKind::Signature => "report-timestamp",
        TimestampKind::Archive => "report-archive-timestamp",
        TimestampKind::Document => "report-document-timestamp",
        TimestampKind::Content => "report-content-timestamp",
        TimestampKind::References => "report-references-timestamp",
    }
}

/// When, by whom, and whether it holds; the reason where it does not.
fn stamped(style: Style, timestamp: &TimestampReport, unknown: &str) -> String {
    let (stamp, signature) = (timestamp.stamp.as_ref(), &timestamp.signature);
    let at = stamp.map_or_else(|| unknown.to_owned(), |stamp| moment(stamp.gen_time));
    let authority = signature.signer.as_ref();
    let authority = authority.map_or_else(|| unknown.to_owned(), |s| visible(&s.subject));
    let verdict = headline(style, &signature.verdict);
    let values = [
        ("at", at.as_str()),
        ("authority", authority.as_str()),
        ("verdict", verdict.as_str()),
    ];
    let told = text(style.language, "report-timestamp-of", &values);
    if signature.verdict.is_passed() {
        return told;
    }
    format!(
        "{told} {}",
        reason(style.language, signature.verdict.reason())
    )
}

fn coverage(language: Language, signature: &SignatureReport) -> String {
    let end = signature
        .covered_until
        .map_or_else(String::new, |end| end.to_string());
    match signature.coverage {
        Coverage::Revision => text(language, "report-covers-revision", &[("end", &end)]),
        Coverage::WholeFile
        | Coverage::Encapsulated
        | Coverage::Detached
        | Coverage::Part
        | Coverage::Unclear => word(language, "report-covers", signature.coverage.name()),
    }
}

/// What one reference covers: an element with its place, or another file.
fn covered_by(language: Language, covered: &Covered) -> String {
    let uri = visible(covered.uri.as_deref().unwrap_or_default());
    match (&covered.element, &covered.range) {
        (Some(element), Some(range)) => {
            let (from, until) = (range.start.to_string(), range.end.to_string());
            let element = match &covered.id {
                Some(id) => format!("{element} #{id}"),
                None => element.clone(),
            };
            let values = [
                ("element", visible(&element)),
                ("from", from),
                ("until", until),
            ];
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            text(language, "report-covered-range", &values)
        }
        (Some(element), None) => text(
            language,
            "report-covered-element",
            &[("element", &visible(element))],
        ),
        (None, _) => text(language, "report-covered-file", &[("uri", &uri)]),
    }
}

/// The most that was done to the file later, then object by object.
fn came_later(out: &mut String, language: Language, changes: &Changes) {
    let level = word(language, "report-changes", changes.level.name());
    field(out, language, "report-changes", &level);
    let (shown, more) = changes
        .objects
        .split_at(changes.objects.len().min(MAX_SHOWN));
    // An objection stands last and is never left out.
    for change in shown.iter().chain(more.last()) {
        let revision = change.revision.to_string();
        let what = word(language, "change", change.kind.name());
        let object = change.object.map(|object| object.to_string());
        let values = [
            ("revision", revision.as_str()),
            ("what", what.as_str()),
            ("object", object.as_deref().unwrap_or_default()),
        ];
        let told = match object {
            Some(_) => text(language, "report-change-of", &values),
            None => text(language, "report-change-of-whole", &values),
        };
        line(out, &format!("    - {told}"));
    }
    if more.len() > 1 {
        let count = more.len().saturating_sub(1).to_string();
        let told = text(language, "report-change-more", &[("count", &count)]);
        line(out, &format!("    - {told}"));
    }
}

/// Why, and what to do now.
fn why(out: &mut String, language: Language, verdict: &Verdict) {
    let why = reason(language, verdict.reason());
    field(out, language, "report-reason", &why);
    if !verdict.is_passed() {
        let next = next_step(language, verdict.reason().code);
        field(out, language, "report-next", &next);
    }
}

/// For those who look after the gateway: the words of the standard, the certificate, the remedy.
fn at_fault(out: &mut String, language: Language, verdict: &Verdict) {
    if verdict.is_passed() {
        return;
    }
    if let Some(sub) = verdict.sub() {
        let words = format!("{sub} — {}", word(language, "sub", sub.name()));
        field(out, language, "report-sub-indication", &words);
    }
    let reason = verdict.reason();
    if let Some(sha256) = reason.arg("certificate") {
        let subject = reason.arg("subject").unwrap_or_default();
        let words = format!("{} (SHA-256 {sha256})", visible(subject));
        field(out, language, "report-certificate-at-fault", &words);
    }
    if let Some(clause) = reason.arg("clause") {
        field(out, language, "report-clause", clause);
    }
    let remedy = administrator_step(language, reason.code);
    field(out, language, "report-administrator", &remedy);
}

fn field(out: &mut String, language: Language, label: &str, value: &str) {
    let _ = writeln!(out, "  {}: {value}", text(language, label, &[]));
}

fn line(out: &mut String, words: &str) {
    out.push_str(words);
    out.push('\n');
}
