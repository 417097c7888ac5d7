//! What the terms of keeping say, over the socket of administration.

use serde::{Deserialize, Serialize};

/// Answer to `GET /admin/retention`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RetentionPlanView {
    /// As of when.
    pub at: String,
    /// Days that content is kept in general; `null`: for ever.
    pub keep_days: Option<u32>,
    /// What goes, by class.
    pub due: Vec<DueView>,
    /// What stays because something is still to come of it.
    pub open: Vec<OpenView>,
    /// Documents whose term is not over. Those taken in too late for any term to be over are not looked at.
    pub kept: u64,
    /// Documents that are kept for ever.
    pub forever: u64,
    /// Documents of which nothing is left.
    pub gone: u64,
    /// The documents that go or are open, oldest first, as many as were asked for.
    pub documents: Vec<PlannedView>,
    /// Whether there are more of them.
    pub more: bool,
}

/// Documents of one class whose term is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DueView {
    /// The class; `null`: none, so the general term.
    pub class: Option<String>,
    /// How many documents.
    pub documents: u64,
    /// How many bytes their files have.
    pub bytes: u64,
}

/// Documents that stay for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenView {
    /// `held`, `undelivered`, `dead_letter`, `unanswered`, `in_work`, `asked` or `declined`.
    pub why: String,
    /// How many documents.
    pub documents: u64,
    /// When the oldest of them was offered.
    pub oldest: String,
}

/// One document that goes, or that is open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedView {
    /// The document.
    pub id: String,
    /// The class whose term is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// When its term was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Why it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
