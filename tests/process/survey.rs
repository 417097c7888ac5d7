//! Forms and the survey with the real binary: what the counter prints is sealed, and a citizen answers once, in a real
//! browser.

use crate::browser::Browser;
use crate::support::{Gateway, WORLD};
use lienthong::demo::install::Plan;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Output;

/// Đăng ký khai tử: one component in this case.
const PROCEDURE: &str = "1.000656";
/// Xã Long Cang.
const COUNTER: usize = 3;
const APPLICANT: &str = "Nguyễn Thị Hoa Sen";

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    listener.local_addr().expect("address")
}

fn told(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

/// A gateway with procedures, open to the public.
fn gateway() -> (Gateway, SocketAddr) {
    let mut gateway = Gateway::installed_in_own_folder(&Plan::of(&WORLD).expect("plan"));
    let public = free();
    let mut text = std::fs::read_to_string(&gateway.at.config).expect("read");
    text.push_str(&format!(
        "\n[public]\nlisten = \"{public}\"\nsurvey = \"https://motcua.example.vn/khao-sat\"\n\
         dossier = \"https://dvc.example.vn/tra-cuu?ma={{dossier}}\"\n"
    ));
    std::fs::write(&gateway.at.config, text).expect("written");
    let taken = gateway.as_administrator(&["procedure", "import", "--samples"]);
    assert!(taken.status.success(), "{}", told(&taken));
    gateway.up();
    (gateway, public)
}

struct Counter<'g> {
    gateway: &'g Gateway,
    folder: tempfile::TempDir,
}

impl Counter<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["dossier"];
        all.extend(arguments);
        self.gateway.as_unit(COUNTER, &all)
    }

    fn good(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", told(&done));
        String::from_utf8(done.stdout).expect("UTF-8")
    }

    /// Hands a dossier in; its number.
    fn take_in(&self, complete: bool) -> String {
        let declaration = json!({ "component": "to-khai", "form": "original", "template": "TKDKKT", "signed": true });
        let dossier = json!({
            "procedure": PROCEDURE,
            "facts": { "noi_chet": "nơi cư trú", "duoc_uy_quyen": false },
            "applicant": { "name": APPLICANT, "address": "Ấp 3, xã Long Cang", "phone": "0900 000 000" },
            "components": if complete { vec![declaration] } else { Vec::new() },
        });
        let path = self.file("ho-so.json");
        std::fs::write(&path, dossier.to_string()).expect("written");
        let path = path.display().to_string();
        let said = self.run(&["take-in", &path, "--staff", "Lê Văn Cường", "--json"]);
        let view: Value = serde_json::from_slice(&said.stdout).unwrap_or(Value::Null);
        let number = view["dossier"]["number"].as_str();
        number
            .unwrap_or_else(|| panic!("{}", told(&said)))
            .to_owned()
    }

    /// A dossier whose result was handed over.
    fn returned(&self) -> String {
        let number = self.take_in(true);
        for what in ["process", "finish", "return"] {
            self.good(&[what, &number]);
        }
        number
    }

    /// The code on a result slip, if there is one.
    fn code(&self, number: &str, name: &str) -> Option<String> {
        let out = self.file(name);
        self.good(&["result-slip", number, "--out", &out.display().to_string()]);
        self.sealed(&out);
        let html = std::fs::read_to_string(&out).expect("read");
        let (_, rest) = html.split_once("<p class=\"code\">")?;
        Some(rest.split('<').next().unwrap_or_default().to_owned())
    }

    fn verified(&self, form: &Path) -> bool {
        let (form, seal) = (
            form.display().to_string(),
            format!("{}.p7s", form.display()),
        );
        let done = self
            .gateway
            .as_unit(COUNTER, &["receipt", "verify", &seal, "--detached", &form]);
        done.status.success()
    }

    /// What was saved is accepted, and with another byte it is not.
    fn sealed(&self, form: &Path) {
        assert!(self.verified(form), "{}", form.display());
        let good = std::fs::read(form).expect("read");
        let mut altered = good.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        std::fs::write(form, altered).expect("written");
        assert!(!self.verified(form), "{}", form.display());
        std::fs::write(form, good).expect("written");
    }
}

#[allow(
    clippy::too_many_lines,
    reason = "one way from end to end, step by step"
)]
#[test]
fn what_a_counter_prints_is_sealed_and_says_what_happened() {
    let (gateway, _) = gateway();
    let folder = tempfile::tempdir().expect("folder");
    let counter = Counter {
        gateway: &gateway,
        folder,
    };
    let number = counter.returned();
    let out = counter.file("01.html");
    counter.good(&["form", &number, "01", "--out", &out.display().to_string()]);
    counter.sealed(&out);
    let html = std::fs::read_to_string(&out).expect("read");
    for text in [
        "Mẫu số 01, TT 03/2025/TT-VPCP",
        APPLICANT,
        "Tờ khai đăng ký khai tử (bản chính, 1 bản)",
        "xã Long Cang",
        &format!("https://dvc.example.vn/tra-cuu?ma={number}"),
    ] {
        assert!(html.contains(text), "{text}: {html}");
    }
    // The public tool asks for a list of revocations, which the CA of receipts does not publish: it finds the form intact,
    // or altered, and decides no more. `receipt verify` is who accepts it.
    let trust = counter.file("trust-only");
    std::fs::create_dir_all(trust.join("trust/bien-nhan")).expect("folder");
    let ca = gateway.at.home.join("certs/own/receipt-ca.pem");
    std::fs::copy(ca, trust.join("trust/bien-nhan/ca.pem")).expect("copied");
    let trust = trust.display().to_string();
    let seal = format!("{}.p7s", out.display());
    let verified = |form: &Path| {
        let form = form.display().to_string();
        let all = ["verify", &seal, "--detached", &form, "--trust", &trust];
        let done = gateway.as_administrator(&[&all[..], &["--offline"]].concat());
        done.status.code()
    };
    assert_eq!(verified(&out), Some(11), "intact");
    let other = counter.file("sua.html");
    std::fs::write(&other, html.replace(&number, "H53-1")).expect("written");
    assert_eq!(verified(&other), Some(10), "altered");
    // The same form again is the same bytes, so the first signature is of it too.
    let again = counter.file("lai.html");
    counter.good(&["form", &number, "01", "--out", &again.display().to_string()]);
    assert_eq!(std::fs::read_to_string(again).expect("read"), html);

    let control = counter.file("06.html");
    counter.good(&[
        "form",
        &number,
        "06",
        "--out",
        &control.display().to_string(),
    ]);
    counter.sealed(&control);
    let none = counter.run(&["form", &number, "02"]);
    assert!(!none.status.success(), "{}", told(&none));

    let incomplete = counter.take_in(false);
    let request = counter.file("02.html");
    counter.good(&[
        "form",
        &incomplete,
        "02",
        "--out",
        &request.display().to_string(),
    ]);
    counter.sealed(&request);
    let html = std::fs::read_to_string(&request).expect("read");
    for text in [
        "Tờ khai đăng ký khai tử",
        "Nộp bổ sung thành phần này.",
        "thiếu",
        "Luật Hộ tịch 60/2014/QH13",
        "Tiếp nhận hồ sơ",
        "Lê Văn Cường",
        "Trên đây là toàn bộ nội dung",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let book = counter.file("07.html");
    let (first, last) = ("2020-01-01", "2099-12-31");
    counter.good(&[
        "register",
        "--from",
        first,
        "--to",
        last,
        "--out",
        &book.display().to_string(),
    ]);
    counter.sealed(&book);
    let html = std::fs::read_to_string(&book).expect("read");
    assert!(html.contains(&number) && html.contains(&incomplete));
    // Another unit has none of it.
    let stranger = gateway.as_unit(COUNTER + 1, &["dossier", "form", &number, "01"]);
    assert!(!stranger.status.success(), "{}", told(&stranger));
    let log = std::fs::read_to_string(gateway.at.home.join("serve.log")).expect("log");
    assert!(!log.contains(APPLICANT));
}

/// Without a proxy, as a citizen's page is asked.
fn client() -> reqwest::Client {
    // Another test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("client")
}

fn answer(public: SocketAddr, code: &str, answers: &Value) -> (u16, Value) {
    let body = json!({ "code": code, "answers": answers }).to_string();
    crate::support::block_on(async {
        let client = client();
        let sent = client
            .post(format!("http://{public}/v1/survey"))
            .body(body)
            .send()
            .await;
        let sent = sent.expect("an answer");
        let status = sent.status().as_u16();
        let said = sent.bytes().await.expect("a body");
        (status, serde_json::from_slice(&said).unwrap_or(Value::Null))
    })
}

fn results(counter: &Counter<'_>) -> Value {
    serde_json::from_str(&counter.good(&["survey", "results", "--json"])).expect("JSON")
}

#[allow(
    clippy::too_many_lines,
    reason = "one way from end to end, step by step"
)]
#[test]
fn a_citizen_answers_once_in_a_browser_and_nothing_leads_back_to_the_dossier() {
    let (gateway, public) = gateway();
    let folder = tempfile::tempdir().expect("folder");
    let counter = Counter {
        gateway: &gateway,
        folder,
    };
    let early = counter.take_in(true);
    let none = counter.run(&["result-slip", &early]);
    assert!(!none.status.success(), "{}", told(&none));
    let numbers: Vec<String> = (0..6).map(|_| counter.returned()).collect();
    let codes = numbers.iter().enumerate();
    let codes: Vec<String> = codes
        .map(|(n, number)| {
            counter
                .code(number, &format!("tra-{n}.html"))
                .expect("a code")
        })
        .collect();
    // A slip that is printed again has none: one dossier, one answer.
    assert_eq!(counter.code(&numbers[0], "lai.html"), None);

    in_a_browser(public, &codes[0]);
    let (status, said) = answer(public, &codes[0], &json!({ "time": 1 }));
    let browsed = status == 409;
    if !browsed {
        assert_eq!(status, 201, "left out: no chromium; {said}");
    }
    let (status, said) = answer(public, "0000-0000-0000-0000", &json!({ "time": 1 }));
    assert_eq!(
        (status, said["problem"].as_str()),
        (404, Some("unknown_code"))
    );
    for (wrong, problem) in [
        (json!({}), "no_answer"),
        (json!({ "time": 6 }), "bad_answer"),
        (json!({ "x": 1 }), "bad_answer"),
    ] {
        let (status, said) = answer(public, &codes[1], &wrong);
        assert_eq!(
            (status, said["problem"].as_str()),
            (400, Some(problem)),
            "{wrong}"
        );
    }
    let (status, _) = answer(public, &codes[1], &json!({ "time": 4, "outcome": 5 }));
    assert_eq!(status, 201);
    let rows = results(&counter);
    assert_eq!(
        rows["rows"],
        json!([{ "unit": "H53.MAU.LC", "procedure": null, "answers": null, "questions": [] }])
    );

    // On paper: whole or not at all.
    let heading = "code,guidance,attitude,papers,time,outcome";
    let paper = counter.file("phieu.csv");
    let lines = |all: &[String]| {
        let rows: Vec<String> = all.iter().map(|code| format!("{code},4,4,,2,5")).collect();
        format!("{heading}\n{}\n", rows.join("\n"))
    };
    let name = paper.display().to_string();
    std::fs::write(&paper, lines(&codes[1..4])).expect("written");
    let used = counter.run(&["survey", "import", &name]);
    assert!(!used.status.success(), "{}", told(&used));
    std::fs::write(&paper, lines(&codes[2..5])).expect("written");
    counter.good(&["survey", "import", &name]);
    let rows = results(&counter);
    assert_eq!(rows["rows"][0]["procedure"], PROCEDURE, "{rows}");
    assert_eq!(rows["rows"][0]["answers"], 5);
    let time = &rows["rows"][0]["questions"][3];
    // The browser said "very satisfied", or nobody did.
    let satisfied = if browsed { 2 } else { 1 };
    assert_eq!(
        (time["satisfied"].as_u64(), time["answered"].as_u64()),
        (Some(satisfied), Some(5)),
        "{rows}"
    );
    let stranger = gateway.as_unit(COUNTER + 1, &["dossier", "survey", "import", &name]);
    assert!(!stranger.status.success(), "{}", told(&stranger));

    // What is kept: no code, and no word of a dossier beside an answer.
    let log = std::fs::read_to_string(gateway.at.home.join("serve.log")).expect("log");
    assert!(codes.iter().all(|code| !log.contains(code.as_str())));
    let (status, _) = get(public, "/metrics");
    assert_eq!(status, 404);
    let (status, page) = get(public, "/khao-sat");
    assert_eq!(status, 200);
    assert!(!page.contains("<script") && !page.contains("H53"), "{page}");
}

fn get(public: SocketAddr, path: &str) -> (u16, String) {
    crate::support::block_on(async {
        let client = client();
        let sent = client
            .get(format!("http://{public}{path}"))
            .send()
            .await
            .expect("an answer");
        (sent.status().as_u16(), sent.text().await.expect("text"))
    })
}

/// As a citizen does it: the code is typed, a question is answered with a click, and the page is sent.
fn in_a_browser(public: SocketAddr, code: &str) {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let page = format!("http://{public}/khao-sat");
    browser.go(&page);
    assert!(browser.shows("Đánh giá việc phục vụ") || browser.shows("How were you served"));
    browser.click("#ma");
    browser.write("7K2M-9QXA-4WTN-C3RD");
    browser.click("input[name=attitude][value=\"5\"]");
    browser.follow("button[type=submit]");
    // A code that nobody made; what was chosen stays.
    assert!(browser.shows("role=\"alert\"") && browser.shows("7K2M-9QXA-4WTN-C3RD"));
    browser.go(&format!("{page}?lang=vi"));
    browser.click("#ma");
    browser.write(&code.to_lowercase().replace('-', " "));
    browser.click("input[name=guidance][value=\"4\"]");
    browser.click("input[name=time][value=\"5\"]");
    if let Ok(folder) = std::env::var("LIENTHONG_PICTURES") {
        std::fs::write(Path::new(&folder).join("survey.png.b64"), browser.picture())
            .expect("written");
    }
    browser.follow("button[type=submit]");
    assert!(browser.shows("Đã ghi nhận"));
    browser.go(&page);
    browser.click("#ma");
    browser.write(code);
    browser.click("input[name=time][value=\"1\"]");
    browser.follow("button[type=submit]");
    assert!(browser.shows("role=\"alert\""));
}
