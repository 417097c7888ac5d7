//! `search`: documents by number, notation, agency, day and words of the subject, with and without marks.

use super::args::Search;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::figure_rows::cells;
use super::place::{Place, found};
use crate::client::search::{SearchQuery, SearchView};
use crate::http::search::find;
use crate::model::LocalDay;

/// Documents of one request.
const PAGE: usize = 200;

pub(super) async fn search(console: &Console, asked: &Search) -> Result<Exit, Failure> {
    for day in [&asked.from, &asked.to].into_iter().flatten() {
        if LocalDay::parse(day).is_none() {
            let values = [("text", day.as_str())];
            return Err(Failure::usage(console.language, "cli-search-day", &values));
        }
    }
    if let Some(unit) = &asked.unit {
        super::unit::code(console, unit)?;
    }
    let (place, settings) = Place::open(console).await?;
    let read = pages(console, &place, asked).await;
    place.close().await;
    let view = read?;
    if let (Some(settings), Some(unit)) = (settings, &asked.unit)
        && view.items.is_empty()
    {
        super::unit::known(console, &settings, &super::unit::code(console, unit)?)?;
    }
    if console.json {
        console.json(&view);
        return Ok(Exit::Done);
    }
    console.mark(view.simulated);
    if view.items.is_empty() {
        console.tell("cli-search-none", &[]);
    } else {
        let rows: Vec<Vec<String>> = view.items.iter().map(|row| cells(console, row)).collect();
        console.table("cli-figure-header", &rows);
    }
    if let Some(next) = &view.next {
        console.tell("cli-search-more", &[("after", next)]);
    } else if let Some(id) = view.items.iter().find_map(|row| row.id.as_ref()) {
        console.next_command(&format!("status {id}"));
    }
    Ok(Exit::Done)
}

/// What was found, a page after the other, until there is as much as was asked for.
async fn pages(console: &Console, place: &Place, asked: &Search) -> Result<SearchView, Failure> {
    let mut whole = SearchView {
        simulated: false,
        items: Vec::new(),
        looked_at: 0,
        next: asked.after.clone(),
    };
    let text = asked.text.join(" ");
    loop {
        let left = asked.limit.saturating_sub(whole.items.len()).clamp(1, PAGE);
        let query = SearchQuery {
            text: Some(text.clone()).filter(|text| !text.is_empty()),
            unit: asked.unit.clone(),
            number: asked.number.clone(),
            notation: asked.notation.clone(),
            agency: asked.agency.clone(),
            from: asked.from.clone(),
            to: asked.to.clone(),
            after: whole.next.take(),
            limit: Some(left.to_string()),
        };
        let page = match place {
            Place::Gateway(client) => client.search(&query).await,
            Place::Daemon(admin) => admin.search(&query).await,
            Place::Store(intake) => found(console, find(intake, &query)),
            Place::Nowhere => return Ok(whole),
        };
        let page = page.map_err(|e| Failure::client(console.language, &e))?;
        whole.simulated = page.simulated;
        whole.items.extend(page.items);
        whole.looked_at = whole.looked_at.saturating_add(page.looked_at);
        whole.next = page.next;
        if whole.next.is_none() || whole.items.len() >= asked.limit {
            return Ok(whole);
        }
    }
}
