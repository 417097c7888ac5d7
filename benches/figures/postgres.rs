//! The same questions as SQL to PostgreSQL, of the same rows in the same run: a server of its own on a Unix socket in a
//! throw-away folder, started and ended here. Where there is none, the rows are left out, and that is said.

use super::plan::Plan;
use super::{Rows, median, start};
use lienthong::clock::ManualClock;
use lienthong::model::event::{Event, Recorded};
use lienthong::model::{Disposition, Period, Position};
use lienthong::rates::Measure;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const TIMES: usize = 5;
/// Whom the server runs as where this is root, as whom it refuses to run.
const NOBODY: &str = "postgres";

/// A running server.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let _ = self
            .command("pg_ctl")
            .args(["stop", "-m", "fast", "-D"])
            .arg(data)
            .output();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout == b"0\n")
}

/// One of its programs, as a user as whom it runs.
fn program(programs: &Path, name: &str) -> Command {
    let path = programs.join(name);
    if !root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    let user = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"];
    command.args(user).arg(path);
    command
}

/// The folder of the newest server that is installed.
fn installed() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let bins = found.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    bins.filter(|bin| bin.join("postgres").exists()).max()
}

impl Server {
    fn start(programs: PathBuf, under: &Path) -> Self {
        let folder = tempfile::tempdir_in(under).expect("folder");
        let data = folder.path().join("data");
        if root() {
            let owner = format!("{NOBODY}:{NOBODY}");
            let given = Command::new("chown").arg(owner).arg(folder.path()).status();
            assert!(given.expect("chown").success());
        }
        let made = program(&programs, "initdb")
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--username=bench",
                "-D",
            ])
            .arg(&data)
            .current_dir("/")
            .output();
        let made = made.expect("initdb");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let log = std::fs::File::create(folder.path().join("server.log")).expect("log");
        let child = program(&programs, "postgres")
            .arg("-D")
            .arg(&data)
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "shared_buffers=256MB",
                "-c",
                "work_mem=64MB",
            ])
            .args(["-c", "max_wal_size=4GB", "-c"])
            .arg(format!(
                "unix_socket_directories={}",
                folder.path().display()
            ))
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let server = Self {
            child: child.expect("postgres"),
            folder,
            programs,
        };
        for _ in 0..300 {
            if server.sql("select 1").status().is_ok_and(|s| s.success()) {
                return server;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL was not ready within 30 s");
    }

    fn command(&self, name: &str) -> Command {
        program(&self.programs, name)
    }

    fn psql(&self) -> Command {
        let mut command = Command::new("psql");
        command
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "bench",
                "-d",
                "postgres",
                "-h",
            ])
            .arg(self.folder.path())
            .stderr(Stdio::null());
        command
    }

    fn sql(&self, sql: &str) -> Command {
        let mut command = self.psql();
        command.args(["-c", sql]).stdout(Stdio::null());
        command
    }

    fn run(&self, sql: &str) {
        assert!(self.sql(sql).status().expect("psql").success(), "{sql}");
    }

    /// Copies rows into a table, as `fill` hands them out.
    fn copy(&self, table: &str, fill: impl FnOnce(&mut dyn FnMut(&str))) {
        let mut child = self
            .psql()
            .args(["-c", &format!("copy {table} from stdin")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("psql");
        let mut input = std::io::BufWriter::new(child.stdin.take().expect("input"));
        fill(&mut |row| input.write_all(row.as_bytes()).expect("a row"));
        drop(input);
        assert!(child.wait().expect("psql").success(), "copying {table}");
    }

    /// Asks several times over one connection; the rows of the last answer, and the middle of the times in milliseconds,
    /// the rows brought to the client included.
    fn ask(&self, sql: &str) -> (Vec<String>, f64) {
        let mut script = String::new();
        for _ in 0..TIMES {
            let _ = writeln!(script, "\\timing on\n{sql};\n\\timing off");
        }
        let mut child = self
            .psql()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql");
        let mut input = child.stdin.take().expect("input");
        input.write_all(script.as_bytes()).expect("script");
        drop(input);
        let out = child.wait_with_output().expect("psql");
        assert!(out.status.success(), "{sql}");
        let text = String::from_utf8(out.stdout).expect("text");
        let (mut rows, mut times) = (Vec::new(), Vec::new());
        for line in text.lines() {
            match line.strip_prefix("Time: ") {
                Some(time) => {
                    let ms = time
                        .split_whitespace()
                        .next()
                        .and_then(|t| t.parse::<f64>().ok());
                    times.push(Duration::from_secs_f64(ms.expect("a time") / 1e3));
                    if times.len() < TIMES {
                        rows.clear();
                    }
                }
                None => rows.push(line.to_owned()),
            }
        }
        (rows, median(times))
    }
}

/// Loads the rows of the log, and asks both.
pub fn run(folder: &Path, plan: &Plan, runtime: &Runtime, rows: &mut Rows) {
    let Some(programs) = installed() else {
        println!("PostgreSQL: left out, there is no server on this machine");
        return;
    };
    let under = std::env::temp_dir();
    let server = Server::start(programs, &under);
    let clock = Arc::new(ManualClock::new(plan.end()));
    let (store, _) = start(folder, clock);
    let from = Instant::now();
    load(&server, &*store.ledger);
    rows.one(
        "PostgreSQL: rows of the log loaded",
        from.elapsed().as_secs_f64(),
        "s",
        "",
    );
    let size = server.ask("select pg_database_size('postgres')").0;
    let size: f64 = size[0].parse().expect("size");
    rows.one("PostgreSQL: on disk", size / 1e6, "MB", "");
    month(&server, &*store.ledger, rows);
    series(&server, &*store.ledger, rows);
    page(&server, &*store.ledger, rows);
    runtime.block_on(store.ledger.close());
}

/// One row for each document and each delivery, and what was counted of them by unit and day.
fn load(server: &Server, ledger: &dyn lienthong::store::Ledger) {
    server.run(
        "create table documents (id uuid, unit text not null, number text, day date not null, agency bool, both_signed bool, \
         late bool)",
    );
    server.run("create table facts (unit text not null, day date not null, only_electronic int, electronic int)");
    server.run(
        "create table deliveries (document uuid, sender text not null, recipient text not null, day date not null, \
         accepted bool, in_time bool)",
    );
    server.copy("documents", |put| {
        let mut each = |record: &Recorded| {
            if let Event::Offered(e) = &record.event {
                let late = e.issue_due.is_some_and(|due| record.at.local_day() > due);
                let signed = e.judged.disposition != Disposition::Hold && e.judged.agency_signed;
                put(&format!(
                    "{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                    e.document,
                    e.sender,
                    e.key.number.as_str(),
                    e.promulgated,
                    signed,
                    signed && e.judged.person_signed,
                    late
                ));
            }
        };
        ledger.replay(Position::END, &mut each).expect("the log");
    });
    server.copy("facts", |put| {
        let mut each = |record: &Recorded| {
            if let Event::Counted(e) = &record.event {
                use lienthong::model::event::Exchange;
                let gained = |fact| i64::from(e.to.1.has(fact)) - i64::from(e.from.1.has(fact));
                let (only, some) = (gained(Exchange::ONLY), gained(Exchange::ELECTRONIC));
                put(&format!("{}\t{}\t{only}\t{some}\n", e.key.unit, e.to.0));
            }
        };
        ledger.replay(Position::END, &mut each).expect("the log");
    });
    delivered(server, ledger);
    server.run("create index on documents (unit, day); create index on documents (day)");
    server.run(
        "create index on deliveries (sender, day); create index on deliveries (recipient, day)",
    );
    server.run("create index on deliveries (day); create index on facts (unit, day); create index on facts (day)");
    server.run(
        "create table counted as select unit, day, sum(offered) offered, sum(agency) agency, sum(both_signed) both_signed, \
         sum(late) late, sum(delivered) delivered, sum(in_time) in_time, sum(electronic) electronic, \
         sum(only_electronic) only_electronic from (\
         select unit, day, 1 offered, agency::int agency, both_signed::int both_signed, late::int late, 0 delivered, 0 in_time, \
         0 electronic, 0 only_electronic from documents union all \
         select sender, day, 0, 0, 0, 0, 1, in_time::int, 0, 0 from deliveries union all \
         select unit, day, 0, 0, 0, 0, 0, 0, electronic, only_electronic from facts) a group by unit, day",
    );
    server.run("alter table counted add primary key (unit, day); create index on counted (day)");
    server.run("vacuum analyze");
}

/// An answer follows its arrival soon, so that few deliveries wait in memory for theirs.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "only arrivals and answers make rows"
)]
fn delivered(server: &Server, ledger: &dyn lienthong::store::Ledger) {
    const WAIT: u64 = 40_000;
    server.copy("deliveries", |put| {
        let mut waiting: BTreeMap<u64, (lienthong::model::DocumentId, String)> = BTreeMap::new();
        let mut places = std::collections::HashMap::new();
        let mut line = |row: &str, answer: Option<(bool, bool)>| {
            let (accepted, in_time) = answer.unwrap_or((false, false));
            put(&format!("{row}\t{accepted}\t{in_time}\n"));
        };
        let mut each = |record: &Recorded| {
            match &record.event {
                Event::Arrived(e) => {
                    let day = record.at.local_day();
                    let row = format!("{}\t{}\t{}\t{day}", e.document, e.sender, e.recipient);
                    waiting.insert(record.position.0, (e.document, row));
                    places.insert(e.document, record.position.0);
                }
                Event::Answered(e) => {
                    let at = places.remove(&e.document).expect("arrived before");
                    let (_, row) = waiting.remove(&at).expect("waits");
                    let in_time = e.due.is_some_and(|due| record.at <= due);
                    line(
                        &row,
                        Some((e.status == lienthong::model::Status::Accepted, in_time)),
                    );
                }
                _ => {}
            }
            while let Some(first) = waiting
                .first_entry()
                .filter(|f| f.key() + WAIT < record.position.0)
            {
                let (document, row) = first.remove();
                places.remove(&document);
                line(&row, None);
            }
        };
        ledger.replay(Position::END, &mut each).expect("the log");
        for (_, row) in waiting.into_values() {
            line(&row, None);
        }
    });
}

const MEASURES: [Measure; 8] = [
    Measure::Offered,
    Measure::AgencySigned,
    Measure::BothSigned,
    Measure::IssuedLate,
    Measure::Delivered,
    Measure::AnsweredInTime,
    Measure::Electronic,
    Measure::ElectronicOnly,
];

/// How a row ends that says nothing.
const NOTHING: &str = "|0|0|0|0|0|0|0|0";
const COLUMNS: &str = "sum(offered), sum(agency), sum(both_signed), sum(late), sum(delivered), sum(in_time), \
                       sum(electronic), sum(only_electronic)";

fn times(run: impl Fn() -> Vec<String>) -> (Vec<String>, f64) {
    let mut all = Vec::new();
    let mut answer = Vec::new();
    for _ in 0..TIMES {
        let from = Instant::now();
        answer = run();
        all.push(from.elapsed());
    }
    (answer, median(all))
}

fn told(rows: &mut Rows, what: &str, sql: f64, ours: f64) {
    rows.one(&format!("PostgreSQL: {what}"), sql, "ms", "");
    rows.one("… and ours", ours, "ms", "");
    rows.one(
        "… PostgreSQL takes so many times as long",
        sql / ours,
        "×",
        "",
    );
}

/// All units' figures of a month: from the documents and deliveries, and from what is kept by unit and day.
fn month(server: &Server, ledger: &dyn lienthong::store::Ledger, rows: &mut Rows) {
    let period = Period::parse("2026-10").expect("month");
    let ours = || {
        let totals = ledger.rates(period, None).expect("rates");
        let lines = totals.iter().filter_map(|(unit, counts)| {
            let each = MEASURES.map(|m| counts.get(&m).copied().unwrap_or(0));
            let line = each.map(|n| n.to_string()).join("|");
            each.iter()
                .any(|n| *n != 0)
                .then(|| format!("{unit}|{line}"))
        });
        lines.collect()
    };
    let (ours, took) = times(ours);
    let of = |table: &str| {
        format!(
            "select unit, {COLUMNS} from {table} where day between '2026-10-01' and '2026-10-31' group by unit order by unit"
        )
    };
    let base = "(select unit, day, 1 offered, agency::int agency, both_signed::int both_signed, late::int late, 0 delivered, \
                0 in_time, 0 electronic, 0 only_electronic from documents union all \
                select sender, day, 0, 0, 0, 0, 1, in_time::int, 0, 0 from deliveries union all \
                select unit, day, 0, 0, 0, 0, 0, 0, electronic, only_electronic from facts) a";
    for (what, table) in [
        ("of documents and deliveries", base),
        ("of rows by unit and day", "counted"),
    ] {
        let (found, sql) = server.ask(&of(table));
        let found: Vec<String> = found
            .into_iter()
            .filter(|row| !row.ends_with(NOTHING))
            .collect();
        assert_eq!(found.len(), ours.len(), "units of the month {what}");
        assert!(found == ours, "the same figures {what}");
        told(
            rows,
            &format!("all units' figures of a month, {what}"),
            sql,
            took,
        );
    }
}

/// One unit's figures in each of 24 months.
fn series(server: &Server, ledger: &dyn lienthong::store::Ledger, rows: &mut Rows) {
    let unit = Plan::code(7);
    let ours = || {
        let of = |month: &String| {
            let period = Period::parse(month).expect("month");
            let totals = ledger.rates(period, Some(&unit)).expect("rates");
            let counts = totals.get(&unit).cloned().unwrap_or_default();
            let each = MEASURES.map(|m| counts.get(&m).copied().unwrap_or(0).to_string());
            format!("{month}|{}", each.join("|"))
        };
        let months = Plan::months();
        let all = months.iter().map(of);
        all.filter(|row| !row.ends_with(NOTHING)).collect()
    };
    let (ours, took) = times(ours);
    let sql = format!(
        "select to_char(day, 'YYYY-MM') m, {COLUMNS} from counted where unit = '{unit}' and day between '2024-12-01' and \
         '2026-11-30' group by m order by m"
    );
    let (found, sql) = server.ask(&sql);
    assert_eq!(found, ours, "the same series");
    told(
        rows,
        "24 months of one unit, of rows by unit and day",
        sql,
        took,
    );
}

/// The first documents of a unit in a month.
fn page(server: &Server, ledger: &dyn lienthong::store::Ledger, rows: &mut Rows) {
    let unit = Plan::code(3);
    let behind = lienthong::rates::Behind::measure(Measure::Offered);
    let period = Period::parse("2026-10").expect("month");
    let (ours, took) = times(|| {
        let page = ledger.figure_rows(&unit, period.days(), &behind, None, 50);
        let rows = page.expect("a page").rows.into_iter();
        rows.map(|row| format!("{}", row.day)).collect()
    });
    let sql = format!(
        "select day, id from documents where unit = '{unit}' and day between '2026-10-01' and '2026-10-31' order by day, id limit 50"
    );
    let (found, sql) = server.ask(&sql);
    assert_eq!(found.len(), ours.len(), "as many rows");
    told(rows, "page of 50 documents", sql, took);
}
