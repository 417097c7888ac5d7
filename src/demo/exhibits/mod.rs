//! Each level of signature and each known attack, as one file each, with the answer it must get: shown
//! by asking the gateway (`POST /v1/verify`), nothing kept and nothing counted.

mod containers;
mod make;
mod show;
mod table;
mod xml;

pub use containers::{Pack, Trick};
pub use make::{Shown, make};
pub use show::{Found, print, samples};
pub use table::EXHIBITS;
pub use xml::Twist;

use crate::forge::pdf::attack::Attack;
use crate::forge::pdf::tamper::Tampering;
use crate::forge::xml::wrapping::Wrapping;
use crate::model::{Indication, ReasonCode, SubIndication};
use crate::trust::changes::ChangeKind;
use crate::trust::report::Level;

/// One level of signature, or one attack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exhibit {
    /// The level, or the row of the attack catalogue: P1 to P8 for PDF, C1 to C8 for CMS, X1 to X8 for XML,
    /// Z1 to Z4 for containers.
    pub class: &'static str,
    /// Its stable name; the one in people's words is in `lang`.
    pub name: &'static str,
    /// How its file is made.
    pub made: Made,
    /// What the gateway must answer.
    pub answer: Answer,
}

/// How a file is made from the good documents of one unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// A detached CMS of this level.
    Cades(Level),
    /// A PDF of this level.
    Pades(Level),
    /// A good PDF, and then a later revision.
    Attack(Attack),
    /// A good PDF, and then this.
    Tampering(Tampering),
    /// A good PDF with one byte of its text altered.
    OneByte,
    /// A good PDF whose pages and fields then run in a circle.
    Cycles,
    /// A PDF whose signature value is of another sort.
    Value(Value),
    /// A CMS with one thing wrong.
    Cms(Wrong),
    /// An XML letter of this level.
    Xades(Level),
    /// An XML letter whose signature is wrapped.
    Wrapping(Wrapping),
    /// An XML letter with one thing wrong.
    Xml(Twist),
    /// A container.
    Container(Pack),
    /// A container with one thing wrong.
    Archive(Trick),
}

/// What stands in a PDF in place of the CMS of one signer over it (attack catalogue P8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// A CMS of two good signers.
    TwoSigners,
    /// A CMS that carries another PDF and signs that.
    OtherPdfInside,
    /// The CMS of another signed PDF.
    OfOtherPdf,
}

/// What is wrong with a CMS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// No signed attributes.
    NoAttributes,
    /// The attributes of a good signature are its content.
    AttributesAsContent,
    /// The message digest is another.
    Digest,
    /// The content type is another.
    Type,
    /// A content inside, and asked about another beside it.
    TwoContents,
    /// Of two signers one is good, and the value of the other has a bit flipped.
    MixedSigners,
    /// Nobody signs.
    NoSigner,
    /// The digest algorithm named is not the one that was used.
    MixedDigests,
    /// The certificate named is another.
    Certificate,
    /// One bit of the value.
    Bit,
    /// Bytes behind it.
    BytesBehind,
}

impl Exhibit {
    /// Whether it shows a kind of signature, and no attack.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(
            self.made,
            Made::Cades(_) | Made::Pades(_) | Made::Xades(_) | Made::Container(_)
        )
    }
}

/// The answer that a file must get.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Every signature passes, at this level.
    Passed(Level),
    /// This, and what came later where that is why.
    Not(Indication, SubIndication, ReasonCode, Option<ChangeKind>),
}
