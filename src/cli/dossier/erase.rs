//! `dossier erase`: by the running daemon, or in the store itself while none runs.

use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::place::{Place, found};
use crate::client::dossiers::DossierEraseRequest;
use crate::http::dossiers::erased;
use crate::http::problem::{Problem, ProblemCode};
use clap::Args;

/// Flags of `dossier erase`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Erase {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Căn cứ: ai quyết định, theo văn bản nào. / Who ordered it, and by what right.
    #[arg(long, value_name = "TEXT")]
    basis: String,
    /// Không hỏi lại. / Do not ask again.
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(console: &Console, asked: &Erase) -> Result<Exit, Failure> {
    let question = console.text("cli-dossier-erase-sure", &[("number", &asked.id)]);
    // What cannot be undone is never done unasked.
    if !asked.yes && !console.asks() {
        let next = console.text("cli-dead-unsure-next", &[]);
        return Err(Failure::new(Exit::Usage, question).with_next(next));
    }
    if !asked.yes && !console.sure(&question) {
        console.tell("cli-erase-left", &[]);
        return Ok(Exit::Failed);
    }
    let settings = console.settings()?.settings;
    let request = DossierEraseRequest {
        basis: asked.basis.clone(),
    };
    let place = Place::here(console, &settings).await?;
    let done = match &place {
        Place::Daemon(admin) => admin.erase_dossier(&asked.id, &request).await,
        Place::Store(intake) => found(console, erased(intake, &asked.id, &request).await),
        Place::Gateway(_) | Place::Nowhere => {
            found(console, Err(Problem::new(ProblemCode::NotFound)))
        }
    };
    place.close().await;
    let done = done.map_err(|e| Failure::client(console.language, &e))?;
    if console.json {
        console.json(&done);
        return Ok(Exit::Done);
    }
    let bodies = done.bodies.to_string();
    let values = [
        ("number", done.number.as_str()),
        ("bodies", bodies.as_str()),
    ];
    console.out(&console.text("cli-dossier-erased-done", &values));
    Ok(Exit::Done)
}
