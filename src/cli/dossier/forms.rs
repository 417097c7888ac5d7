//! `dossier form`, `result-slip` and `register`: what a counter prints. Each file is saved with the gateway's signature
//! beside it, which was checked before.

use super::counter::Counter;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::receipt;
use crate::client::forms::{DaysQuery, FormView};
use crate::seal::verify_detached;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use std::path::{Path, PathBuf};

/// Flags of `dossier form`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PrintForm {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Mẫu số: 01 đến 06. / Which form.
    form: String,
    /// Dạng PDF (bản dựng có tính năng pdf). / As PDF, where the gateway can.
    #[arg(long)]
    pdf: bool,
    /// Ghi vào tệp này, chữ ký vào tệp.p7s. / Where it goes, with its signature in FILE.p7s [default: ID-NN.html].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Flags of `dossier result-slip`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ResultSlip {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Ghi vào tệp này, chữ ký vào tệp.p7s. / Where it goes, with its signature in FILE.p7s.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Flags of `dossier register`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Book {
    /// Từ ngày. / The first day.
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Đến ngày. / The last day.
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Ghi vào tệp này, chữ ký vào tệp.p7s. / Where it goes, with its signature in FILE.p7s.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) async fn form(console: &Console, asked: &PrintForm) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let ending = if asked.pdf { "pdf" } else { "html" };
    let name = format!("{}.{ending}", asked.form);
    let failed = |e| Failure::client(console.language, &e);
    let form = counter.client.dossier_form(&asked.id, &name).await;
    let form = form.map_err(failed)?;
    let beside = format!("{name}.p7s");
    let seal = counter.client.dossier_form(&asked.id, &beside).await;
    let seal = seal.map_err(failed)?;
    let named = format!("{}-{name}", asked.id);
    let out = asked.out.clone().unwrap_or_else(|| PathBuf::from(named));
    save(console, &counter, (&form, &seal), &out)
}

/// Nothing is written that the gateway did not sign as it is.
fn save(
    console: &Console,
    counter: &Counter,
    (form, seal): (&[u8], &[u8]),
    out: &Path,
) -> Result<Exit, Failure> {
    let told = verify_detached(seal, form, counter.ca());
    told.map_err(|e| receipt::bad(console, &e))?;
    let mut beside = out.as_os_str().to_owned();
    beside.push(".p7s");
    receipt::save(console, form, out)?;
    receipt::save(console, seal, Path::new(&beside))?;
    Ok(Exit::Done)
}

fn save_view(
    console: &Console,
    counter: &Counter,
    view: &FormView,
    out: Option<&PathBuf>,
) -> Result<Exit, Failure> {
    let seal = STANDARD.decode(&view.p7s);
    let seal = seal.map_err(|e| receipt::bad(console, &e))?;
    // A name from elsewhere is a name, never a path.
    let name = Path::new(&view.name).file_name().map(PathBuf::from);
    let own = out
        .cloned()
        .or(name)
        .unwrap_or_else(|| PathBuf::from("phieu.html"));
    save(console, counter, (view.html.as_bytes(), &seal), &own)
}

pub(super) async fn result_slip(console: &Console, asked: &ResultSlip) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let view = counter.client.result_slip(&asked.id).await;
    let view = view.map_err(|e| Failure::client(console.language, &e))?;
    let done = save_view(console, &counter, &view, asked.out.as_ref())?;
    if !view.survey {
        console.tell("cli-survey-again", &[]);
    }
    Ok(done)
}

pub(super) async fn register(console: &Console, asked: &Book) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let days = DaysQuery {
        from: Some(asked.from.clone()),
        to: Some(asked.to.clone()),
    };
    let view = counter.client.dossier_register(&days).await;
    let view = view.map_err(|e| Failure::client(console.language, &e))?;
    let done = save_view(console, &counter, &view, asked.out.as_ref())?;
    if view.more {
        console.tell("cli-book-more", &[]);
    }
    Ok(done)
}
