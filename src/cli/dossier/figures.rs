//! `dossier figures`: figures of dossiers, and the dossiers behind one; from the gateway as a unit, from the running daemon, or
//! from the store itself while none runs.

use crate::cli::books::table;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::office::moment;
use crate::cli::place::{Place, found};
use crate::client::dossier_figures::{
    DossierBehind, DossierFigureRow, DossierFiguresQuery, DossierFiguresView, DossierRowsQuery,
    DossiersBehindView, ScoreView,
};
use crate::config;
use crate::dossier::figures::Figure;
use crate::http::dossier_figures::{behind, figures};
use crate::lang;
use clap::Args;

/// Rows of one request.
const PAGE: usize = 200;

/// Flags of `dossier figures`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Figures {
    /// Kỳ: 2026-11, 2026-Q4, 2026@15, … / The period [default: all time].
    #[arg(long)]
    period: Option<String>,
    /// Một đơn vị. / One unit.
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Một thủ tục. / One procedure.
    #[arg(long, value_name = "CODE")]
    procedure: Option<String>,
    /// Danh sách hồ sơ đứng sau một số: late, supplemented, … / The dossiers behind a figure.
    #[arg(long, value_name = "FIGURE")]
    dossiers: Option<String>,
    /// Cùng với --dossiers: cả mẫu số. / With --dossiers: all of the denominator.
    #[arg(long, requires = "dossiers")]
    all: bool,
    /// Bảng CSV. / As CSV.
    #[arg(long)]
    csv: bool,
}

pub(super) async fn run(console: &Console, asked: &Figures) -> Result<Exit, Failure> {
    crate::cli::figures::period(console, asked.period.as_deref())?;
    if let Some(name) = asked.dossiers.as_deref()
        && Figure::from_name(name).is_none()
    {
        let names: Vec<&str> = Figure::ALL.iter().map(|figure| figure.name()).collect();
        let (names, values) = (names.join(", "), [("name", name)]);
        return Err(
            Failure::usage(console.language, "cli-dossier-no-figure", &values).with_next(names),
        );
    }
    let (place, settings) = Place::open(console).await?;
    if let Some(settings) = &settings {
        // What cannot be read would be left out without a word where no daemon runs.
        let rules = config::dossier_rules::read(&settings.dossier_rules);
        rules.map_err(|e| Failure::config(console.language, &e))?;
        let procedures = config::procedures::read(&settings.procedures);
        procedures.map_err(|e| crate::cli::procedure::failed(console, &e))?;
    }
    let said = match &asked.dossiers {
        None => whole(console, &place, asked)
            .await
            .map(|view| view.map(|view| show(console, asked, &view))),
        Some(figure) => list(console, &place, asked, figure)
            .await
            .map(|view| view.map(|view| listed(console, asked, &view))),
    };
    place.close().await;
    if said?.is_none() {
        console.tell("cli-dossier-none", &[]);
    }
    Ok(Exit::Done)
}

async fn whole(
    console: &Console,
    place: &Place,
    asked: &Figures,
) -> Result<Option<DossierFiguresView>, Failure> {
    let query = DossierFiguresQuery {
        period: asked.period.clone(),
        unit: asked.unit.clone(),
        procedure: asked.procedure.clone(),
    };
    let view = match place {
        Place::Gateway(client) => client.dossier_figures(&query).await,
        Place::Daemon(admin) => admin.dossier_figures(&query).await,
        Place::Store(intake) => found(console, figures(intake, &query)),
        Place::Nowhere => return Ok(None),
    };
    view.map(Some)
        .map_err(|e| Failure::client(console.language, &e))
}

/// Every page, as one.
async fn list(
    console: &Console,
    place: &Place,
    asked: &Figures,
    figure: &str,
) -> Result<Option<DossiersBehindView>, Failure> {
    let mut query = DossierRowsQuery {
        figure: Some(figure.to_owned()),
        all: asked.all.then(|| "true".to_owned()),
        period: asked.period.clone(),
        unit: asked.unit.clone(),
        procedure: asked.procedure.clone(),
        after: None,
        limit: Some(PAGE.to_string()),
    };
    let mut items: Vec<DossierBehind> = Vec::new();
    loop {
        let page = match place {
            Place::Gateway(client) => client.dossiers_behind(&query).await,
            Place::Daemon(admin) => admin.dossiers_behind(&query).await,
            Place::Store(intake) => found(console, behind(intake, &query)),
            Place::Nowhere => return Ok(None),
        };
        let mut page = page.map_err(|e| Failure::client(console.language, &e))?;
        items.append(&mut page.items);
        query.after.clone_from(&page.next);
        if page.next.is_none() {
            return Ok(Some(DossiersBehindView { items, ..page }));
        }
    }
}

/// Tenths as people write them.
fn decimal(console: &Console, tenths: u64) -> String {
    lang::tenths(console.language, i64::try_from(tenths).unwrap_or(i64::MAX))
}

fn percent(console: &Console, per_mille: Option<u64>) -> String {
    let known = per_mille.and_then(|n| i64::try_from(n).ok());
    known.map_or_else(|| "–".to_owned(), |n| lang::percent(console.language, n))
}

fn show(console: &Console, asked: &Figures, view: &DossierFiguresView) {
    if console.json {
        console.json(view);
        return;
    }
    if asked.csv {
        let rows = view
            .rows
            .iter()
            .chain([&view.total])
            .flat_map(cells)
            .collect();
        let header = console.text("cli-dossier-figures-csv", &[]);
        console.out(table(console, &header, rows, b',', view.simulated).trim_end());
        return;
    }
    console.mark(view.simulated);
    let total = &view.total;
    let rows: Vec<Vec<String>> = total
        .figures
        .iter()
        .map(|own| {
            let words = lang::word(console.language, "dossier-figure", &own.figure);
            let counted = format!("{}/{}", own.counted, own.of);
            vec![
                words,
                counted,
                percent(console, own.per_mille),
                own.figure.clone(),
            ]
        })
        .collect();
    console.table("cli-dossier-figures-header", &rows);
    console.out("");
    let (requests, contacts) = (total.requests.to_string(), total.contacts.to_string());
    let values = [
        ("requests", requests.as_str()),
        ("contacts", contacts.as_str()),
    ];
    console.out(&console.text("cli-dossier-figures-sums", &values));
    console.out(&score(console, &total.score));
    if !total.asked_for.is_empty() {
        console.out("");
        let asked_for = total.asked_for.iter().map(|own| {
            let problem = lang::word(console.language, "dossier-problem", &own.problem);
            vec![
                own.procedure.clone(),
                own.component.clone().unwrap_or_default(),
                problem,
                own.times.to_string(),
            ]
        });
        console.table("cli-dossier-asked-header", &asked_for.collect::<Vec<_>>());
    }
    if view.rows.len() > 1 {
        console.out("");
        let rows: Vec<Vec<String>> = view.rows.iter().map(|own| short(console, own)).collect();
        console.table("cli-dossier-units-header", &rows);
    }
}

/// The score with how much of it has data.
fn score(console: &Console, own: &ScoreView) -> String {
    let Some(tenths) = own.tenths else {
        return console.text("cli-dossier-score-none", &[]);
    };
    let known = own
        .indices
        .iter()
        .filter(|index| index.dossiers > 0)
        .count();
    let (points, known, dossiers) = (
        decimal(console, tenths),
        known.to_string(),
        own.dossiers.to_string(),
    );
    let class = own.class.as_deref().unwrap_or_default();
    let class = lang::word(console.language, "dossier-class", class);
    let values = [
        ("points", points.as_str()),
        ("class", class.as_str()),
        ("known", known.as_str()),
        ("dossiers", dossiers.as_str()),
    ];
    console.text("cli-dossier-score", &values)
}

/// A unit and procedure in one line.
fn short(console: &Console, own: &DossierFigureRow) -> Vec<String> {
    let share = |figure: Figure| {
        let found = own
            .figures
            .iter()
            .find(|share| share.figure == figure.name());
        found.map_or_else(String::new, |share| {
            format!("{}/{}", share.counted, share.of)
        })
    };
    let points = own.score.tenths.map(|tenths| decimal(console, tenths));
    vec![
        own.unit.clone().unwrap_or_default(),
        own.procedure.clone().unwrap_or_default(),
        share(Figure::CompleteAtFirst),
        share(Figure::Supplemented),
        share(Figure::Refused),
        share(Figure::InTime),
        share(Figure::Late),
        share(Figure::Overdue),
        points.unwrap_or_default(),
    ]
}

/// One row for each figure, so that every number has its denominator beside it.
fn cells(own: &DossierFigureRow) -> Vec<Vec<String>> {
    let head = || {
        vec![
            own.unit.clone().unwrap_or_default(),
            own.procedure.clone().unwrap_or_default(),
        ]
    };
    let row = |name: &str, counted: String, of: String, rate: String| {
        let mut row = head();
        row.extend([name.to_owned(), counted, of, rate]);
        row
    };
    let mut rows: Vec<Vec<String>> = own
        .figures
        .iter()
        .map(|share| {
            let rate = share
                .per_mille
                .map(|n| format!("{}.{}", n.div_euclid(10), n.rem_euclid(10)));
            row(
                &share.figure,
                share.counted.to_string(),
                share.of.to_string(),
                rate.unwrap_or_default(),
            )
        })
        .collect();
    rows.push(row(
        "requests",
        own.requests.to_string(),
        String::new(),
        String::new(),
    ));
    rows.push(row(
        "contacts",
        own.contacts.to_string(),
        String::new(),
        String::new(),
    ));
    for (name, score) in [("score", &own.score), ("officer_score", &own.officer)] {
        let points = score
            .tenths
            .map(|n| format!("{}.{}", n.div_euclid(10), n.rem_euclid(10)));
        rows.push(row(
            name,
            points.unwrap_or_default(),
            score.dossiers.to_string(),
            String::new(),
        ));
    }
    rows
}

fn listed(console: &Console, asked: &Figures, view: &DossiersBehindView) {
    if console.json {
        console.json(view);
        return;
    }
    let cells = |own: &DossierBehind| {
        let how = own.timeliness.as_deref();
        vec![
            own.number.clone(),
            own.procedure.clone(),
            own.came.clone(),
            own.due.as_deref().map(moment).unwrap_or_default(),
            own.finished.clone().unwrap_or_default(),
            how.map(|how| lang::word(console.language, "dossier-timeliness", how))
                .unwrap_or_default(),
            own.requests.to_string(),
            own.contacts.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = view.items.iter().map(cells).collect();
    if asked.csv {
        let header = console.text("cli-dossier-behind-header", &[]);
        console.out(table(console, &header, rows, b',', view.simulated).trim_end());
        return;
    }
    console.mark(view.simulated);
    let words = lang::word(console.language, "dossier-figure", &view.figure);
    let count = view.total.to_string();
    console.out(&console.text(
        "cli-dossier-behind",
        &[("figure", &words), ("count", &count)],
    ));
    if !rows.is_empty() {
        console.table("cli-dossier-behind-header", &rows);
    }
}
