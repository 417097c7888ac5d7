//! What can be set, with its defaults.

use super::sources::Effective;
use crate::model::event::PlainName;
use crate::model::{HostPort, Language, PeriodKind, UnitCode};
use crate::policy::{PolicySettings, Retention};
use crate::rates::column::Column;
use crate::relay::Clocks;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Bounds of what the gateway takes on at a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The largest file. Default 8 GiB: twice the largest upload that is tested.
    pub max_file_bytes: u64,
    /// Up to this size a document is judged before the answer. Default 64 MiB (`verdicts.md` §4).
    pub inline_judge_bytes: u64,
    /// Open connections of the exchange listener. Default 1,024: under the usual limit of open files.
    pub max_connections: usize,
    /// Bytes of small bodies held in memory while they arrive. Default 8 MiB: idle and under a
    /// large upload the daemon stays below 64 MiB.
    pub staged_memory_bytes: u64,
    /// Bytes of documents waiting for a judging thread. Default 256 MiB, mapped or in memory.
    pub judge_queue_bytes: u64,
    /// Judging threads; 0: one per core.
    pub judge_threads: usize,
    /// Seconds without a byte after which an upload is given up. Default 60.
    pub upload_idle_secs: u64,
    /// Seconds for an orderly stop. Default 20: below the 90 that systemd allows.
    pub shutdown_secs: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 8 << 30,
            inline_judge_bytes: 64 << 20,
            max_connections: 1024,
            staged_memory_bytes: 8 << 20,
            judge_queue_bytes: 256 << 20,
            judge_threads: 0,
            upload_idle_secs: 60,
            shutdown_secs: 20,
        }
    }
}

/// Who may be asked for validation material, and how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchSettings {
    /// Whether anybody is asked at all.
    pub enabled: bool,
    /// Hosts inside the own network that may be asked, each with its port.
    pub private: Vec<HostPort>,
    /// If there are any, only these public hosts are asked; a leading dot takes all below a name.
    pub hosts: Vec<String>,
    /// Until a connection stands. Default 3 s.
    pub connect: Duration,
    /// Until the last byte. Default 10 s (attack catalogue K7).
    pub whole: Duration,
    /// The longest CRL. Default 64 MiB (`verdicts.md` §3).
    pub max_crl_bytes: u64,
    /// The longest of anything else. Default 1 MiB (`verdicts.md` §3).
    pub max_other_bytes: u64,
    /// What is kept on the disk. Default 1 GiB: forty national lists of 24 MB.
    pub cache_bytes: u64,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            private: Vec::new(),
            hosts: Vec::new(),
            connect: Duration::from_secs(3),
            whole: Duration::from_secs(10),
            max_crl_bytes: 64 << 20,
            max_other_bytes: 1 << 20,
            cache_bytes: 1 << 30,
        }
    }
}

/// Who stamps the head of the log, and how often.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimestampSettings {
    /// The authority's address; `None`: nobody stamps.
    pub url: Option<String>,
    /// How long after one stamp the next is asked for. Default 24 h: a day is the grain of every
    /// figure, and authorities count their tokens.
    pub every: Duration,
    /// The policy that is demanded, as an object identifier's content octets; `None`: any.
    pub policy: Option<Vec<u8>>,
    /// Until the last byte. Default 180 s: authorities were seen to take up to 131 s.
    pub whole: Duration,
}

impl Default for TimestampSettings {
    fn default() -> Self {
        Self {
            url: None,
            every: Duration::from_secs(24 * 3600),
            policy: None,
            whole: Duration::from_secs(180),
        }
    }
}

/// How documents and notices are delivered to those who do not fetch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeliverySettings {
    /// Hosts inside the own network that may be delivered to, each with its port.
    pub private: Vec<HostPort>,
    /// Deliveries at a time, to all recipients together. Default 64: each holds one window of a file. A
    /// quarter is for very urgent documents only, and a quarter for recipients that are slow.
    pub at_once: usize,
    /// Deliveries at a time to one recipient at best, and connections that are kept to it; never more than a
    /// quarter of all. Default 8: one that takes 100 ms for each gets 80 a second.
    pub per_recipient: usize,
    /// Until a connection stands. Default 5 s.
    pub connect: Duration,
    /// How long a recipient may take to answer once it has everything. Default 60 s.
    pub answer: Duration,
    /// The longest pause after a first failure. Default 15 s.
    pub first_retry: Duration,
    /// The longest pause after many. Default 15 min: a recipient that is well again is noticed soon.
    pub longest_retry: Duration,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            private: Vec::new(),
            at_once: 64,
            per_recipient: 8,
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(60),
            first_retry: Duration::from_secs(15),
            longest_retry: Duration::from_secs(900),
        }
    }
}

/// How letters to people go out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailSettings {
    /// Where they go; `None`: none are written.
    pub way: Option<MailWay>,
    /// From which address.
    pub from: String,
    /// How many days before a due date the contact is reminded. Default 3.
    pub ahead_days: u16,
    /// How many days after one reminder of what is overdue the next goes out. Default 1: every day.
    pub every_days: u16,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            way: None,
            from: String::new(),
            ahead_days: 3,
            every_days: 1,
        }
    }
}

/// Where letters go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MailWay {
    /// To a mail server.
    Server(MailServer),
    /// Into a folder, one file each.
    Folder(PathBuf),
}

/// A mail server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port; without one 465 for TLS, 587 for STARTTLS, 25 for neither.
    pub port: u16,
    /// TLS from the first byte, or STARTTLS; `None`: neither, only on this machine.
    pub tls: Option<MailTls>,
    /// The only authorities that are trusted (PEM); `None`: those of the system.
    pub ca_file: Option<PathBuf>,
    /// The name that it is given.
    pub user: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
    /// How long one of its answers may take. Default 30 s.
    pub patience: Duration,
}

/// When TLS begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailTls {
    /// With the first byte.
    Implicit,
    /// By STARTTLS.
    StartTls,
}

/// What citizens reach, and what their slips say of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PublicSettings {
    /// Where the survey is served (plain HTTP, behind the agency's web server); `None`: nowhere.
    pub listen: Option<SocketAddr>,
    /// The address of the survey as citizens see it; `None`: slips name none.
    pub survey: Option<String>,
    /// The address that opens the state of a dossier, with `{dossier}` for its number; `None`: slips carry the number.
    pub dossier: Option<String>,
}

impl PublicSettings {
    /// What the square code of a dossier's slips holds.
    #[must_use]
    pub fn opens(&self, dossier: &str) -> String {
        let address = self.dossier.as_deref();
        address.map_or_else(
            || dossier.to_owned(),
            |own| own.replace("{dossier}", dossier),
        )
    }
}

/// A report that goes out by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// Its name: what went out is remembered by it.
    pub name: PlainName,
    /// Of which periods.
    pub kind: PeriodKind,
    /// Whether these are reckoned from the 15th to the 14th.
    pub administrative: bool,
    /// A unit with all below it; `None`: all.
    pub unit: Option<UnitCode>,
    /// On which working day behind the period; `None`: as soon as it may be closed.
    pub working_day: Option<u16>,
    /// Its forms.
    pub formats: Vec<String>,
    /// Its language.
    pub language: Language,
    /// To which addresses.
    pub mail: Vec<String>,
    /// Into which folder.
    pub folder: Option<PathBuf>,
}

/// Every setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The gateway's name, as receipts state it; of a simulated history with its mark.
    pub gateway_name: String,
    /// Whether the history is simulated. A log that begins otherwise is not opened.
    pub simulated: bool,
    /// The language of texts where nobody asked for another.
    pub language: Language,
    /// The folder of log, bodies, rates, index, staging and socket.
    pub data: PathBuf,
    /// The folder of trust, intermediate, distrust, crl and own.
    pub certs: PathBuf,
    /// The registry.
    pub units: PathBuf,
    /// Which algorithms are accepted; without the file the built-in policy holds.
    pub algorithms: PathBuf,
    /// Working days and office hours; without the file the built-in sample holds.
    pub holidays: PathBuf,
    /// What rates are to reach; without the file nothing is demanded.
    pub targets: PathBuf,
    /// The folder of the published procedures; without it there are none.
    pub procedures: PathBuf,
    /// What the texts say of the clock and the slips of dossiers; without the file the built-in sample holds.
    pub dossier_rules: PathBuf,
    /// Where units connect (mutual TLS).
    pub exchange_listen: SocketAddr,
    /// Where operators look (plain HTTP, loopback).
    pub operations_listen: SocketAddr,
    /// What citizens reach.
    pub public: PublicSettings,
    /// DNS names and addresses of the server's certificate.
    pub server_names: Vec<String>,
    /// Which signatures a document must carry.
    pub policy: PolicySettings,
    /// How old a CRL may be, whatever its nextUpdate says.
    pub max_crl_age_secs: Option<i64>,
    /// How long after its arrival a document is judged again when a certificate turns out to have
    /// been revoked. Default 400 days: the figures of a year are reported and inspected in the next.
    pub look_back_secs: i64,
    /// Who may be asked for validation material.
    pub fetch: FetchSettings,
    /// Who stamps the head of the log.
    pub timestamp: TimestampSettings,
    /// Push and webhook.
    pub delivery: DeliverySettings,
    /// How long content is kept. Default: for ever.
    pub retention: Arc<Retention>,
    /// How long the gateway keeps what nobody takes.
    pub clocks: Clocks,
    /// The columns of a table of rates.
    pub columns: Vec<Column>,
    /// Letters to people.
    pub mail: MailSettings,
    /// Reports that go out by themselves.
    pub schedules: Vec<Schedule>,
    /// Bounds.
    pub limits: Limits,
}

impl Settings {
    /// How the store is told that its history is simulated: with the number that a new log is drawn from, which is
    /// zero where a gateway begins it.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        self.simulated.then_some(0)
    }

    /// The gateway's own keys and certificates.
    #[must_use]
    pub fn own(&self) -> PathBuf {
        self.certs.join("own")
    }

    /// The CAs of those who are delivered to.
    #[must_use]
    pub fn push(&self) -> PathBuf {
        self.certs.join("push")
    }

    /// Fetched validation material, and copies of what lies in `crl/`.
    #[must_use]
    pub fn evidence(&self) -> PathBuf {
        self.data.join("evidence")
    }

    /// The socket of administration.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.data.join("lienthong.sock")
    }
}

/// Settings, and where each came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The file read.
    pub path: PathBuf,
    /// The settings.
    pub settings: Settings,
    /// Every effective value in the order of the file.
    pub sources: Vec<Effective>,
}
