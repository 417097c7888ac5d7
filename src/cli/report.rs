//! `report` and `rates slips`: what an inspection would ask for, written into files, and what is going wrong.

use super::args::{Report as Wanted, Slips};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::figures::period;
use super::inspection;
use super::place::Place;
use crate::client::history::{History, HistoryRequest, MAX_PERIODS, MAX_UNITS};
use crate::client::report::SlipsView;
use crate::config::{self, Settings, targets};
use crate::export::files::files;
#[cfg(feature = "pdf")]
use crate::export::files::stem;
use crate::export::report::{Asked, Report, compose, periods, slips_view};
use crate::export::{shortcomings, told};
use crate::lang;
use crate::model::{LocalDay, Period, UnitCode};
use crate::rates::target::Target;
use crate::registry::Registry;
use crate::upkeep;
use std::path::Path;

/// The forms of a report.
const FORMATS: &[&str] = if cfg!(feature = "pdf") {
    &["xlsx", "csv", "svg", "json", "html", "pdf"]
} else {
    &["xlsx", "csv", "svg", "json", "html"]
};

/// What a report is made from.
struct Ground {
    settings: Settings,
    registry: Registry,
    targets: Vec<Target>,
    history: History,
    place: Place,
    period: Period,
    unit: Option<UnitCode>,
}

pub(super) async fn report(console: &Console, asked: &Wanted) -> Result<Exit, Failure> {
    let formats = formats(console, asked)?;
    let ground = ground(console, asked.period.as_deref(), asked.unit.as_deref()).await?;
    let columns = &ground.settings.columns;
    let mut report = compose(&ground.asked(console));
    let named = name_documents(console, &ground.place, &mut report).await;
    ground.place.close().await;
    named?;
    let name = format!("report-{}", report.period);
    let written = files(
        console.language,
        &report,
        columns,
        &formats,
        (&name, console.now()),
    );
    #[cfg_attr(
        not(feature = "pdf"),
        allow(unused_mut, reason = "printed files come beside")
    )]
    let mut files = written.map_err(|e| Failure::new(Exit::Failed, e))?;
    #[cfg(feature = "pdf")]
    if formats.contains(&"pdf")
        && let Some(bytes) = super::printed::report(console, &report, columns, asked)?
    {
        files.push((format!("{}.pdf", stem(&report, &name)), bytes));
    }
    if !console.json {
        inspection::show(console, &report);
        console.out("");
    }
    write(console, &asked.out, &files)?;
    Ok(Exit::Done)
}

/// The first documents of each shortcoming.
async fn name_documents(
    console: &Console,
    place: &Place,
    report: &mut Report,
) -> Result<(), Failure> {
    let period = report.period.to_string();
    for one in &mut report.view.shortcomings {
        let query = shortcomings::query(one, &period);
        let page = super::figure_rows::page(console, place, &query).await?;
        one.documents = page.map(|page| page.items).unwrap_or_default();
    }
    Ok(())
}

/// Every form asked for, or all. A template is for PDF alone.
fn formats<'a>(console: &Console, asked: &'a Wanted) -> Result<Vec<&'a str>, Failure> {
    let given = asked.format.iter().map(String::as_str);
    let mut named: Vec<&str> = given.collect();
    let all = named.is_empty() && FORMATS.contains(&"pdf");
    if asked.template.is_some() && !all && !named.contains(&"pdf") {
        named.push("pdf");
    }
    if let Some(name) = named.iter().find(|name| !FORMATS.contains(name)) {
        let all = FORMATS.join(", ");
        let next = console.text("sheet-format-next", &[("all", &all)]);
        let key = match *name {
            "pdf" => "sheet-pdf-none",
            _ => "sheet-format-wrong",
        };
        let failure = Failure::usage(console.language, key, &[("name", *name)]);
        return Err(failure.with_next(next));
    }
    match named.is_empty() {
        true => Ok(FORMATS.to_vec()),
        false => Ok(named),
    }
}

fn write(console: &Console, folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let failed = |path: &Path, e: &std::io::Error| Failure::unwritable(console.language, path, e);
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|e| failed(&path, &e))?;
    }
    let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
    if console.json {
        console.json(&serde_json::json!({ "files": names }));
        return Ok(());
    }
    for name in &names {
        console.out(&folder.join(name).display().to_string());
    }
    let (count, path) = (names.len().to_string(), folder.display().to_string());
    console.tell("sheet-files", &[("count", &count), ("path", &path)]);
    Ok(())
}

pub(super) async fn slips(console: &Console, asked: &Slips) -> Result<Exit, Failure> {
    let ground = ground(console, asked.period.as_deref(), asked.unit.as_deref()).await?;
    let found = slips_view(&ground.asked(console));
    ground.place.close().await;
    if console.json {
        console.json(&found);
    } else {
        show(console, &found);
    }
    Ok(Exit::Done)
}

fn show(console: &Console, found: &SlipsView) {
    let language = console.language;
    let shown = Period::parse(&found.period);
    let shown = shown.map_or_else(|| "–".to_owned(), |p| lang::period(language, p));
    console.out(&console.text("slips-title", &[("period", &shown)]));
    if found.slips.is_empty() {
        console.out(&console.text("slips-none", &[]));
        return;
    }
    let rows = found.slips.iter().map(|slip| {
        let since = LocalDay::parse(&slip.since);
        vec![
            slip.unit.clone(),
            lang::visible(&slip.name),
            lang::word(language, "slip", &slip.kind),
            since.map_or_else(String::new, |since| lang::day(language, since)),
            told::figure(language, slip),
            lang::percent(language, slip.weight_per_mille),
            told::contact(slip),
            slip.measure.clone(),
        ]
    });
    console.table("slips-header", &rows.collect::<Vec<_>>());
}

/// Gathers what a report needs, from the daemon or from the store.
async fn ground(
    console: &Console,
    asked: Option<&str>,
    unit: Option<&str>,
) -> Result<Ground, Failure> {
    let config = |e: &config::ConfigError| Failure::config(console.language, e);
    let period = period(console, asked)?;
    let period = period.unwrap_or_else(|| Period::month_of(console.now().local_day()));
    let settings = console.settings()?.settings;
    let unit = unit.map(|text| super::unit::code(console, text));
    let unit = unit.transpose()?;
    if let Some(unit) = &unit {
        super::unit::known(console, &settings, unit)?;
    }
    let registry = config::registry::read(&settings.units).map_err(|e| config(&e))?;
    let targets = targets::read(&settings.targets).map_err(|e| config(&e))?;
    let all = periods(period);
    let place = Place::here(console, &settings).await?;
    let above = unit.as_ref().map(|unit| (&registry, unit));
    let history = match history(console, &place, &all, above).await {
        Ok(history) => history,
        Err(failure) => {
            place.close().await;
            return Err(failure);
        }
    };
    Ok(Ground {
        settings,
        registry,
        targets,
        history,
        place,
        period,
        unit,
    })
}

async fn history(
    console: &Console,
    place: &Place,
    periods: &[Period],
    above: Option<(&Registry, &UnitCode)>,
) -> Result<History, Failure> {
    let units = above.map(|(all, unit)| upkeep::concerned(all, unit, periods));
    match place {
        Place::Daemon(admin) => {
            let units = units.as_ref().filter(|units| units.len() <= MAX_UNITS);
            let named: Option<Vec<String>> =
                units.map(|units| units.iter().map(ToString::to_string).collect());
            // Of everybody one period at a time: the gateway has others to serve.
            let at_once = if units.is_some() { MAX_PERIODS } else { 1 };
            let mut out = History::default();
            for (place, some) in periods.chunks(at_once).enumerate() {
                let request = HistoryRequest {
                    periods: some.iter().map(ToString::to_string).collect(),
                    waiting: place == 0,
                    units: named.clone(),
                };
                let view = admin.history(&request).await;
                let view = view.map_err(|e| Failure::client(console.language, &e))?;
                out.extend(History::read(&view));
            }
            Ok(out)
        }
        Place::Store(intake) => {
            let tools = intake.tools();
            let store = (&*tools.ledger, &*tools.vault);
            let found = upkeep::history(store, periods, units.as_ref(), true);
            let found = found.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
            let at = Some(tools.clock.now());
            Ok(History { at, ..found })
        }
        Place::Gateway(_) | Place::Nowhere => Ok(History::default()),
    }
}

impl Ground {
    fn asked(&self, console: &Console) -> Asked<'_> {
        Asked {
            period: self.period,
            unit: self.unit.as_ref(),
            registry: &self.registry,
            targets: &self.targets,
            history: &self.history,
            gateway: &self.settings.gateway_name,
            at: self.history.at.unwrap_or_else(|| console.now()),
        }
    }
}
