//! The commands of the README in an empty folder, from `init` to `recount`.

use crate::support::{WORLD, good, program, run};
use lienthong::demo::cases::Case;
use lienthong::demo::documents;
use lienthong::demo::install::free_ports;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Path) -> Serving {
    let log = std::fs::File::create(folder.join("serve.log")).expect("log");
    let child = Command::new(program())
        .arg("serve")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("log"))
        .stderr(log)
        .spawn()
        .expect("started");
    Serving(child)
}

/// Free ports instead of the defaults, which another process may use.
fn choose_ports(folder: &Path) {
    let path = folder.join("lienthong/config/lienthong.toml");
    let text = std::fs::read_to_string(&path).expect("configuration");
    let (exchange, operations) = free_ports().expect("ports");
    assert!(text.contains("8443") && text.contains("8480"), "{text}");
    let text = text
        .replace("8443", &exchange.port().to_string())
        .replace("8480", &operations.port().to_string());
    std::fs::write(&path, text).expect("written");
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).expect("folder");
    std::fs::write(path, bytes).expect("written");
}

fn does(here: &Path, line: &str) -> Output {
    run(&line.split_whitespace().collect::<Vec<_>>(), here)
}

/// `init`, units, trust, bindings, profiles.
fn set_up(here: &Path) {
    good(&does(here, "init --no-input"));
    choose_ports(here);
    let province = "H53.MAU";
    good(&run(
        &["unit", "add", province, "--name", "UBND tỉnh"],
        here,
    ));
    for (code, name) in [
        ("H53.MAU.STC", "Sở Tài chính"),
        ("H53.MAU.LC", "Xã Long Cang"),
    ] {
        good(&run(
            &["unit", "add", code, "--name", name, "--parent", province],
            here,
        ));
    }
    for file in WORLD.material().expect("material") {
        put(&here.join("lienthong/certs").join(&file.path), &file.bytes);
    }
    let sender = &WORLD.members[1];
    put(&here.join("agency.pem"), sender.agency.pem().as_bytes());
    put(&here.join("person.pem"), sender.person.pem().as_bytes());
    good(&does(
        here,
        "unit bind H53.MAU.STC --certificate agency.pem --role agency",
    ));
    good(&does(
        here,
        "unit bind H53.MAU.STC --certificate person.pem --role person",
    ));
    good(&does(here, "unit enrol H53.MAU.STC --out profiles/stc"));
    good(&does(here, "unit enrol H53.MAU.LC --out profiles/lc"));
    good(&does(here, "check-config"));
}

fn wait_until_served(here: &Path) {
    let began = Instant::now();
    while !does(here, "inbox --profile profiles/lc").status.success() {
        let log = std::fs::read_to_string(here.join("serve.log")).unwrap_or_default();
        assert!(began.elapsed() < Duration::from_secs(30), "{log}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One document there and its answer back; then the figures.
fn exchange(here: &Path, bytes: &[u8]) {
    let sent = good(&does(
        here,
        "send 12.pdf --to H53.MAU.LC --number 12 --notation STC-VP --subject Dự_toán \
         --receipt-out 12.p7m --json --profile profiles/stc",
    ));
    let sent: serde_json::Value = serde_json::from_str(sent.trim()).expect("JSON");
    let id = sent["id"].as_str().expect("id").to_owned();
    assert_eq!(sent["disposition"], "accepted");
    good(&does(
        here,
        "receipt verify 12.p7m --ca profiles/stc/receipt-ca.pem",
    ));
    let inbox = good(&does(here, "inbox --json --profile profiles/lc"));
    assert!(inbox.contains(&id), "{inbox}");
    good(&does(
        here,
        &format!("receive {id} --out den --profile profiles/lc"),
    ));
    let got = find(&here.join("den"), "12.pdf").expect("the file");
    assert_eq!(got, bytes);
    good(&does(
        here,
        &format!("answer {id} accepted --profile profiles/lc"),
    ));
    let status = good(&does(
        here,
        &format!("status {id} --json --profile profiles/stc"),
    ));
    let status: serde_json::Value = serde_json::from_str(status.trim()).expect("JSON");
    assert_eq!(status["recipients"][0]["state"], "accepted");
    for command in ["rates --json", "rates --csv"] {
        let rates = good(&does(here, &format!("{command} --profile profiles/stc")));
        assert!(rates.contains("H53.MAU.STC"), "{rates}");
    }
    good(&does(here, "recount"));
    good(&does(here, "trust list"));
}

#[test]
fn from_init_to_recount_in_an_empty_folder() {
    let folder = tempfile::tempdir().expect("folder");
    let here = folder.path();
    set_up(here);
    let made = documents::make(&WORLD).expect("documents");
    let of = |case: Case| &made.iter().find(|d| d.case == case).expect("one").files[0].bytes;
    let both = made
        .iter()
        .find(|d| d.sender == 1 && d.case == Case::PdfBoth)
        .expect("one");
    let both = &both.files[0].bytes;
    put(&here.join("12.pdf"), both);
    put(&here.join("13.pdf"), of(Case::Unsigned));
    put(&here.join("14.pdf"), of(Case::Altered));
    for (file, exit) in [("12.pdf", 0), ("13.pdf", 11), ("14.pdf", 10)] {
        let verified = does(here, &format!("verify {file} --trust lienthong/certs"));
        assert_eq!(verified.status.code(), Some(exit), "{file}");
    }
    let early = does(here, "inbox --profile profiles/lc");
    assert_eq!(early.status.code(), Some(4), "nothing listens yet");
    let serving = serve(here);
    wait_until_served(here);
    exchange(here, both);
    let refused = does(
        here,
        "send 13.pdf --to H53.MAU.LC --number 13 --notation STC-VP --subject x \
         --profile profiles/stc",
    );
    assert_eq!(refused.status.code(), Some(5));
    from_a_figure_to_its_documents(here, serving);
}

/// Which unit, which documents, since when: from the rates to the documents to one document. The same with the
/// administrator's socket, as the unit, and on the store itself once the gateway has stopped.
fn from_a_figure_to_its_documents(here: &Path, serving: Serving) {
    let rates = json(here, "rates --unit H53.MAU.STC --json");
    let signed = &rates["units"][0]["rates"]["signed"];
    assert_eq!(
        (&signed["numerator"], &signed["denominator"]),
        (&1.into(), &2.into())
    );
    let unsigned = "rates documents --unit H53.MAU.STC --measure signed --missing --json";
    let lacking = json(here, unsigned);
    assert_eq!(
        (&lacking["total"], lacking["items"].as_array().map(Vec::len)),
        (&1.into(), Some(1))
    );
    let row = &lacking["items"][0];
    assert_eq!(
        (&row["number"], &row["reason"]),
        (&"13".into(), &"no_signature".into())
    );
    assert_eq!(
        (&row["kind"], &row["subject"]),
        (&"document".into(), &"x".into())
    );
    assert_eq!(row["receipts"].as_array().map(Vec::len), Some(1), "{row}");
    let id = row["id"].as_str().expect("id");
    let status = json(here, &format!("status {id} --json --profile profiles/stc"));
    assert_eq!(status["verdict"]["reason"], "no_signature");
    assert_eq!(
        json(here, &format!("{unsigned} --profile profiles/stc"))["items"],
        lacking["items"]
    );

    let got = json(
        here,
        "rates documents --unit H53.MAU.LC --measure own_answers_in_time --json --profile profiles/lc",
    );
    let row = &got["items"][0];
    assert_eq!(
        (&row["kind"], &row["state"]),
        (&"delivery".into(), &"accepted".into())
    );
    assert_eq!(
        (&row["sender"], &row["number"]),
        (&"H53.MAU.STC".into(), &"12".into())
    );
    assert!(
        row["arrived"].is_string() && row["answered"].is_string(),
        "{row}"
    );
    assert_eq!(row["receipts"].as_array().map(Vec::len), Some(3), "{row}");

    as_words_and_tables(here);
    drop(serving);
    assert_eq!(json(here, unsigned)["items"], lacking["items"]);
    let nobody = does(here, "rates documents --unit H53.MAU.XX --measure offered");
    assert_eq!(nobody.status.code(), Some(1), "no such unit");
}

/// The same for people and for spreadsheets; and what is not asked rightly.
fn as_words_and_tables(here: &Path) {
    let words = good(&does(
        here,
        "rates documents --unit H53.MAU.STC --measure offered --lang en",
    ));
    assert!(
        words.contains("12/STC-VP") && words.contains("13/STC-VP"),
        "{words}"
    );
    let others = does(
        here,
        "rates documents --unit H53.MAU.LC --measure received --profile profiles/stc",
    );
    assert_eq!(others.status.code(), Some(1), "another unit's documents");
    let table = good(&does(
        here,
        "rates documents --unit H53.MAU.STC --measure signed --missing --excel",
    ));
    assert!(
        table.starts_with('\u{feff}') && table.lines().count() == 2,
        "{table}"
    );
    for wrong in [
        "--measure signde",
        "--measure offered --missing",
        "--measure signed --period 2026-13",
    ] {
        let wrong = does(here, &format!("rates documents --unit H53.MAU.STC {wrong}"));
        assert_eq!(wrong.status.code(), Some(2));
    }
}

fn json(here: &Path, line: &str) -> serde_json::Value {
    serde_json::from_str(good(&does(here, line)).trim()).expect("JSON")
}

/// The bytes of the file of that name, wherever below `folder`.
fn find(folder: &Path, name: &str) -> Option<Vec<u8>> {
    for entry in std::fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name) {
                return Some(found);
            }
        } else if path.file_name().is_some_and(|n| n == name) {
            return std::fs::read(path).ok();
        }
    }
    None
}
