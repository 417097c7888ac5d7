//! Setting up: help, usage, `init`, `check-config`, `unit`.

use super::Desk;

const COMMANDS: [&str; 47] = [
    "demo",
    "init",
    "serve",
    "check-config",
    "unit",
    "unit add",
    "unit list",
    "unit show",
    "unit import",
    "unit export",
    "unit delivery",
    "unit bind",
    "unit enrol",
    "unit revoke",
    "send",
    "inbox",
    "receive",
    "evidence",
    "answer",
    "status",
    "verify",
    "receipt verify",
    "rates",
    "rates documents",
    "rates slips",
    "report",
    "books outgoing",
    "books incoming",
    "books handling",
    "search",
    "recount",
    "period close",
    "period list",
    "period show",
    "period correct",
    "period export",
    "clock confirm",
    "register import",
    "register nil",
    "register list",
    "register undo",
    "register gaps",
    "register conflicts",
    "trust list",
    "trust check",
    "trust reload",
    "completions",
];

#[test]
fn every_command_has_its_help() {
    let desk = Desk::new();
    let all = desk
        .run("--help")
        .ends(0)
        .says("lienthong demo")
        .says("Cách dùng / Usage:")
        .says("Exit codes");
    for command in COMMANDS {
        assert!(
            all.out.contains(command.split(' ').next().expect("word")),
            "{command}"
        );
        let help = desk.run(&format!("{command} --help")).ends(0);
        assert!(
            help.out.contains("--json") && help.out.contains(" / "),
            "{command}: {help:?}"
        );
        assert!(help.err.is_empty(), "{command}");
    }
    desk.run("--version").ends(0).says("lienthong ");
    desk.run("completions bash").ends(0).says("_lienthong");
}

#[test]
fn mistakes_of_usage_end_with_2() {
    let desk = Desk::new();
    for line in [
        "",
        "bogus",
        "serve --bogus",
        "--lang fr serve",
        "answer 0193f5a0-0000-7000-8000-000000000001 nonsense",
        "answer 0193f5a0-0000-7000-8000-000000000001 refused",
        "answer not-an-id accepted",
        "send",
        "send a.pdf --to H53",
        "send a.pdf --to h53 --number 1 --notation A --subject x",
        "send a.pdf --to H53 --number 1 --notation A --subject x --promulgated 24/11/2026",
        "send a.pdf --to H53 --number 1 --notation A --subject x --signature p7s",
        "send --envelope e.json --to H53",
        "verify a.pdf --at yesterday",
        "rates --csv --json",
        "rates --csv --excel",
        "clock confirm",
    ] {
        let ran = desk.run(line).ends(2);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{line}: {ran:?}");
        let said = ["error:", "Usage:", "For more"].iter();
        let english: Vec<_> = said.filter(|word| ran.err.contains(**word)).collect();
        assert!(english.is_empty() || line.is_empty(), "{line}: {ran:?}");
    }
    desk.run("serve --bogus")
        .ends(2)
        .says("Lỗi: không có tham số '--bogus'");
    desk.run("serve --bogus --lang en")
        .ends(2)
        .says("error: unexpected argument '--bogus' found");
    let json = desk.run("receive --json").ends(2);
    let error: serde_json::Value = serde_json::from_str(&json.err).expect("JSON");
    let message = error["error"]["message"].as_str().expect("message");
    assert!(
        message.contains("còn thiếu") && message.contains("--out"),
        "{message}"
    );
    desk.run("send a.pdf --to h53 --number 1 --notation A --subject x")
        .ends(2)
        .says("--to: giá trị không hợp lệ: h53")
        .says("send --help");
}

#[test]
fn without_configuration_it_names_demo_and_init() {
    let desk = Desk::new();
    for line in [
        "serve",
        "check-config",
        "rates",
        "recount",
        "period list",
        "unit list",
        "trust list",
        "trust check",
    ] {
        desk.run(line)
            .ends(3)
            .says("lienthong demo")
            .says("lienthong init");
    }
    desk.run("inbox").ends(3).says("unit enrol");
    let english = desk
        .run_with(&["serve"], &[("LANG", "en_US.UTF-8")])
        .ends(3);
    english.says("No configuration file");
    desk.run_with(&["serve"], &[("LANG", "C")])
        .ends(3)
        .says("Không thấy tệp cấu hình");
    let json = desk.run("serve --json").ends(3);
    let error: serde_json::Value = serde_json::from_str(&json.err).expect("JSON");
    assert_eq!(error["error"]["exit"], 3);
}

#[test]
fn an_installation_is_made_once_and_checked() {
    let desk = Desk::new();
    let made = desk
        .run("init --no-input --json --data here")
        .ends(0)
        .json();
    assert_eq!(made["receipt_ca_sha256"].as_str().map(str::len), Some(64));
    desk.run("init --no-input --data here")
        .ends(1)
        .says("không ghi đè");
    desk.run("init --no-input --data other --listen nowhere")
        .ends(3)
        .says("127.0.0.1:8443");

    let config = "here/config/lienthong.toml";
    let check = format!("check-config --config {config}");
    desk.run(&check)
        .ends(0)
        .says("exchange.listen")
        .says(&format!("{config}:"))
        .says("chưa có chứng thư gốc nào")
        .says("chưa có đơn vị nào");
    let variables = [("LIENTHONG__EXCHANGE__LISTEN", "127.0.0.1:9999")];
    let arguments: Vec<&str> = check.split(' ').collect();
    desk.run_with(&arguments, &variables)
        .ends(0)
        .says("\"127.0.0.1:9999\"")
        .says("$LIENTHONG__EXCHANGE__LISTEN");
    let values = desk.run(&format!("{check} --json")).ends(0).json();
    assert!(values["values"].as_array().is_some_and(|v| v.len() > 15));

    let text = std::fs::read_to_string(desk.path(config)).expect("read");
    desk.write(config, text.replace("hold_hours = 48", "hold_hour = 48"));
    let line = text
        .lines()
        .position(|l| l.starts_with("hold_hours"))
        .expect("key")
        + 1;
    desk.run(&check)
        .ends(3)
        .says(&format!("{config}:{line}:1: "))
        .says("^^^^^^^^^");
    desk.write(config, text);
    desk.write("here/certs/trust/d/x.pem", "nothing");
    desk.run(&check).ends(3).says("certs/trust/d/x.pem");
    std::fs::remove_file(desk.path("here/certs/trust/d/x.pem")).expect("removed");
    std::fs::remove_file(desk.path("here/certs/own/receipt.key")).expect("removed");
    desk.run(&check).ends(3).says("receipt.key");
}

#[test]
fn days_off_are_written_shown_and_checked() {
    let desk = Desk::new();
    desk.run("init --no-input --data here").ends(0);
    let file = "here/config/holidays.toml";
    let check = "check-config --config here/config/lienthong.toml";
    let shown = |of: &serde_json::Value| {
        let loaded = &of["loaded"];
        let days = (loaded["days_off"].clone(), loaded["days_made_up"].clone());
        (days, of["office_hours"].clone(), of["rules"].clone())
    };
    let read = || shown(&desk.run(&format!("{check} --json")).ends(0).json());
    let written = read();
    // Without the file the same holds.
    let text = std::fs::read_to_string(desk.path(file)).expect("written");
    std::fs::remove_file(desk.path(file)).expect("removed");
    assert_eq!(read(), written);
    desk.write(file, "[office]\ncloses = \"16:30\"\n");
    let ((off, made_up), hours, rules) = read();
    assert_eq!((off, made_up), (0.into(), 0.into()));
    assert_eq!(hours, "07:30–16:30");
    assert_ne!(
        rules, written.2,
        "the digest of the rules names the calendar"
    );
    desk.run(check).ends(0).says("16:30").says("holidays.toml");
    desk.write(
        file,
        text.replace("on = \"2026-11-24\"", "on = \"2026-11-31\""),
    );
    let line = text
        .lines()
        .position(|l| l == "on = \"2026-11-24\"")
        .expect("entry")
        + 1;
    desk.run(check)
        .ends(3)
        .says(&format!("{file}:{line}:6: "))
        .says("^^^^^^^^^^^^");
}

#[test]
fn the_accepted_algorithms_are_written_shown_and_checked() {
    let desk = Desk::new();
    desk.run("init --no-input --data here").ends(0);
    let file = "here/config/algorithms.toml";
    let check = "check-config --config here/config/lienthong.toml";
    let rules = |of: &serde_json::Value| (of["algorithms"].clone(), of["rules"].clone());
    let written = rules(&desk.run(&format!("{check} --json")).ends(0).json());
    let until = "mọi việc, băm SHA-1: được nhận đến 2012-08-01T07:00:00.000+07:00";
    desk.run(check)
        .ends(0)
        .says(until)
        .says("khóa RSA 2048: luôn được nhận");
    // Without the file the same holds.
    let text = std::fs::read_to_string(desk.path(file)).expect("written");
    std::fs::remove_file(desk.path(file)).expect("removed");
    let built_in = rules(&desk.run(&format!("{check} --json")).ends(0).json());
    assert_eq!(written, built_in);
    desk.write(file, "[[digest]]\nname = \"SHA-1\"\naccepted = false\n");
    let stricter = rules(&desk.run(&format!("{check} --json")).ends(0).json());
    assert_ne!(
        stricter.1, built_in.1,
        "the digest of the rules names the policy"
    );
    desk.write(file, text.replace("bits = 2048", "bit = 2048"));
    let line = text.lines().position(|l| l == "bits = 2048").expect("key") + 1;
    desk.run(check)
        .ends(3)
        .says(&format!("{file}:{line}:1: "))
        .says("^^^");
}

#[test]
fn the_registry_is_kept_by_commands() {
    let desk = Desk::new();
    // A port on which no installation of this machine listens.
    desk.run("init --no-input --listen 127.0.0.1:1").ends(0);
    desk.run("unit add H53 --name Tỉnh").ends(0).says("H53");
    desk.run("unit add H53 --name Tỉnh")
        .ends(1)
        .says("Đã có đơn vị H53")
        .says("unit show H53");
    desk.run("unit add H53.7 --name Sở --parent H99")
        .ends(1)
        .says("H99");
    desk.run("unit add h53 --name x").ends(2);
    desk.run("unit add H54 --name x --kind alien")
        .ends(2)
        .says("--kind alien: không có giá trị này; có: state, other");
    desk.run("rates --unit H99").ends(1).says("H99");
    desk.run("rates --unit H53").ends(0).says("chưa có số liệu");
    desk.run("rates --period 2026-13").ends(2).says("2026-13");
    desk.run("dead-letters list --unit H53").ends(0);
    desk.run("unit bind H53 --certificate nope.pem --role agency")
        .ends(1)
        .says("không có tệp hay thư mục này");
    desk.run("unit bind H53 --certificate lienthong/config/units.toml --role agency")
        .ends(2)
        .says("không phải tệp chứng thư");
    desk.run("retention plan").ends(0).says("được giữ mãi mãi");
}

/// A desk with one unit and a table of two more.
fn with_a_table_of_units() -> Desk {
    let desk = Desk::new();
    // A port on which no installation of this machine listens.
    desk.run("init --no-input --listen 127.0.0.1:1").ends(0);
    desk.run("unit add H53 --name Tỉnh").ends(0);
    desk.write(
        "units.csv",
        "\u{feff}code,name,kind,parent\nH53.7,\"Sở, \"\"A\"\"\",,H53\nH53.8,Sở B,other,H53\n",
    );
    desk
}

#[test]
fn a_table_of_units_comes_in_whole_and_goes_out_again() {
    let desk = with_a_table_of_units();
    desk.write("bad.csv", "code,name\nH53.7,\n");
    desk.run("unit import bad.csv")
        .ends(1)
        .says("bad.csv:2: cột tên còn trống");
    let before = std::fs::read_to_string(desk.path("lienthong/config/units.toml")).expect("units");
    desk.run("unit import units.csv --dry-run")
        .ends(0)
        .says("+ H53.7 Sở, \"A\"")
        .says("chưa ghi gì");
    let after = std::fs::read_to_string(desk.path("lienthong/config/units.toml")).expect("units");
    assert_eq!(before, after, "a dry run writes nothing");
    desk.run("unit import units.csv").ends(0).says("2 thay đổi");
    desk.run("unit import units.csv")
        .ends(0)
        .says("Không có gì thay đổi");
    desk.write(
        "more.csv",
        "mã;cấp;thư điện tử;tên;tên từ ngày\nH53.7;province;vt@so-a.vn;Sở Tài chính;2025-07-01\n",
    );
    desk.run("unit import more.csv")
        .ends(0)
        .says("tên: Sở, \"A\" → Sở Tài chính");
    desk.run("unit show H53.7")
        .ends(0)
        .says("Cấp: cấp tỉnh")
        .says("Tên cũ: Sở, \"A\" (đến 30/06/2025)");
    desk.run("unit export --out ra.csv").ends(0);
    desk.run("unit export --out ra.toml").ends(0);
    desk.run("unit import ra.csv")
        .ends(0)
        .says("Không có gì thay đổi");
    desk.run("unit import ra.toml")
        .ends(0)
        .says("Không có gì thay đổi");
}

#[test]
fn units_are_imported_enrolled_and_bound_by_commands() {
    let desk = with_a_table_of_units();
    desk.run("unit import units.csv").ends(0).says("2 thay đổi");
    let listed = desk.run("unit list --json").ends(0);
    let rows: Vec<serde_json::Value> = listed
        .out
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1]["name"], "Sở, \"A\"");
    desk.run("unit enrol H99 --out p")
        .ends(1)
        .says("H99")
        .says("unit list");
    desk.run("unit enrol H53.7 --out p").ends(0);
    desk.run("unit enrol H53.7 --out p")
        .ends(1)
        .says("client.key đã có; không ghi đè.");
    let shown = desk.run("unit show H53.7 --json").ends(0).json();
    assert_eq!(shown["bindings"][0]["in_force"], true);
    desk.run("unit bind H53.7 --certificate p/client.pem --role agency")
        .ends(1)
        .says(" (transport)");
    desk.run("unit bind H53.7 --certificate p/client.pem --role transport")
        .ends(0)
        .says("từ trước");
    let shown = desk.run("unit show H53.7 --json").ends(0).json();
    assert_eq!(shown["bindings"].as_array().map(Vec::len), Some(1));
    desk.run("unit bind H53.8 --certificate p/receipt-ca.pem --role stamp")
        .ends(2);
    desk.run("unit revoke H53.7").ends(0).says("1");
    let shown = desk.run("unit show H53.7 --json").ends(0).json();
    assert_eq!(shown["bindings"][0]["in_force"], false);
    // Whatever serves on this machine, nobody answers at a port that was given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("address").to_string();
    drop(free);
    let profile = std::fs::read_to_string(desk.path("p/profile.toml")).expect("profile");
    desk.write(
        "p/profile.toml",
        profile.replace("127.0.0.1:8443", &address),
    );
    desk.run("send units.csv --to H53 --number 1 --notation A --subject x --profile p")
        .ends(4)
        .says("lienthong serve");
    desk.run("rates --json").ends(0).says("\"units\":[]");
    desk.run("recount").ends(0);
}

#[test]
fn a_unit_chooses_how_documents_reach_it() {
    let desk = Desk::new();
    desk.run("init --no-input --data . --listen 127.0.0.1:1")
        .ends(0);
    desk.run("unit add H53 --name Tỉnh").ends(0);
    let url = "https://nhan.so-tc.vn/van-ban";
    for (arguments, code) in [
        ("unit delivery H53".to_owned(), 2),
        (format!("unit delivery H53 --push {url}"), 2),
        (format!("unit delivery H99 --webhook {url}"), 1),
        (
            "unit delivery H53 --webhook http://nhan.so-tc.vn/".to_owned(),
            2,
        ),
        (format!("unit delivery H53 --pull --webhook {url}"), 2),
        (
            format!("unit delivery H53 --push {url} --ca certs/own/README.md"),
            2,
        ),
    ] {
        desk.run(&arguments).ends(code);
    }
    let ca = "certs/own/transport-ca.pem";
    desk.run(&format!("unit delivery H53 --push {url} --ca {ca}"))
        .ends(0)
        .says("client.pem");
    let shown = desk.run("unit show H53 --json").ends(0).json();
    assert_eq!(shown["delivery"]["channel"], "push");
    assert_eq!(
        (&shown["delivery"]["url"], &shown["delivery"]["ca"]),
        (&url.into(), &"H53.pem".into())
    );
    let problems =
        |desk: &Desk| desk.run("check-config --json").ends(0).json()["delivery_problems"].clone();
    assert_eq!(problems(&desk), serde_json::json!([]));
    std::fs::remove_file(desk.path("certs/push/H53.pem")).expect("removed");
    assert_eq!(problems(&desk)[0]["unit"], "H53");
    desk.run("check-config").ends(0).says("unit delivery H53");

    let made = desk
        .run(&format!("unit delivery H53 --webhook {url} --json"))
        .ends(0)
        .json();
    let secret = made["secret"].as_str().expect("secret").to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let path = desk.path("certs/own/webhook/H53.secret");
    let kept = std::fs::read_to_string(&path).expect("kept");
    assert_eq!(kept.trim(), secret);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(&path).expect("kept").permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let units = std::fs::read_to_string(desk.path("config/units.toml")).expect("units");
    assert!(!units.contains("whsec_"), "{units}");
    let again = desk
        .run(&format!("unit delivery H53 --webhook {url} --json"))
        .ends(0);
    assert!(again.json()["secret"].is_null());

    // What the gateway would never connect to is taken, and said.
    for closed in ["https://localhost/nhan", "https://10.1.2.3:8443/nhan"] {
        let order = format!("unit delivery H53 --webhook {closed}");
        desk.run(&order).ends(0).says("[delivery]").says(closed);
        assert_eq!(problems(&desk)[0]["unit"], "H53", "{closed}");
    }
    desk.run(&format!("unit delivery H53 --webhook {url}"))
        .ends(0);
    assert_eq!(problems(&desk), serde_json::json!([]));

    // An import of names says nothing of it.
    desk.write("units.csv", "code,name\nH53,Tỉnh mới\n");
    desk.run("unit import units.csv").ends(0);
    let channel = || desk.run("unit show H53 --json").ends(0).json()["delivery"]["channel"].clone();
    assert_eq!(channel(), "webhook");
    desk.run("unit delivery H53 --pull").ends(0);
    assert_eq!(channel(), "pull");
}
