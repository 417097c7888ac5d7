//! Starts, kills and stops the real daemon, and makes documents for it.

use lienthong::clock::{Clock, SystemClock};
use lienthong::demo::install::{self, Installation, Plan};
use lienthong::demo::office::Office;
use lienthong::demo::online::NOWHERE;
use lienthong::demo::units::UNITS;
use lienthong::demo::world::{Member, World};
use lienthong::forge::Identity;
use lienthong::model::{Digest, Language, Timestamp};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// One world for all tests of the binary: RSA keys take long to make.
pub static WORLD: LazyLock<World> =
    LazyLock::new(|| World::new(SystemClock.now(), NOWHERE).expect("world"));

/// The program under test.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_lienthong"))
}

pub fn now() -> Timestamp {
    SystemClock.now()
}

/// Runs `work` on several threads, as the daemon's clients would.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("runtime").block_on(work)
}

/// A daemon and its installation; killed and removed when dropped.
pub struct Gateway {
    pub at: Installation,
    /// What its environment has beside that of the tests, from the next start on.
    pub environment: Vec<(&'static str, String)>,
    child: Option<Child>,
    _folder: Option<tempfile::TempDir>,
}

impl Gateway {
    /// Installs into a fresh temporary folder and starts.
    pub fn start(plan: &Plan<'_>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let mut gateway = Self::installed(folder.path(), plan);
        gateway._folder = Some(folder);
        gateway.up();
        gateway
    }

    /// Installs into `home` without starting.
    pub fn installed(home: &Path, plan: &Plan<'_>) -> Self {
        Self::installed_at(home, plan, now())
    }

    /// The same, with certificates that are valid from `at` on.
    pub fn installed_at(home: &Path, plan: &Plan<'_>, at: Timestamp) -> Self {
        let at = install::write(home, plan, at).expect("installed");
        Self {
            at,
            environment: Vec::new(),
            child: None,
            _folder: None,
        }
    }

    /// Installs into a fresh temporary folder without starting.
    pub fn installed_in_own_folder(plan: &Plan<'_>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let mut gateway = Self::installed(folder.path(), plan);
        gateway._folder = Some(folder);
        gateway
    }

    /// The demo's world under its own policy.
    pub fn of_world() -> Self {
        Self::start(&Plan::of(&WORLD).expect("plan"))
    }

    /// Starts the daemon and waits until it is ready; the time it took.
    pub fn up(&mut self) -> Duration {
        let began = Instant::now();
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.at.home.join("serve.log"))
            .expect("log");
        let child = Command::new(program())
            .args(["serve", "--config"])
            .arg(&self.at.config)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            .spawn()
            .expect("started");
        self.child = Some(child);
        while !self.is_ready() {
            let ended = self
                .child
                .as_mut()
                .expect("child")
                .try_wait()
                .expect("asked");
            assert!(
                ended.is_none(),
                "the daemon ended with {ended:?}: {}",
                self.log()
            );
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "never ready: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        began.elapsed()
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.as_ref().expect("running").id()
    }

    /// What the daemon wrote.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.at.home.join("serve.log")).unwrap_or_default();
        let from = text.len().saturating_sub(4000);
        text.get(from..).unwrap_or(&text).to_owned()
    }

    fn is_ready(&self) -> bool {
        get(self.at.operations, "/readyz").is_some_and(|a| a.starts_with("HTTP/1.1 200"))
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGKILL, without waiting: what it has asked the kernel for is still done.
    pub fn strike(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
        }
    }

    /// Waits until somebody has killed it.
    pub fn killed(&mut self) {
        let status = self.ended();
        assert!(!status.success(), "it ended by itself");
    }

    /// SIGTERM, without waiting.
    pub fn ask_to_stop(&self) {
        let id = self.process();
        let done = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -TERM {id}"))
            .status();
        assert!(done.expect("sh").success());
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        let mut child = self.child.take().expect("running");
        loop {
            if let Some(status) = child.try_wait().expect("asked") {
                return status;
            }
            if began.elapsed() > Duration::from_secs(40) {
                let _ = child.kill();
                panic!("does not stop: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGTERM, and an orderly end.
    pub fn stop(&mut self) {
        self.ask_to_stop();
        let status = self.ended();
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// The office of the unit at `place`.
    pub fn office(&self, place: usize) -> Office {
        Office::open(&self.at, UNITS[place].code, Language::En).expect("office")
    }

    /// Runs the program as the unit at `place`.
    pub fn as_unit(&self, place: usize, arguments: &[&str]) -> Output {
        let mut all = arguments.to_vec();
        let profile = self.at.profile(UNITS[place].code).display().to_string();
        all.extend(["--profile", &profile]);
        run(&all, &self.at.home)
    }

    /// Runs the program as the administrator.
    pub fn as_administrator(&self, arguments: &[&str]) -> Output {
        let mut all = arguments.to_vec();
        let config = self.at.config.display().to_string();
        all.extend(["--config", &config]);
        run(&all, &self.at.home)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        self.kill();
    }
}

/// Runs the program in `folder` with English words.
pub fn run(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .current_dir(folder)
        .env("LANG", "en_US.UTF-8")
        .env_remove("LC_ALL");
    command.stdin(Stdio::null());
    bounded(command, Duration::from_secs(300))
}

/// Runs a command to its end, which must come in time.
pub fn bounded(mut command: Command, limit: Duration) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = out.read_to_end(&mut bytes);
        bytes
    });
    let errors = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = err.read_to_end(&mut bytes);
        bytes
    });
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("asked") {
            break status;
        }
        if began.elapsed() > limit {
            // It may have started others: let it end them.
            let id = child.id();
            let _ = Command::new("sh")
                .arg("-c")
                .arg(format!("kill -TERM {id}"))
                .status();
            std::thread::sleep(Duration::from_secs(5));
            let _ = child.kill();
            panic!("{command:?} takes longer than {limit:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Output {
        status,
        stdout: reader.join().unwrap(),
        stderr: errors.join().unwrap(),
    }
}

/// Waits for a condition that must come true.
pub fn until(what: &str, holds: impl FnMut() -> bool) {
    within(Duration::from_secs(60), what, holds);
}

/// The same for what takes long by its size.
pub fn within(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < limit, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Standard output, after the command succeeded.
pub fn good(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    out
}

/// A plain GET on loopback.
pub fn get(at: std::net::SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&at, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Whether a tool is installed.
pub fn has(tool: &str) -> bool {
    let found = Command::new("sh")
        .arg("-c")
        .arg(format!("command -v {tool}"))
        .output();
    found.is_ok_and(|o| o.status.success())
}

/// What is wrong with a made-up document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Nothing: the agency signed.
    None,
    /// No signature at all.
    Unsigned,
    /// Altered after signing.
    Altered,
}

/// A document as it is sent, and what must come back.
#[derive(Clone, Debug)]
pub struct Draft {
    pub fault: Fault,
    pub envelope: Vec<u8>,
    pub files: Vec<(String, bytes::Bytes)>,
}

impl Draft {
    pub fn digests(&self) -> Vec<Digest> {
        self.files
            .iter()
            .map(|(_, bytes)| Digest::of(bytes))
            .collect()
    }
}

/// A text of about `size` bytes that no other document has, with the agency's detached signature.
pub fn draft(member: &Member, to: &[usize], number: u64, size: usize, fault: Fault) -> Draft {
    let line = format!("Văn bản số {number} của {}. ", member.unit.name);
    let content = line.repeat(size / line.len() + 1).into_bytes();
    drafted(&member.agency, to, number, content, fault)
}

/// A short text that no other document has, with a detached signature by `signer`.
pub fn draft_by(signer: &Identity, to: &[usize], number: u64) -> Draft {
    let content = format!("Văn bản số {number}.\n").into_bytes();
    drafted(signer, to, number, content, Fault::None)
}

fn drafted(
    signer: &Identity,
    to: &[usize],
    number: u64,
    mut content: Vec<u8>,
    fault: Fault,
) -> Draft {
    let name = format!("{number}.txt");
    let signature = signer.sign_detached(&content, now()).expect("signed");
    if fault == Fault::Altered {
        content.extend_from_slice(b"x");
    }
    let mut entries = vec![serde_json::json!({ "name": name, "role": "main" })];
    let mut files = vec![(name.clone(), bytes::Bytes::from(content))];
    if fault != Fault::Unsigned {
        let own = format!("{name}.p7s");
        entries.push(serde_json::json!({ "name": own, "role": "signature", "of": name }));
        files.push((own, signature.into()));
    }
    let unit = |i: &usize| serde_json::json!({ "unit": UNITS[*i].code });
    let envelope = serde_json::json!({
        "number": number.to_string(), "notation": "THU", "subject": "Thử độ bền",
        "promulgated": now().local_day().to_string(), "files": entries,
        "recipients": to.iter().map(unit).collect::<Vec<_>>(),
    });
    Draft {
        fault,
        envelope: envelope.to_string().into_bytes(),
        files,
    }
}
