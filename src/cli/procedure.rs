//! `procedure list / show / import / export / diff`: the published lists by which dossiers are judged.

use super::console::Console;
use super::failure::{Exit, Failure};
use crate::client::admin::Admin;
use crate::config::procedures::{self, Imported, ProceduresError, to_csv, to_toml};
use crate::dossier::{Difference, Procedure, Procedures, differences};
use crate::lang;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands about procedures.
#[derive(Debug, Subcommand)]
pub(super) enum ProcedureCommand {
    /// Các thủ tục, mọi phiên bản. / Every version of every procedure.
    List,
    /// Một phiên bản, dạng TOML. / One version as TOML.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong procedure show 1.001193 > khai-sinh.toml"
    )]
    Show {
        /// Mã thủ tục. / The code.
        code: String,
        /// Phiên bản. / The version [default: the last].
        #[arg(long)]
        version: Option<u16>,
    },
    /// Đưa thủ tục vào; tất cả hoặc không tệp nào. / Takes procedures in, all files or none.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong procedure import khai-sinh.toml --dry-run\n  \
        lienthong procedure import *.toml\n  lienthong procedure import thu-tuc.csv\n  \
        lienthong procedure import --samples\n\n\
        Một phiên bản đã công bố không sửa được: đưa vào phiên bản mới, từ ngày có hiệu lực.\n\
        A published version never changes: import a new one from the day it is in force."
    )]
    Import(ProcedureImport),
    /// Mọi phiên bản thành một bảng CSV, mỗi thành phần một dòng. / Every version as one table.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong procedure export --out thu-tuc.csv\n  \
        lienthong procedure export 1.001193 1.004222\n\n\
        Sửa bảng rồi đưa vào lại: lienthong procedure import thu-tuc.csv --dry-run\n\
        Edit the table and import it again."
    )]
    Export {
        /// Mã thủ tục; không ghi: tất cả. / The codes [default: all].
        codes: Vec<String>,
        /// Ghi ra tệp. / The file to write.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Hai phiên bản khác nhau ở đâu. / How two versions differ.
    #[command(after_help = "Ví dụ / Example:\n  lienthong procedure diff 1.001193 1 2")]
    Diff {
        /// Mã thủ tục. / The code.
        code: String,
        /// Phiên bản cũ. / The old version.
        old: u16,
        /// Phiên bản mới. / The new version.
        new: u16,
    },
}

/// Flags of `procedure import`.
#[derive(Debug, Args)]
pub(super) struct ProcedureImport {
    /// Tệp TOML hoặc bảng CSV. / The files, TOML or CSV.
    #[arg(required_unless_present = "samples")]
    files: Vec<PathBuf>,
    /// Các thủ tục mẫu kèm theo. / The samples that come with the program.
    #[arg(long, conflicts_with = "files")]
    samples: bool,
    /// Chỉ xem sẽ thay đổi gì. / Only say what would change.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn failed(console: &Console, error: &ProceduresError) -> Failure {
    match error {
        ProceduresError::File(error) => Failure::config(console.language, error),
        ProceduresError::NotTaken { .. } | ProceduresError::TooMuch { .. } => {
            let next = console.text("cli-procedure-next", &[]);
            Failure::new(Exit::Configuration, error.to_string()).with_next(next)
        }
    }
}

pub(super) async fn run(console: &Console, command: &ProcedureCommand) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let folder = settings.procedures.clone();
    let read = || procedures::read(&folder).map_err(|e| failed(console, &e));
    match command {
        ProcedureCommand::List => list(console, &read()?),
        ProcedureCommand::Show { code, version } => {
            let all = read()?;
            let own = match version {
                Some(version) => all.version(code, *version),
                None => all.of(code).last(),
            };
            let own = own.ok_or_else(|| none(console, code))?;
            console.out(to_toml(own).trim_end());
        }
        ProcedureCommand::Import(asked) => {
            import(console, &folder, asked)?;
            // The daemon takes dossiers in by what it has read.
            let admin = Admin::connect(&settings.socket(), console.language).await;
            if let Some(admin) = admin.filter(|_| !asked.dry_run) {
                let reloaded = admin.reload().await;
                reloaded.map_err(|e| Failure::client(console.language, &e))?;
                console.tell("cli-reloaded", &[]);
            }
        }
        ProcedureCommand::Export { codes, out } => {
            export(console, &read()?, codes, out.as_deref())?;
        }
        ProcedureCommand::Diff { code, old, new } => {
            let all = read()?;
            let version = |number| {
                let found = all.version(code, number);
                found.ok_or_else(|| none(console, &format!("{code} v{number}")))
            };
            let all = differences(version(*old)?, version(*new)?);
            show(console, &all);
        }
    }
    Ok(Exit::Done)
}

fn none(console: &Console, code: &str) -> Failure {
    let text = console.text("cli-procedure-unknown", &[("code", code)]);
    Failure::new(Exit::Failed, text).with_next("lienthong procedure list")
}

fn list(console: &Console, all: &Procedures) {
    if console.json {
        for own in all.iter() {
            console.json(&serde_json::json!({
                "code": own.code, "version": own.version, "name": own.name, "field": own.field,
                "level": own.level.name(), "from": own.from.to_string(),
                "until": own.until.map(|day| day.to_string()), "basis": own.basis, "sample": own.sample,
                "components": own.components.len(),
            }));
        }
        return;
    }
    let mut any = false;
    for own in all.iter() {
        any = true;
        console.out(&line(console, own));
    }
    if !any {
        console.tell("cli-procedure-empty", &[]);
    }
}

fn line(console: &Console, own: &Procedure) -> String {
    let (from, count) = (own.from.to_string(), own.components.len().to_string());
    let (name, version) = (lang::visible(&own.name), own.version.to_string());
    let values = [
        ("code", own.code.as_str()),
        ("version", version.as_str()),
        ("from", from.as_str()),
        ("name", name.as_str()),
        ("components", count.as_str()),
    ];
    console.text("cli-procedure-line", &values)
}

fn import(
    console: &Console,
    folder: &std::path::Path,
    asked: &ProcedureImport,
) -> Result<(), Failure> {
    let done = match asked.samples {
        true => procedures::import_samples(folder, asked.dry_run),
        false => procedures::import(folder, &asked.files, asked.dry_run),
    };
    let done = done.map_err(|e| failed(console, &e))?;
    for one in &done {
        if console.json {
            let before = one.before.as_ref().map(|(version, _)| *version);
            console.json(&serde_json::json!({
                "code": one.procedure.code, "version": one.procedure.version, "new": one.new,
                "dry_run": asked.dry_run, "compared_with": before, "file": one.path,
            }));
            continue;
        }
        told(console, one, asked.dry_run);
    }
    Ok(())
}

/// Nothing is written where a code is not known.
fn export(
    console: &Console,
    all: &Procedures,
    codes: &[String],
    out: Option<&std::path::Path>,
) -> Result<(), Failure> {
    if let Some(code) = codes.iter().find(|code| all.of(code).next().is_none()) {
        return Err(none(console, code));
    }
    let asked = |own: &&Procedure| codes.is_empty() || codes.contains(&own.code);
    let chosen: Vec<&Procedure> = all.iter().filter(asked).collect();
    let (count, table) = (chosen.len().to_string(), to_csv(chosen));
    let Some(out) = out else {
        console.out(String::from_utf8_lossy(&table).trim_end());
        return Ok(());
    };
    std::fs::write(out, &table).map_err(|e| Failure::unwritable(console.language, out, &e))?;
    let path = out.display().to_string();
    let values = [("count", count.as_str()), ("path", path.as_str())];
    console.tell("cli-procedure-exported", &values);
    Ok(())
}

fn told(console: &Console, one: &Imported, dry_run: bool) {
    let key = match (one.new, dry_run) {
        (false, _) => "cli-procedure-known",
        (true, true) => "cli-procedure-would",
        (true, false) => "cli-procedure-taken",
    };
    let head = line(console, &one.procedure);
    console.out(&console.text(key, &[("line", &head)]));
    if let Some((version, all)) = &one.before {
        let version = version.to_string();
        console.out(&console.text("cli-procedure-compared", &[("version", &version)]));
        show(console, all);
    }
}

fn show(console: &Console, all: &[Difference]) {
    if all.is_empty() {
        console.out(&console.text("cli-procedure-same", &[]));
    }
    for one in all {
        let text = match one {
            Difference::Field { field, was, is } => format!("~ {field}: {was} → {is}"),
            Difference::Added(own) => format!("+ {} ({})", own.name, own.id),
            Difference::Removed(own) => format!("- {} ({})", own.name, own.id),
            Difference::Component { id, field, was, is } => {
                format!("~ {id}.{field}: {was} → {is}")
            }
            Difference::Order => console.text("cli-procedure-order", &[]),
        };
        console.out(&format!("  {}", lang::visible(&text)));
    }
}
