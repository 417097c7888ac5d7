//! From arguments to an exit code.

use super::args::{Arguments, Command, DeadLetters, RatesCommand, Receipt, Stamps, Trust, Unit};
use super::clock::Clock;
use super::console::Console;
use super::document::Document;
use super::failure::{Exit, Failure};
use super::retention::Retention;
use super::{
    books, check, clock, dead_letters, document, dossier, evidence, figure_rows, figures, finding,
    folder, init, notices, office, period, procedure, receipt, receive, register, report,
    retention, search, send, serve, stamps, trust, unit, unit_delivery, unit_import, unit_keys,
    usage, withdraw,
};
use crate::config::Environment;
use crate::intake::DeskMove;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let environment = Environment::read();
    let given: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(e) => return usage::told(&e, &environment, &given).code().into(),
    };
    let console = Console::new(&arguments.global, environment);
    let exit = dispatch(&console, arguments.command).unwrap_or_else(|failure| {
        console.fail(&failure);
        failure.exit
    });
    exit.code().into()
}

fn dispatch(console: &Console, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Demo(demo) => serve::demo(console, demo),
        Command::Serve => serve::serve(console),
        Command::Init(asked) => init::init(console, &asked),
        Command::CheckConfig => block(console, check::check(console)),
        Command::Unit(command) => unit_command(console, command),
        Command::Send(asked) => block(console, send::send(console, &asked)),
        Command::Inbox(asked) => block(console, office::inbox(console, &asked)),
        Command::Notices(asked) => block(console, notices::notices(console, &asked)),
        Command::Receive(asked) => block(console, receive::receive(console, &asked)),
        Command::Retention(Retention::Plan(asked)) => {
            block(console, retention::plan(console, &asked))
        }
        Command::Clock(Clock::Confirm(asked)) => block(console, clock::confirm(console, &asked)),
        Command::Document(Document::Erase(asked)) => {
            block(console, document::erase(console, &asked))
        }
        Command::Evidence(asked) => block(console, evidence::evidence(console, &asked)),
        Command::Answer(asked) => block(console, office::answer(console, &asked)),
        Command::Recall(asked) => block(console, withdraw::recall(console, &asked)),
        Command::TakeBack(asked) => block(console, withdraw::take_back(console, &asked)),
        Command::Folder(asked) => block(console, folder::folder(console, &asked)),
        Command::Status(asked) => block(console, office::status(console, &asked)),
        Command::Verify(asked) => block(console, super::verify::verify(console, &asked)),
        Command::Receipt(Receipt::Verify(asked)) => receipt::verify(console, &asked),
        Command::Stamps(Stamps::Check { tokens }) => {
            block(console, stamps::check(console, &tokens))
        }
        Command::Stamps(Stamps::Now) => block(console, stamps::now(console)),
        Command::Stamps(Stamps::Export { of, out }) => {
            block(console, stamps::export(console, of, &out))
        }
        Command::Rates(asked) => match &asked.command {
            Some(RatesCommand::Documents(rows)) => {
                block(console, figure_rows::documents(console, rows))
            }
            Some(RatesCommand::Slips(_)) | None => block(console, figures::rates(console, &asked)),
        },
        Command::Report(asked) => block(console, report::report(console, &asked)),
        Command::DeadLetters(command) => dead_letters_command(console, command),
        Command::Procedure(command) => block(console, procedure::run(console, &command)),
        Command::Dossier(command) => block(console, dossier::run(console, &command)),
        Command::Period(command) => block(console, period::run(console, &command)),
        Command::Recount(asked) => block(console, figures::recount(console, &asked)),
        Command::Register(command) => block(console, register::register(console, command)),
        Command::Finding(command) => block(console, finding::finding(console, command)),
        Command::Books(which) => block(console, books::books(console, &which)),
        Command::Search(asked) => block(console, search::search(console, &asked)),
        Command::Trust(Trust::List { trust }) => {
            block(console, trust::list(console, trust.as_deref()))
        }
        Command::Trust(Trust::Reload) => block(console, trust::reload(console)),
        Command::Trust(Trust::Check { trust }) => {
            block(console, trust::check(console, trust.as_deref()))
        }
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut command, "lienthong", &mut out);
            console.out(String::from_utf8_lossy(&out).trim_end());
            Ok(Exit::Done)
        }
    }
}

fn unit_command(console: &Console, command: Unit) -> Result<Exit, Failure> {
    match command {
        Unit::Add(asked) => block(console, unit::add(console, asked)),
        Unit::List => unit::list(console),
        Unit::Show { code } => unit::show(console, &code),
        Unit::Import(asked) => block(console, unit_import::import(console, &asked)),
        Unit::Export(asked) => unit_import::export(console, &asked),
        Unit::Delivery(asked) => block(console, unit_delivery::set(console, &asked)),
        Unit::Bind(asked) => block(console, unit_keys::bind(console, &asked)),
        Unit::Enrol(asked) => block(console, unit_keys::enrol(console, &asked)),
        Unit::Revoke { code } => block(console, unit_keys::revoke(console, &code)),
    }
}

fn dead_letters_command(console: &Console, command: DeadLetters) -> Result<Exit, Failure> {
    match command {
        DeadLetters::List(asked) => block(console, dead_letters::list(console, &asked)),
        DeadLetters::Show { id } => block(console, dead_letters::show(console, &id)),
        DeadLetters::Replay { act, unit, yes } => match unit {
            Some(unit) => block(
                console,
                dead_letters::replay_unit(console, &act, &unit, yes),
            ),
            None => block(console, dead_letters::act(console, &act, DeskMove::Replay)),
        },
        DeadLetters::GiveUp(act) => {
            block(console, dead_letters::act(console, &act, DeskMove::GiveUp))
        }
    }
}

/// Runs a client's command until it ends or the user stops it.
fn block(
    console: &Console,
    command: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    runtime.block_on(async {
        tokio::select! {
            ended = command => ended,
            _ = tokio::signal::ctrl_c() => {
                console.tell("cli-interrupted", &[]);
                Ok(Exit::Interrupted)
            }
        }
    })
}
