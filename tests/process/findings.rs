//! Findings by the real binary: opened from a figure, closed only with evidence, at the head of every report; reminders
//! to a mail server over TLS and into a folder, and reports that go out by themselves, each once, whatever is killed.

use crate::lives::uploads;
use crate::power_cut::NoKey;
use crate::smtp::{MailServer, Mood};
use crate::support::{Fault, Gateway, WORLD, block_on, draft, get, good, now, until};
use lienthong::client::progress::Progress;
use lienthong::clock::ManualClock;
use lienthong::demo::install::Plan;
use lienthong::demo::units::UNITS;
use lienthong::intake::{
    FindingDraft, FindingTools, FindingWords, Found, RegisterDays, RegisterLine, RegisterTools,
};
use lienthong::model::event::{FoundItem, SentBy};
use lienthong::model::{CodeNotation, CodeNumber, LocalDay, Timestamp, UnitCode};
use lienthong::store::embedded::{OpenOptions, open};
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

const SENDER: usize = 0;
const RECIPIENT: usize = 7;
const CONTACT: &str = "dau-moi@don-vi.example";
/// What a letter must not hold: words of the finding, and a person's name.
const WRONG: &str = "Thiếu chữ ký của Nguyễn Văn Kín";

/// A gateway that is not started, whose units have a contact; with lines of `[mail]`, and more in its configuration.
fn installed(mail: &str, more: &str) -> Gateway {
    let mut plan = Plan::of(&WORLD).expect("plan");
    for unit in &mut plan.units {
        unit.details.contact.name = "Bà Đầu Mối".into();
        unit.details.contact.email = CONTACT.into();
    }
    let gateway = Gateway::installed_in_own_folder(&plan);
    set_mail(&gateway, mail);
    crate::reached::configure(&gateway, |text| format!("{text}\n{more}\n"));
    gateway
}

/// Adds lines of `[mail]`.
fn set_mail(gateway: &Gateway, lines: &str) {
    if !lines.is_empty() {
        crate::reached::configure(gateway, |text| format!("{text}\n[mail]\n{lines}"));
    }
}

fn day(ahead: i32) -> String {
    let today = now().local_day().number();
    LocalDay::from_number(today + ahead)
        .expect("a day")
        .to_string()
}

fn send(gateway: &Gateway, number: u64) -> String {
    let made = draft(
        &WORLD.members[SENDER],
        &[RECIPIENT],
        number,
        300,
        Fault::None,
    );
    let (office, files, silent) = (gateway.office(SENDER), uploads(&made), Progress::silent());
    let sent = block_on(office.client.send(&made.envelope, &files, None, &silent)).expect("sent");
    assert_eq!(sent.submitted.disposition, "accepted");
    sent.submitted.id
}

fn asked(gateway: &Gateway, arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let out = good(&gateway.as_administrator(&all));
    let last = out.lines().next().unwrap_or("null");
    serde_json::from_str(last).unwrap_or_else(|e| panic!("{out}: {e}"))
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

/// Opens one from a figure of the sender.
fn open_one(gateway: &Gateway, due: &str) -> String {
    let view = asked(
        gateway,
        &[
            "finding",
            "open",
            "--unit",
            UNITS[SENDER].code,
            "--measure",
            "offered",
            "--wrong",
            WRONG,
            "--remedy",
            "Ký lại",
            "--owner",
            "Trần Thị Chủ",
            "--due",
            due,
        ],
    );
    view["id"].as_str().expect("an id").to_owned()
}

fn reminders(gateway: &Gateway, id: &str) -> u64 {
    let view = asked(gateway, &["finding", "show", id]);
    view["reminders"].as_u64().expect("a number")
}

fn mail(server: &MailServer, gateway: &Gateway, security: &str) {
    let config = gateway.at.home.join("config");
    std::fs::write(config.join("mail-ca.pem"), &server.ca).expect("written");
    std::fs::write(config.join("mail-password"), "mật-khẩu\n").expect("written");
    let port = server.port;
    let lines = format!(
        "from = \"truc@tinh.example\"\nhost = \"localhost\"\nport = {port}\n\
         security = \"{security}\"\nca_file = \"config/mail-ca.pem\"\nuser = \"truc\"\n\
         password_file = \"config/mail-password\"\ntimeout_secs = 2\n"
    );
    set_mail(gateway, &lines);
}

#[allow(clippy::too_many_lines, reason = "one story from end to end")]
#[test]
fn reminders_go_out_once_over_tls_and_hold_up_nothing() {
    let server = MailServer::start(false);
    let mut gateway = installed("", "");
    mail(&server, &gateway, "starttls");
    good(&gateway.as_administrator(&["check-config"]));
    gateway.up();
    send(&gateway, 1);
    let id = open_one(&gateway, &day(1));
    until("the reminder", || !server.taken().is_empty());
    until("the event", || reminders(&gateway, &id) == 1);
    let letter = server.taken().remove(0);
    assert_eq!(letter.to, [format!("RCPT TO:<{CONTACT}>")]);
    assert!(letter.from.contains("truc@tinh.example"), "{letter:?}");
    assert_eq!(letter.login.as_deref(), Some("truc mật-khẩu"));
    assert_eq!(letter.field("To"), CONTACT);
    assert_eq!(letter.field("Auto-Submitted"), "auto-generated");
    let text = letter.text();
    assert!(
        text.contains(&id) && text.contains(UNITS[SENDER].code),
        "{text}"
    );
    let (vietnamese, english) = text.split_once("— English —").expect("both languages");
    assert!(
        vietnamese.contains("Kính gửi") && english.contains("finding"),
        "{text}"
    );
    for hidden in ["Văn Kín", "Chủ", "Đầu Mối", "Ký lại"] {
        assert!(
            !letter.data.contains(hidden) && !text.contains(hidden),
            "{hidden}: {text}"
        );
    }
    assert_eq!(
        server.unprotected(),
        [""; 0],
        "nothing is said of a letter before TLS"
    );

    // Killed and started again, and again: what went out goes out no more.
    for _ in 0..2 {
        gateway.kill();
        gateway.up();
        std::thread::sleep(Duration::from_secs(3));
    }
    assert_eq!((server.taken().len(), reminders(&gateway, &id)), (1, 1));
    good(&gateway.as_administrator(&["finding", "remind", &id]));
    assert_eq!((server.taken().len(), reminders(&gateway, &id)), (2, 2));
    let ids: Vec<String> = server
        .taken()
        .iter()
        .map(|one| one.field("Message-ID"))
        .collect();
    assert_ne!(ids[0], ids[1]);

    // A server that is away or of another mind: told, nothing on record, and documents pass as ever.
    for (number, mood, code) in [
        (100, Mood::Refuses, "550"),
        (101, Mood::Busy, "451"),
        (102, Mood::Silent, "mail server"),
        (103, Mood::Plain, "mail server"),
    ] {
        server.set(mood);
        let other = open_one(&gateway, &day(60));
        let told = gateway.as_administrator(&["finding", "remind", &other]);
        assert!(!told.status.success(), "{mood:?}");
        assert!(said(&told).contains(code), "{mood:?}: {}", said(&told));
        let began = std::time::Instant::now();
        send(&gateway, number);
        assert!(began.elapsed() < Duration::from_secs(10), "{mood:?}");
        assert_eq!(reminders(&gateway, &other), 0, "{mood:?}");
    }
    assert_eq!(server.unprotected(), [""; 0], "no letter goes without TLS");
    assert_eq!(server.taken().len(), 2);
    // It is well again: what is due goes out without being asked.
    let due = open_one(&gateway, &day(0));
    until("tried", || {
        gateway.log().contains("a reminder was not sent")
    });
    server.set(Mood::Takes);
    until_long("sent again", || reminders(&gateway, &due) == 1);
    let metrics = get(gateway.at.operations, "/metrics").expect("metrics");
    assert!(metrics.contains("lienthong_letters_total"), "{metrics}");
}

/// Waits for what has a pause of half a minute before it.
fn until_long(what: &str, mut holds: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(150), "never: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn tls_from_the_first_byte_and_no_other_authority() {
    let (server, stranger) = (MailServer::start(true), MailServer::start(true));
    let mut gateway = installed("", "");
    mail(&server, &gateway, "tls");
    gateway.up();
    send(&gateway, 1);
    let id = open_one(&gateway, &day(30));
    good(&gateway.as_administrator(&["finding", "remind", &id]));
    assert_eq!(server.taken().len(), 1);
    // At rest the same command sends by itself.
    gateway.stop();
    good(&gateway.as_administrator(&["finding", "remind", &id]));
    assert_eq!((server.taken().len(), reminders(&gateway, &id)), (2, 2));
    let ca = gateway.at.home.join("config/mail-ca.pem");
    std::fs::write(&ca, &stranger.ca).expect("written");
    let told = gateway.as_administrator(&["finding", "remind", &id]);
    assert!(
        !told.status.success() && said(&told).contains("not_sent"),
        "{}",
        said(&told)
    );
    assert_eq!((server.taken().len(), reminders(&gateway, &id)), (2, 2));
    // A password that is not taken is a matter of the settings, and is told.
    std::fs::write(&ca, &server.ca).expect("written");
    let password = gateway.at.home.join("config/mail-password");
    std::fs::write(&password, "sai\n").expect("written");
    let told = gateway.as_administrator(&["finding", "remind", &id]);
    assert!(said(&told).contains("535"), "{}", said(&told));
    std::fs::remove_file(&password).expect("removed");
    let told = gateway.as_administrator(&["check-config"]);
    assert_eq!(told.status.code(), Some(3), "{}", said(&told));
}

/// Writes a finding of the past, as it was then: a nil return of its unit, and a due date that is over by now.
fn past_finding(gateway: &Gateway, unit: usize, ago: i32, due: i32) -> String {
    let then = now().plus_secs(-i64::from(ago) * 86_400);
    let clock = Arc::new(ManualClock::new(then));
    let store = open(&gateway.at.home, OpenOptions::default(), clock).expect("opened");
    let unit = UnitCode::parse(UNITS[unit].code).expect("code");
    block_on(async {
        let id = written(&*store.ledger, &*store.vault, then, &unit, ago, due).await;
        store.ledger.close().await;
        id
    })
}

async fn written(
    ledger: &dyn lienthong::store::Ledger,
    vault: &dyn lienthong::store::Vault,
    then: Timestamp,
    unit: &UnitCode,
    ago: i32,
    due: i32,
) -> String {
    let day = |before: i32| {
        let today = now().local_day().number();
        LocalDay::from_number(today - before).expect("a day")
    };
    let register = RegisterTools {
        ledger,
        vault,
        sealer: &NoKey,
        gateway: "Trục",
        now: then,
    };
    let of = RegisterDays {
        unit: unit.clone(),
        from: day(ago + 1),
        to: day(ago + 1),
        actor: None,
    };
    let line = RegisterLine {
        number: CodeNumber::parse("1").expect("number"),
        notation: CodeNotation::parse("QĐ-UBND").expect("notation"),
        day: of.from,
        sent_by: SentBy::Paper,
    };
    let source = b"so".to_vec().into();
    let taken = register.import(&of, &[line], source, false).await;
    let taken = taken.expect("a register");
    let tools = FindingTools {
        ledger,
        vault,
        now: then,
    };
    let draft = FindingDraft {
        unit: unit.clone(),
        found: Found::Items(vec![FoundItem::Import(taken.import.import)]),
        words: FindingWords {
            wrong: WRONG.into(),
            remedy: "Nộp lại sổ".into(),
            owner: "Trần Thị Chủ".into(),
            staff: None,
        },
        due: day(due),
        actor: None,
    };
    let finding = tools.open(&draft).await.expect("opened");
    finding.finding.to_string()
}

fn letters(gateway: &Gateway, folder: &str) -> Vec<String> {
    let found = std::fs::read_dir(gateway.at.home.join(folder));
    let names = found.into_iter().flatten().flatten();
    let mut names: Vec<String> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[allow(clippy::too_many_lines, reason = "one story from end to end")]
#[test]
fn what_is_overdue_heads_every_report_and_is_reminded_of_in_a_folder() {
    let mut gateway = installed("from = \"truc@tinh.example\"\nfolder = \"thu\"\n", "");
    let id = past_finding(&gateway, SENDER, 12, 4);
    gateway.up();
    until("the letter", || letters(&gateway, "thu").len() == 1);
    until("the event", || reminders(&gateway, &id) == 1);
    let name = letters(&gateway, "thu").remove(0);
    assert!(
        name.starts_with(&id) && name.ends_with("-overdue.eml"),
        "{name}"
    );
    let document = send(&gateway, 1);
    let today = open_one(&gateway, &day(0));
    let late = asked(&gateway, &["finding", "list", "--overdue"]);
    assert_eq!(
        (&late["id"], &late["days_late"]),
        (&id.clone().into(), &4.into())
    );
    let mine = good(&gateway.as_unit(SENDER, &["finding", "list"]));
    assert!(mine.contains(&id) && mine.contains(&today), "{mine}");
    let theirs = good(&gateway.as_unit(RECIPIENT, &["finding", "list"]));
    assert!(!theirs.contains(&id), "{theirs}");
    let shown = gateway.as_unit(RECIPIENT, &["finding", "show", &id]);
    assert!(!shown.status.success());

    let rates = good(&gateway.as_administrator(&["rates"]));
    let (head, table) = (rates.find(&id), rates.find(UNITS[SENDER].code));
    assert!(
        head.is_some() && head < rates.find("EXCHANGE").or(Some(usize::MAX)),
        "{rates}"
    );
    assert!(table.is_some(), "{rates}");
    assert!(!rates.contains(&today), "{rates}");
    let page = get(gateway.at.operations, "/?lang=en").expect("a page");
    let head = page.find("Overdue findings").expect("at the head");
    assert!(
        head < page.find("class=\"cards\"").unwrap_or(usize::MAX),
        "{page}"
    );
    assert!(
        !page.contains("Kín") && page.contains("4 day(s) late"),
        "{page}"
    );
    reports(&gateway, &id, &today);

    // At rest the same heads are there, and the same closing is refused.
    gateway.stop();
    let rates = good(&gateway.as_administrator(&["rates"]));
    assert!(rates.contains(&id), "{rates}");
    let none = gateway.as_administrator(&["finding", "close", &id, "--said", "xong"]);
    assert_eq!(none.status.code(), Some(2), "{}", said(&none));
    let unknown = ["finding", "close", &id, "--said", "xong", "--evidence", &id];
    let unknown = gateway.as_administrator(&unknown);
    assert!(!unknown.status.success() && said(&unknown).contains("evidence_unknown"));
    gateway.up();
    let unknown = [
        "finding",
        "close",
        &id,
        "--said",
        "xong",
        "--evidence",
        "receipt:999999",
    ];
    let unknown = gateway.as_administrator(&unknown);
    assert!(!unknown.status.success() && said(&unknown).contains("evidence_unknown"));
    let file = gateway.at.home.join("bien-ban.pdf");
    std::fs::write(&file, vec![0x25; 3 << 20]).expect("written");
    let file = file.display().to_string();
    let closed = [
        "finding",
        "close",
        &id,
        "--said",
        "Đã nộp",
        "--evidence",
        &document,
        "--evidence",
        &file,
    ];
    let closed = asked(&gateway, &closed);
    assert_eq!(
        closed["closed"]["evidence"]
            .as_array()
            .expect("evidence")
            .len(),
        2
    );
    let rates = good(&gateway.as_administrator(&["rates"]));
    assert!(!rates.contains(&id), "{rates}");
    // From nothing but the log: the same.
    let before = asked(&gateway, &["finding", "show", &id]);
    gateway.stop();
    for lost in ["index", "rates"] {
        std::fs::remove_dir_all(gateway.at.home.join(lost)).expect("removed");
    }
    gateway.up();
    assert_eq!(asked(&gateway, &["finding", "show", &id]), before);
    good(&gateway.as_administrator(&["recount"]));
}

/// Every form of a report begins with what is overdue.
fn reports(gateway: &Gateway, late: &str, today: &str) {
    let out = gateway.at.home.join("bao-cao-tay").display().to_string();
    good(&gateway.as_administrator(&["report", "--out", &out]));
    let month = &day(0)[..7];
    let read = |end: &str| {
        let path = Path::new(&out).join(format!("report-{month}.{end}"));
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let html = String::from_utf8(read("html")).expect("UTF-8");
    let first = html.find("<section").expect("a section");
    let found = html.find(late).expect("the finding");
    assert!(
        html[first..found].matches("<section").count() == 1,
        "it is in the first section"
    );
    assert!(!html.contains(today), "what is due today is not overdue");
    let json: Value = serde_json::from_slice(&read("json")).expect("JSON");
    assert_eq!(json["findings"][0]["id"], late);
    assert_eq!(json["findings"].as_array().expect("findings").len(), 1);
    assert!(read("xlsx").starts_with(b"PK"));
    let other = gateway.at.home.join("bao-cao-khac").display().to_string();
    let unit = UNITS[RECIPIENT].code;
    let narrow = [
        "report", "--out", &other, "--unit", unit, "--format", "json",
    ];
    good(&gateway.as_administrator(&narrow));
    let path = Path::new(&other).join(format!("report-{month}.json"));
    let json: Value = serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON");
    assert_eq!(
        json["findings"],
        Value::Array(Vec::new()),
        "of its own units only"
    );
}

#[allow(clippy::too_many_lines, reason = "one story from end to end")]
#[test]
fn scheduled_reports_go_out_once_whatever_is_killed() {
    let server = MailServer::start(false);
    let mut gateway = installed(
        "",
        "[[reports.schedule]]\nname = \"ngay\"\nperiod = \"day\"\nformat = [\"csv\", \"xlsx\"]\n\
         working_day = 1\nfolder = \"bao-cao\"\nmail = [\"a@so.example\", \"b@so.example\"]\n\
         [[reports.schedule]]\nname = \"nam\"\nperiod = \"year\"\nformat = [\"json\"]\n\
         language = \"en\"\nworking_day = 1\nfolder = \"bao-cao\"\n",
    );
    mail(&server, &gateway, "starttls");
    server.set(Mood::Busy);
    gateway.up();
    until("told", || gateway.log().contains("a report did not go out"));
    // The folder of another schedule is not held up by the mail of this one.
    until("the year", || {
        letters(&gateway, "bao-cao")
            .iter()
            .any(|name| name.starts_with("nam-"))
    });
    let metrics = get(gateway.at.operations, "/metrics").expect("metrics");
    assert!(
        metrics.contains("kind=\"report\",outcome=\"failed\""),
        "{metrics}"
    );
    server.set(Mood::Takes);
    // Killed again and again while it goes out.
    for pause in [0, 150, 400, 900] {
        gateway.kill();
        gateway.up();
        std::thread::sleep(Duration::from_millis(pause));
    }
    until("both letters", || {
        let to: Vec<String> = server
            .taken()
            .iter()
            .flat_map(|one| one.to.clone())
            .collect();
        to.iter().any(|to| to.contains("a@so")) && to.iter().any(|to| to.contains("b@so"))
    });
    until("the event", || {
        gateway.log().contains("a report went out schedule=ngay")
    });
    // A letter may come twice where it was killed before the event; then it is the same letter.
    let mut ids: Vec<String> = server
        .taken()
        .iter()
        .map(|one| one.field("Message-ID"))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{ids:?}");
    let count = server.taken().len();
    let names = letters(&gateway, "bao-cao");
    assert!(
        names.iter().all(|name| !name.ends_with(".tmp")),
        "{names:?}"
    );
    assert_eq!(
        names
            .iter()
            .filter(|name| name.starts_with("ngay-"))
            .count(),
        2,
        "{names:?}"
    );
    for _ in 0..2 {
        gateway.stop();
        gateway.up();
        std::thread::sleep(Duration::from_secs(3));
    }
    assert_eq!(server.taken().len(), count, "once of each period");
    assert_eq!(letters(&gateway, "bao-cao"), names);
    let letter = server.taken().remove(0);
    assert!(letter.data.contains("multipart/mixed"), "{}", letter.data);
    assert!(letter.data.contains("spreadsheetml.sheet"));
}
