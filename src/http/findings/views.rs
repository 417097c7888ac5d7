//! Findings as they are shown: to those who administer all of them, to a unit its own.

use super::super::problem::{Problem, ProblemCode};
use super::super::v1;
use crate::client::findings::{FindingContentView, FindingView, FindingsQuery, FindingsView};
use crate::intake::Intake;
use crate::model::event::FoundItem;
use crate::model::{DocumentId, LocalDay, UnitCode};
use crate::store::Finding;
use crate::upkeep::{finding_item_view, finding_view};

/// Open findings that are looked through for those of one unit on one page.
const LOOKED: usize = 10_000;
/// Open findings that are read at a time.
const PAGE: usize = 200;

pub(super) fn view(intake: &Intake, finding: &Finding) -> Result<FindingView, Problem> {
    let tools = intake.tools();
    let today = tools.clock.now().local_day();
    let registry = &intake.rules().registry;
    Ok(finding_view(&*tools.vault, Some(registry), finding, today)?)
}

/// A finding with what it is about; `only`: the unit that may see it.
///
/// # Errors
/// [`ProblemCode::NotFound`], or a problem of the store.
pub fn show(
    intake: &Intake,
    id: DocumentId,
    only: Option<&UnitCode>,
) -> Result<FindingContentView, Problem> {
    let ledger = &intake.tools().ledger;
    let found = ledger.finding(id)?;
    let found = found.filter(|found| only.is_none_or(|unit| found.unit == *unit));
    let found = found.ok_or(ProblemCode::NotFound)?;
    let items = ledger.finding_items(id)?;
    let item = |item: &FoundItem| -> Result<_, Problem> {
        let mut view = finding_item_view(item);
        if let FoundItem::Document(id) | FoundItem::Delivery(id, _) = item
            && let Some(state) = ledger.document(*id)?
        {
            let offered = &state.offered;
            view.number = Some(offered.key.number.as_str().to_owned());
            view.notation = Some(offered.key.notation.as_str().to_owned());
            view.year = Some(offered.key.year);
            view.promulgated = Some(offered.promulgated.to_string());
        }
        Ok(view)
    };
    Ok(FindingContentView {
        finding: view(intake, &found)?,
        items: items.iter().map(item).collect::<Result<_, _>>()?,
    })
}

/// Findings that are late, the latest first to be due, at most `limit`.
///
/// # Errors
/// A problem of the store.
pub fn overdue(intake: &Intake, limit: usize) -> Result<Vec<Finding>, Problem> {
    let today = intake.tools().clock.now().local_day();
    let open = intake.tools().ledger.open_findings(None, limit)?;
    let late = open.into_iter().take_while(|one| one.due < today);
    Ok(late.collect())
}

/// One page; `only`: the unit whose findings it is of.
///
/// # Errors
/// A problem of the query or of the store.
pub fn list(
    intake: &Intake,
    query: &FindingsQuery,
    only: Option<&UnitCode>,
) -> Result<FindingsView, Problem> {
    let invalid = |name: &'static str, text: &str| {
        let args = vec![("value", v1::shown(text))];
        Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
    };
    let flag = |name: &'static str, text: Option<&str>| match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(text) => Err(invalid(name, text)),
    };
    let (open, overdue) = (
        flag("open", query.open.as_deref())?,
        flag("overdue", query.overdue.as_deref())?,
    );
    let asked = query.unit.as_deref().map(|text| {
        let unit = UnitCode::parse(text);
        unit.filter(|unit| only.is_none_or(|own| own == unit))
            .ok_or_else(|| invalid("unit", text))
    });
    let unit = asked.transpose()?.or_else(|| only.cloned());
    let limit = v1::limit(query.limit.as_deref())?;
    let after = query.after.as_deref();
    let wrong = || invalid("after", after.unwrap_or_default());
    let (found, next) = if open || overdue {
        let after = after.map(|text| due_cursor(text).ok_or_else(wrong));
        let after = after.transpose()?;
        open_page(intake, unit.as_ref(), overdue, after, limit)?
    } else {
        let after = after.map(|text| DocumentId::parse(text).ok_or_else(wrong));
        let ledger = &intake.tools().ledger;
        let more = limit.saturating_add(1);
        let mut found = ledger.findings(unit.as_ref(), after.transpose()?, more)?;
        let is_more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| is_more);
        let next = last.map(|last| last.finding.to_string());
        (found, next)
    };
    let items = found.iter().map(|finding| view(intake, finding));
    Ok(FindingsView {
        items: items.collect::<Result<_, _>>()?,
        next,
    })
}

/// `2026-12-15~0193…`.
fn due_cursor(text: &str) -> Option<(LocalDay, DocumentId)> {
    let (day, id) = text.split_once('~')?;
    Some((LocalDay::parse(day)?, DocumentId::parse(id)?))
}

type Cursor = Option<(LocalDay, DocumentId)>;

fn open_page(
    intake: &Intake,
    unit: Option<&UnitCode>,
    overdue: bool,
    mut after: Cursor,
    limit: usize,
) -> Result<(Vec<Finding>, Option<String>), Problem> {
    let today = intake.tools().clock.now().local_day();
    let mut found = Vec::new();
    for _ in 0..LOOKED.div_ceil(PAGE) {
        let page = intake.tools().ledger.open_findings(after, PAGE)?;
        let whole = page.len() == PAGE;
        for one in page {
            if overdue && one.due >= today {
                return Ok((found, None));
            }
            if found.len() >= limit {
                return Ok((found, after.map(cursor)));
            }
            after = Some((one.due, one.finding));
            if unit.is_none_or(|unit| *unit == one.unit) {
                found.push(one);
            }
        }
        if !whole {
            return Ok((found, None));
        }
    }
    Ok((found, after.map(cursor)))
}

fn cursor((due, id): (LocalDay, DocumentId)) -> String {
    format!("{due}~{id}")
}
