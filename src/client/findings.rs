//! Findings over the wire: opened from a figure or from documents, listed, closed with evidence, reminded of.

use serde::{Deserialize, Serialize};

/// Which findings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingsQuery {
    /// Those of one unit; only for the administrator, a unit sees its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// `true`: those that are not closed, by their due dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// `true`: those whose due date is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<String>,
    /// The cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The most rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// Body of `POST /admin/findings`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// The unit of which it is.
    pub unit: String,
    /// The rate or measure of the unit that it is opened from; absent: the documents are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The period of that figure; absent: this month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Whether it is about what the rate lacks.
    #[serde(default)]
    pub missing: bool,
    /// Documents one by one: an identifier, `ID@RECIPIENT`, or `NUMBER/NOTATION/YEAR` of the unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// What is wrong.
    pub wrong: String,
    /// What is to be done.
    pub remedy: String,
    /// Who answers for that.
    pub owner: String,
    /// The last day on which it is in time (`YYYY-MM-DD`).
    pub due: String,
    /// Who opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
}

/// A file of evidence.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFileRequest {
    /// Its name.
    pub name: String,
    /// Its bytes in base64.
    pub content: String,
}

/// Body of `POST /admin/findings/{id}/close`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// What shows it: the identifier of a document or of a register, `receipt:POSITION`, `statement:PERIOD[/NUMBER]`, or
    /// `sha256:DIGEST` of a file that is kept already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Files that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<EvidenceFileRequest>,
    /// How it was made good.
    pub said: String,
    /// Who closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
}

/// The figure that a finding was opened from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FoundInView {
    /// The rate or measure.
    pub measure: String,
    /// Its period.
    pub period: String,
    /// Whether it is about what the rate lacks.
    pub missing: bool,
    /// How many items its list had then.
    pub total: u64,
    /// The record of the log that it was read at.
    pub position: u64,
    /// The command that opens the figure down to all of them.
    pub command: String,
}

/// One piece of evidence.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EvidenceOfView {
    /// `document`, `receipt`, `statement`, `register` or `file`.
    pub kind: String,
    /// Its identifier, position, period with number, or SHA-256.
    pub value: String,
    /// The name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// How a finding ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FindingEndView {
    /// When.
    pub at: String,
    /// The place of the record.
    pub position: u64,
    /// How it was made good.
    pub said: String,
    /// Who closed it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// The unit that did; absent: the administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What shows it.
    pub evidence: Vec<EvidenceOfView>,
}

/// A finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FindingView {
    /// Its identifier.
    pub id: String,
    /// The unit of which it is.
    pub unit: String,
    /// The unit's name.
    pub name: String,
    /// The figure that it was opened from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<FoundInView>,
    /// How many documents it names.
    pub documents: u32,
    /// What is wrong.
    pub wrong: String,
    /// What is to be done.
    pub remedy: String,
    /// Who answers for that.
    pub owner: String,
    /// The last day on which it is in time.
    pub due: String,
    /// By how many days it is late; 0 if it is not, or is closed.
    pub days_late: u32,
    /// `open`, `overdue` or `closed`.
    pub state: String,
    /// When it was opened.
    pub opened: String,
    /// The unit that opened it; absent: the administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Who opened it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// The place of its record.
    pub position: u64,
    /// How often the contact was reminded.
    pub reminders: u32,
    /// When for the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<String>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<FindingEndView>,
}

/// One of the items that a finding names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FoundItemView {
    /// `document`, `delivery`, `register` (known from a paper register only) or `import`.
    pub kind: String,
    /// The identifier of the document, or of the import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The recipient of a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Its notation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notation: Option<String>,
    /// The year of its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// Its date of promulgation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promulgated: Option<String>,
    /// How to name it: as `finding open --document` takes it.
    pub reference: String,
}

/// A finding with what it is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FindingContentView {
    /// The finding.
    #[serde(flatten)]
    pub finding: FindingView,
    /// Its items.
    pub items: Vec<FoundItemView>,
}

/// One page of findings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FindingsView {
    /// The findings.
    pub items: Vec<FindingView>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// Answer to `POST /admin/findings/{id}/remind`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RemindedView {
    /// The finding.
    pub id: String,
    /// `mail` or `folder`.
    pub way: String,
    /// Whom it went to: the address of the unit's contact.
    pub to: String,
}
