//! Chromium without a screen, told what to do over two pipes (the DevTools protocol, messages that end in a zero). Scripts
//! of pages are off: what works here works for everybody.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long the browser may take for one thing.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Browser {
    child: Child,
    input: std::fs::File,
    answers: Receiver<Value>,
    next: u64,
    session: String,
    /// What it said beside its answers, since somebody waited for it.
    events: Vec<String>,
    _folder: tempfile::TempDir,
}

fn mkfifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

impl Browser {
    /// Starts it; `None` where there is none.
    pub fn start() -> Option<Self> {
        let is_there = |name: &str| Command::new(name).arg("--version").output().is_ok();
        let known = ["chromium", "chromium-browser", "google-chrome"];
        let Some(program) = known.into_iter().find(|name| is_there(name)) else {
            eprintln!("left out: no chromium");
            return None;
        };
        let folder = tempfile::tempdir().expect("folder");
        let (to, from) = (folder.path().join("to"), folder.path().join("from"));
        mkfifo(&to);
        mkfifo(&from);
        let child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<\"$TO\" 4>\"$FROM\"", program])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-pipe",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .env("TO", &to)
            .env("FROM", &from)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        // Each opens when the other end does.
        let input = std::fs::File::options()
            .write(true)
            .open(&to)
            .expect("pipe");
        let output = std::fs::File::open(&from).expect("pipe");
        let (said, answers) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).unwrap_or(Value::Null);
                if said.send(message).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self {
            child,
            input,
            answers,
            next: 0,
            session: String::new(),
            events: Vec::new(),
            _folder: folder,
        };
        let page = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = browser.ask("Target.attachToTarget", attach);
        attached["sessionId"]
            .as_str()
            .expect("a session")
            .clone_into(&mut browser.session);
        browser.ask("Page.enable", json!({}));
        browser.ask("DOM.enable", json!({}));
        let off = json!({ "value": true });
        browser.ask("Emulation.setScriptExecutionDisabled", off);
        Some(browser)
    }

    /// One command and its answer.
    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).expect("told");
        loop {
            let said = self
                .answers
                .recv_timeout(PATIENCE)
                .expect("the browser answers");
            if said["id"] == json!(self.next) {
                assert!(said["error"].is_null(), "{method}: {said}");
                return said["result"].clone();
            }
            self.events
                .extend(said["method"].as_str().map(str::to_owned));
        }
    }

    /// Waits until a page has loaded that was asked for.
    fn loaded(&mut self) {
        while !self
            .events
            .iter()
            .any(|event| event == "Page.loadEventFired")
        {
            let said = self.answers.recv_timeout(PATIENCE).expect("the page loads");
            self.events
                .extend(said["method"].as_str().map(str::to_owned));
        }
        self.events.clear();
    }

    /// Goes to an address.
    pub fn go(&mut self, address: &str) {
        self.events.clear();
        let gone = self.ask("Page.navigate", json!({ "url": address }));
        assert!(gone["errorText"].is_null(), "{gone}");
        self.loaded();
    }

    fn node(&mut self, selector: &str) -> Value {
        let document = self.ask("DOM.getDocument", json!({ "depth": 0 }));
        let root = document["root"]["nodeId"].clone();
        let query = json!({ "nodeId": root, "selector": selector });
        let found = self.ask("DOM.querySelector", query)["nodeId"].clone();
        assert_ne!(found, json!(0), "nothing is {selector}");
        found
    }

    /// Whether something is on the page.
    pub fn shows(&mut self, text: &str) -> bool {
        let node = self.node("body");
        let html = self.ask("DOM.getOuterHTML", json!({ "nodeId": node }));
        html["outerHTML"].as_str().expect("HTML").contains(text)
    }

    /// Clicks into the middle of something.
    pub fn click(&mut self, selector: &str) {
        let node = self.node(selector);
        self.ask("DOM.scrollIntoViewIfNeeded", json!({ "nodeId": node }));
        let found = self.ask("DOM.getBoxModel", json!({ "nodeId": node }));
        let corner = |place: usize| found["model"]["content"][place].as_f64().expect("a place");
        let (x, y) = ((corner(0) + corner(4)) / 2.0, (corner(1) + corner(5)) / 2.0);
        for kind in ["mousePressed", "mouseReleased"] {
            let mouse = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", mouse);
        }
    }

    /// Clicks on what loads another page.
    pub fn follow(&mut self, selector: &str) {
        self.events.clear();
        self.click(selector);
        self.loaded();
    }

    /// Types into what was clicked.
    pub fn write(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// A picture of what is seen, PNG in base 64.
    pub fn picture(&mut self) -> String {
        let taken = self.ask(
            "Page.captureScreenshot",
            json!({ "captureBeyondViewport": true }),
        );
        taken["data"].as_str().expect("a picture").to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
