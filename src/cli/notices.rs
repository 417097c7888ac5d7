//! `notices`: what others did with the documents of a unit, and what the gateway found out about them.

use super::args::Inbox;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::{doubt, moment, waited};
use crate::client::wire::NoticeView;
use crate::lang;

pub(super) async fn notices(console: &Console, asked: &Inbox) -> Result<Exit, Failure> {
    let profile = console.profile()?;
    let client = console.client(&profile)?;
    let after = asked.after.as_deref();
    let page = async |wait| client.notices(after, asked.limit, wait).await;
    let list = waited(console, asked.wait, page).await?;
    if console.json {
        list.items.iter().for_each(|item| console.json(item));
        return Ok(Exit::Done);
    }
    if list.items.is_empty() {
        console.tell("cli-notices-empty", &[]);
    }
    for item in &list.items {
        show(console, item, &profile.unit);
    }
    if let Some(last) = list.items.last() {
        console.next_command(&format!("notices --after {}", last.position));
    }
    Ok(Exit::Done)
}

fn show(console: &Console, item: &NoticeView, unit: &str) {
    console.out(&format!(
        "{} #{} {} {}/{} ({})",
        moment(&item.at),
        item.position,
        item.id,
        lang::visible(&item.number),
        lang::visible(&item.notation),
        lang::visible(&item.sender),
    ));
    if item.notice == "doubted" {
        if let Some(verdict) = &item.verdict {
            doubt(console, verdict, &item.certificates);
        }
        return;
    }
    console.out(&format!("  {}", lang::visible(&said(console, item))));
    let asked = item.notice == "recalled" || item.notice == "take-back-asked";
    // Answered since: there is nothing more to do.
    let open = ["recalled", "take_back_asked"];
    let open = item.state.as_deref().is_some_and(|s| open.contains(&s));
    if asked && open && item.recipient.as_deref() == Some(unit) {
        let values = [("id", item.id.as_str())];
        console.out(&format!("  {}", console.text("cli-notice-answer", &values)));
    }
}

/// What happened: where, what, and in whose words why.
fn said(console: &Console, item: &NoticeView) -> String {
    let word = |prefix: &str, name: &str| lang::word(console.language, prefix, name);
    let mut line = word("event", &item.notice);
    if let Some(unit) = &item.recipient {
        line = format!("{unit}: {line}");
    }
    let due = item.due.as_ref();
    let parts = [
        item.status.as_ref().map(|status| word("state", status)),
        item.verdict.as_ref().map(|verdict| verdict.message.clone()),
        item.cause.as_ref().map(|cause| word("cause", cause)),
        item.reason.clone(),
        due.map(|due| console.text("cli-due", &[("at", &moment(due))])),
    ];
    for part in parts.into_iter().flatten() {
        line.push_str(&format!(" — {part}"));
    }
    if let Some(other) = &item.other {
        line.push_str(&format!(" → {other}"));
    }
    line
}
