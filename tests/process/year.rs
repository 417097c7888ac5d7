//! The simulated year from outside: what is simulated says so wherever it is read, no command and no daemon opens it
//! that was not told, and every figure opens down to documents and receipts in three steps.

use crate::support::{block_on, get, good, now, program, run, until};
use lienthong::demo::daemon::Daemon;
use lienthong::demo::world::World;
use lienthong::demo::year::{self, Written};
use lienthong::format::content::Memory;
use lienthong::format::zip::Archive;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

const MARK: &str = "MÔ PHỎNG (SIMULATED)";

fn written(folder: &Path) -> Written {
    let world = World::new(now(), "http://127.0.0.1:1").expect("world");
    let mut told = |_: &str, _: u64| {};
    block_on(year::write(folder, &world, &mut told)).expect("the year")
}

/// The administrator of the year's installation.
struct Year {
    written: Written,
    _folder: tempfile::TempDir,
}

impl Year {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        Self {
            written: written(folder.path()),
            _folder: folder,
        }
    }

    fn home(&self) -> &Path {
        &self.written.installation.home
    }

    fn says(&self, arguments: &[&str]) -> String {
        let config = self.written.installation.config.display().to_string();
        let mut all = arguments.to_vec();
        all.extend(["--config", &config]);
        good(&run(&all, self.home()))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let text = self.says(&all);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }
}

/// Every text of a workbook: they stand in the cells of its sheets.
fn texts(book: &Path) -> String {
    let content = Memory::new(std::fs::read(book).expect("a workbook").into());
    let archive = Archive::read(&content).expect("an archive");
    let sheet = |n: usize| archive.file(&format!("xl/worksheets/sheet{n}.xml"));
    let sheets = (1..).map_while(sheet).map(|entry| {
        let bytes = archive.unpack(entry, 64 << 20).expect("unpacked");
        String::from_utf8(bytes).expect("text")
    });
    let texts: String = sheets.collect();
    assert!(!texts.is_empty(), "no sheet");
    texts
}

fn read(path: &Path) -> String {
    let mut out = String::new();
    let mut file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    file.read_to_string(&mut out).expect("text");
    out
}

#[test]
fn what_is_simulated_says_so_wherever_it_is_read() {
    let year = Year::new();
    reports_say_so(&year);
    tables_say_so(&year);
    statements_say_so(&year);
    nobody_opens_it_who_was_not_told(&year);
    the_daemon_says_so(&year);
}

/// Each form of a report, the printed one too.
fn reports_say_so(year: &Year) {
    let printed = year.says(&["report", "--period", "2025", "--out", "out"]);
    assert!(printed.starts_with(MARK), "{printed}");
    let out = year.home().join("out");
    let mut forms = Vec::new();
    for entry in std::fs::read_dir(&out).expect("files") {
        let path = entry.expect("entry").path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("mo-phong-"), "{name}");
        let form = path.extension().unwrap().to_string_lossy().into_owned();
        match form.as_str() {
            "xlsx" => {
                let texts = texts(&path);
                // Above and below every sheet.
                assert!(texts.contains(MARK), "{texts}");
            }
            "csv" => {
                let text = read(&path);
                let mut lines = text.lines();
                assert!(lines.next().unwrap().ends_with(",simulated"));
                assert!(lines.all(|line| line.ends_with(MARK)));
            }
            "json" => {
                let view: Value = serde_json::from_str(&read(&path)).expect("JSON");
                assert_eq!(view["figures"]["simulated"], true);
                assert!(view["gateway"].as_str().unwrap().starts_with(MARK));
            }
            _ => assert!(read(&path).contains(MARK), "{name}"),
        }
        forms.push(form);
    }
    for form in ["xlsx", "csv", "json", "html", "svg"] {
        assert!(forms.iter().any(|f| f == form), "{form}: {forms:?}");
    }
}

/// Figures, lists and registers: as tables, as JSON and for spreadsheets.
fn tables_say_so(year: &Year) {
    let period = ["--period", "2025-11"];
    let list = [
        "rates",
        "documents",
        "--unit",
        "MAU.TN.CD.03",
        "--measure",
        "signed",
    ];
    let book = ["books", "outgoing", "--unit", "MAU.TN.CD.03"];
    let mut asked: Vec<Vec<&str>> = vec![
        [&["rates"][..], &period].concat(),
        [&["rates", "--tree"][..], &period].concat(),
        [&list[..], &period].concat(),
        [&book[..], &period].concat(),
        vec![
            "search",
            "--unit",
            "MAU.TN.CD.03",
            "--from",
            "2025-11-01",
            "du toan",
        ],
    ];
    for arguments in &asked {
        let said = year.says(arguments);
        assert!(said.starts_with(MARK), "{arguments:?}: {said}");
        let view = year.json(arguments);
        assert_eq!(view["simulated"], true, "{arguments:?}");
    }
    asked.pop();
    for arguments in &asked {
        for form in ["--csv", "--excel"] {
            let table = year.says(&[&arguments[..], &[form]].concat());
            assert!(table.lines().count() > 1, "{arguments:?}");
            let mut rows = table.lines().skip(1);
            assert!(rows.all(|row| row.contains(MARK)), "{arguments:?}: {table}");
        }
    }
    year.says(&["rates", "--period", "2025-11", "--xlsx", "rates.xlsx"]);
    assert!(texts(&year.home().join("rates.xlsx")).contains(MARK));
}

/// The signed ones, and the events under them: what was signed cannot lose the mark, and the events bear it out.
fn statements_say_so(year: &Year) {
    let (statement, events) = ("2025.p7m", "events.ndjson");
    year.says(&["period", "show", "2025", "--out", statement]);
    year.says(&["period", "export", "--out", events]);
    assert!(year.says(&["period", "show", "2025"]).starts_with(MARK));
    let verify = ["receipt", "verify", statement, "--events", events];
    let said = year.says(&verify);
    assert!(said.contains(MARK) && !said.contains('✘'), "{said}");
    let view = year.json(&verify);
    assert_eq!(view["events"]["verified"], true, "{view}");
    let gateway = view.pointer("/statement/gateway").and_then(Value::as_str);
    assert!(gateway.unwrap().starts_with(MARK));
    // Events without their first record are no events of anything.
    let text = read(&year.home().join(events));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.remove(1);
    let path = year.home().join("cut.ndjson");
    std::fs::write(&path, lines.join("\n")).expect("written");
    let config = year.written.installation.config.display().to_string();
    let cut = run(
        &[
            "receipt",
            "verify",
            statement,
            "--events",
            "cut.ndjson",
            "--config",
            &config,
        ],
        year.home(),
    );
    assert!(!cut.status.success());
}

/// Neither a daemon nor a command opens the store without being told, nor a real one when told.
fn nobody_opens_it_who_was_not_told(year: &Year) {
    let config = &year.written.installation.config;
    let told = read(config);
    assert!(told.contains("simulated = true"));
    let plain = config.with_file_name("plain.toml");
    std::fs::write(
        &plain,
        told.replace("simulated = true", "simulated = false"),
    )
    .expect("written");
    let named = plain.display().to_string();
    for arguments in [
        &["serve"][..],
        &["rates", "--period", "2025-11"],
        &["report", "--period", "2025", "--out", "none"],
        &["period", "list"],
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--config", &named]);
        let output = run(&all, year.home());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains("is simulated"), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    // A name that could be taken for the mark is none.
    std::fs::write(&plain, "[gateway]\nname = \"Cổng mô phỏng\"\n").expect("written");
    let output = run(&["check-config", "--config", &named], year.home());
    assert!(!output.status.success());
}

/// The page, `/v1` and receipts, of a daemon on the store; and every figure in three steps.
fn the_daemon_says_so(year: &Year) {
    let at = &year.written.installation;
    let daemon = block_on(Daemon::start(&program(), at)).expect("the daemon");
    until("ready", || {
        get(at.operations, "/readyz").is_some_and(|answer| answer.contains("200 OK"))
    });
    for path in [
        "/?period=2025-11",
        "/figure?unit=MAU.TN.CD.03&name=signed&period=2025",
    ] {
        let page = get(at.operations, path).expect("a page");
        assert!(page.contains("200 OK") && page.contains(MARK), "{page}");
    }
    let unit = at.profile("MAU.TN.CD.03").display().to_string();
    let own = ["--profile", unit.as_str()];
    let rates = [&["rates", "--period", "2025-11", "--json"][..], &own].concat();
    let view: Value = serde_json::from_str(&good(&run(&rates, year.home()))).expect("JSON");
    assert_eq!(view["simulated"], true);
    three_steps(year, &own);
    block_on(daemon.stop()).expect("stopped");
}

/// Which unit, which documents, since when: from six figures, by the administrator and by the unit itself.
fn three_steps(year: &Year, own: &[&str]) {
    let unit = "MAU.TN.CD.03";
    for (figure, missing) in [
        ("signed", true),
        ("both_signed", true),
        ("exchange", true),
        ("own_answers_in_time", true),
        ("issued_late", false),
        ("refused.no_signature", false),
        ("received", false),
    ] {
        let mut list = vec!["rates", "documents", "--unit", unit, "--measure", figure];
        list.extend(["--period", "2025", "--limit", "5"]);
        if missing {
            list.push("--missing");
        }
        let by_unit = [&list[..], own, &["--json"]].concat();
        let seen: Value = serde_json::from_str(&good(&run(&by_unit, year.home()))).expect("JSON");
        let view = year.json(&list);
        assert_eq!(view["total"], seen["total"], "{figure}");
        assert!(view["total"].as_i64() > Some(0), "{figure}: {view}");
        let rows = view["items"].as_array().expect("rows");
        let Some(id) = rows.iter().find_map(|row| row["id"].as_str()) else {
            assert!(
                rows.iter().all(|row| row["kind"] == "register"),
                "{figure}: {view}"
            );
            continue;
        };
        let life = year.json(&["status", id]);
        assert_eq!(life["id"], id);
        assert_eq!(life["simulated"], true);
        assert!(!life["timeline"].as_array().expect("timeline").is_empty());
    }
    let list = [
        "rates",
        "documents",
        "--unit",
        unit,
        "--measure",
        "received",
    ];
    let view = year.json(&[&list[..], &["--period", "2025-11", "--limit", "1"]].concat());
    let id = view
        .pointer("/items/0/id")
        .and_then(Value::as_str)
        .expect("a document");
    year.says(&["status", id, "--receipts", "receipts"]);
    let receipts = std::fs::read_dir(year.home().join("receipts")).expect("receipts");
    let receipts: Vec<_> = receipts.map(|entry| entry.expect("entry").path()).collect();
    assert!(receipts.len() >= 2, "{receipts:?}");
    for receipt in receipts {
        let said = year.says(&["receipt", "verify", &receipt.display().to_string()]);
        assert!(said.contains(MARK), "{said}");
    }
}
