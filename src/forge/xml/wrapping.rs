//! Signature wrapping (attack catalogue X1): XSW1 to XSW8, each made from a good file by moving what was signed
//! and putting a twin where an application looks.

use super::unread;
use crate::forge::ForgeError;
use crate::format::xml::{Document, NodeId};

/// Where the twin stands, and where what was signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrapping {
    /// The twin is the file, with the signature in it; what was signed lies in the signature.
    Xsw1,
    /// The same, and what was signed lies before the signature.
    Xsw2,
    /// The twin stands before the signed element.
    Xsw3,
    /// The twin holds the signed element.
    Xsw4,
    /// The twin holds the signature; what was signed stands behind.
    Xsw5,
    /// The twin holds the signature, and that what was signed.
    Xsw6,
    /// The twin stands before the signed element, in an element of its own.
    Xsw7,
    /// The twin stands before the signature, which holds what was signed.
    Xsw8,
}

impl Wrapping {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Xsw1,
        Self::Xsw2,
        Self::Xsw3,
        Self::Xsw4,
        Self::Xsw5,
        Self::Xsw6,
        Self::Xsw7,
        Self::Xsw8,
    ];

    /// As the catalogue has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xsw1 => "XSW1",
            Self::Xsw2 => "XSW2",
            Self::Xsw3 => "XSW3",
            Self::Xsw4 => "XSW4",
            Self::Xsw5 => "XSW5",
            Self::Xsw6 => "XSW6",
            Self::Xsw7 => "XSW7",
            Self::Xsw8 => "XSW8",
        }
    }

    /// The wrapped file.
    #[must_use]
    pub fn of(self, good: &Wrapped) -> String {
        let bare = good.bare();
        let signature = &good.signature;
        let around = |inside: &str| format!("<ho-so>{inside}</ho-so>");
        match self {
            Self::Xsw1 => good.twin(&good.signature_around(&bare)),
            Self::Xsw2 => good.twin(&format!("{bare}{signature}")),
            Self::Xsw3 => around(&format!("{}{}", good.twin(""), good.signed)),
            Self::Xsw4 => around(&good.twin(&good.signed)),
            Self::Xsw5 => around(&format!("{}{bare}", good.twin(signature))),
            Self::Xsw6 => around(&good.twin(&good.signature_around(&bare))),
            Self::Xsw7 => around(&format!("<them>{}</them>{}", good.twin(""), good.signed)),
            Self::Xsw8 => {
                let signature = good.signature_around(&bare);
                around(&format!("{}{signature}", good.twin("")))
            }
        }
    }
}

/// A good file, an element with an Id and its enveloped signature, in its pieces.
#[derive(Clone, Debug)]
pub struct Wrapped {
    /// The signed element, its signature last in it.
    pub signed: String,
    signature: String,
    /// What the twin says otherwise: a piece of the text, and another.
    otherwise: Vec<(String, String)>,
    end: String,
}

impl Wrapped {
    /// Takes a file apart; its twin is to say `otherwise`.
    ///
    /// # Errors
    /// [`ForgeError::Xml`] if it is no element with a signature last in it.
    pub fn new(file: &str, otherwise: &[(&str, &str)]) -> Result<Self, ForgeError> {
        let document = Document::read(file.as_bytes()).map_err(unread)?;
        let element = document.element();
        let ds = |id: &NodeId| document.is(*id, super::DS, "Signature");
        let mut signatures = document.nodes().filter(ds);
        let signature = signatures.next();
        let signature = signature.ok_or_else(|| ForgeError::Xml("no signature".into()))?;
        let behind = document.range(signature).end..document.range(element).end;
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        Ok(Self {
            signed: document.slice(document.range(element)).to_owned(),
            signature: document.slice(document.range(signature)).to_owned(),
            otherwise: otherwise.iter().map(owned).collect(),
            end: document.slice(behind).to_owned(),
        })
    }

    /// The signed element without its signature.
    #[must_use]
    pub fn bare(&self) -> String {
        self.signed.replacen(&self.signature, "", 1)
    }

    /// The twin that nobody signed, with something more last in it.
    #[must_use]
    pub fn twin(&self, inside: &str) -> String {
        let bare = self.bare();
        let twin = self
            .otherwise
            .iter()
            .fold(bare, |twin, (from, to)| twin.replacen(from.as_str(), to, 1));
        let content = twin.strip_suffix(&self.end).unwrap_or(&twin);
        format!("{content}{inside}{}", self.end)
    }

    /// The signature with something more inside it.
    #[must_use]
    pub fn signature_around(&self, inside: &str) -> String {
        let end = "</ds:Signature>";
        let object = format!("<ds:Object>{inside}</ds:Object>{end}");
        self.signature.replacen(end, &object, 1)
    }
}
