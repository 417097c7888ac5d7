//! Letters to people: over SMTP with TLS, or as files into a folder where there is no mail server.
//!
//! It never decides who is written to, and no letter blocks anything else: whoever sends waits, bounded by a time. What
//! stands in a head is set by types and never by text alone, so that no text can add a line to it.

mod letter;
mod smtp;

pub use letter::{Attachment, Letter};
pub use smtp::{Security, Server};

use crate::model::event::PostWay;
use crate::shelf;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;

/// Why a letter was not sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailError {
    /// An address that is none.
    #[error("{0:?} is no mail address")]
    Address(String),
    /// A letter that cannot be written.
    #[error("the letter cannot be written: {0}")]
    Letter(String),
    /// The settings of the server cannot be used.
    #[error("the mail server cannot be used: {0}")]
    Settings(String),
    /// The server could not be reached, spoke otherwise than it should, or asks to come back later.
    #[error("the mail server: {0}")]
    Server(String),
    /// The server said in time nothing.
    #[error("the mail server did not answer within {0} s")]
    Silent(u64),
    /// The server does not take this letter.
    #[error("the mail server refused the letter: {0}")]
    Refused(String),
    /// The folder could not be written to.
    #[error("{path}: {problem}")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
}

impl MailError {
    /// Whether only this letter is at fault, so that others may go through.
    #[must_use]
    pub fn is_of_the_letter(&self) -> bool {
        match self {
            Self::Address(_) | Self::Letter(_) | Self::Refused(_) => true,
            Self::Settings(_) | Self::Server(_) | Self::Silent(_) | Self::Folder { .. } => false,
        }
    }
}

enum Way {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>, Duration),
    Folder(PathBuf),
}

/// Whoever sends letters.
pub struct Post {
    from: Mailbox,
    way: Way,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Post({})", self.way().name())
    }
}

impl Post {
    /// Over a mail server.
    ///
    /// # Errors
    /// [`MailError::Address`] or [`MailError::Settings`].
    pub fn smtp(from: &str, server: &Server) -> Result<Self, MailError> {
        let from = letter::mailbox(from)?;
        let transport = smtp::transport(server, from.email.domain())?;
        // A command of SMTP has the time; a letter is some ten of them.
        let whole = server.patience.saturating_mul(4);
        Ok(Self {
            from,
            way: Way::Smtp(Box::new(transport), whole),
        })
    }

    /// Into a folder, one file each.
    ///
    /// # Errors
    /// [`MailError::Address`].
    pub fn folder(from: &str, folder: PathBuf) -> Result<Self, MailError> {
        let from = letter::mailbox(from)?;
        let way = Way::Folder(folder);
        Ok(Self { from, way })
    }

    /// Which way letters go.
    #[must_use]
    pub fn way(&self) -> PostWay {
        match self.way {
            Way::Smtp(..) => PostWay::Mail,
            Way::Folder(_) => PostWay::Folder,
        }
    }

    /// Sends a letter. The same letter sent again has the same identifier (RFC 5322 §3.6.4), and is the same file.
    ///
    /// # Errors
    /// See [`MailError`]; whether a letter was taken whose server fell silent is not known.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = letter.message(&self.from)?;
        match &self.way {
            Way::Smtp(transport, whole) => {
                let sent = timeout(*whole, transport.send(message)).await;
                let sent = sent.map_err(|_| MailError::Silent(whole.as_secs()))?;
                sent.map(drop).map_err(|e| smtp::failed(&e))
            }
            Way::Folder(folder) => {
                let path = folder.join(format!("{}.eml", letter.file_name()));
                let (bytes, target) = (message.formatted(), path.clone());
                let parent = folder.clone();
                let written = tokio::task::spawn_blocking(move || {
                    shelf::private_folder(&parent)?;
                    shelf::replace(&target, &bytes)
                });
                let failed = |problem: String| MailError::Folder { path, problem };
                match written.await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(e)) => Err(failed(e.to_string())),
                    Err(e) => Err(failed(e.to_string())),
                }
            }
        }
    }
}
