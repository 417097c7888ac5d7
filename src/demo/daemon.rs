//! The real daemon as a child process: `serve --config …`, ready, and stopped in good order.

use super::DemoError;
use super::install::Installation;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

/// How long the daemon may take to answer; a start takes well under a second.
const START: Duration = Duration::from_secs(15);
/// How long an orderly stop may take; the daemon's own deadline is 20 seconds.
const STOP: Duration = Duration::from_secs(25);

/// A running daemon; killed when dropped without [`Daemon::stop`].
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// [`DemoError::Daemon`] with the path of its log.
    pub async fn start(program: &PathBuf, at: &Installation) -> Result<Self, DemoError> {
        let log = at.home.join("serve.log");
        let failed = |e: std::io::Error| DemoError::folder(&log, &e);
        let out = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(failed)?;
        let mut command = Command::new(program);
        command
            .arg("serve")
            .arg("--config")
            .arg(&at.config)
            .current_dir(&at.home);
        // What is set for a real installation is not meant for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LIENTHONG") {
                command.env_remove(name);
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone().map_err(failed)?)
            .stderr(out);
        let child = command
            .spawn()
            .map_err(|e| DemoError::folder(program, &e))?;
        let mut daemon = Self { child, log };
        let until = Instant::now().checked_add(START);
        while until.is_some_and(|until| Instant::now() < until) {
            if !daemon.runs() {
                break;
            }
            if ready(at.operations).await {
                return Ok(daemon);
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(DemoError::Daemon(daemon.log.clone()))
    }

    /// Whether the process is still there.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to stop and waits for it.
    ///
    /// # Errors
    /// [`DemoError::Daemon`] if it does not end, or ends badly.
    pub async fn stop(mut self) -> Result<(), DemoError> {
        // A signal needs unsafe code or a crate; the shell has it built in.
        let order = format!("kill -TERM {}", self.child.id());
        let _ = Command::new("sh")
            .arg("-c")
            .arg(order)
            .stderr(Stdio::null())
            .status();
        let until = Instant::now().checked_add(STOP);
        while until.is_some_and(|until| Instant::now() < until) {
            match self.child.try_wait() {
                Ok(None) => sleep(Duration::from_millis(20)).await,
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(_)) | Err(_) => break,
            }
        }
        Err(DemoError::Daemon(self.log.clone()))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.runs() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Whether `/readyz` answers 200.
async fn ready(at: SocketAddr) -> bool {
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(at).await.ok()?;
        let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.ok()?;
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head).await.ok()?;
        head.ends_with(b" 200").then_some(())
    };
    let answer = timeout(Duration::from_secs(2), ask).await;
    matches!(answer, Ok(Some(())))
}
