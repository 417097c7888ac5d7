//! What keeps a signature for the long term (EN 319 142-1 §5.4, §5.5): the document security store and
//! document timestamps.

use super::{Pdf, Update, references, stream};
use crate::forge::ocsp::Hash;
use crate::forge::timestamp::Token;
use crate::forge::{Entity, ForgeError};
use crate::model::Timestamp;

/// What goes into a document security store, DER.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Evidence {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses.
    pub responses: Vec<Vec<u8>>,
}

impl Pdf {
    /// Adds a document security store by an incremental update.
    pub fn add_evidence(&mut self, evidence: &Evidence) {
        let mut update = Update::default();
        let mut list = |pdf: &mut Self, all: &[Vec<u8>]| {
            let mut numbers = Vec::new();
            for der in all {
                let number = pdf.number();
                pdf.object(&mut update, number, &stream("", der));
                numbers.push(number);
            }
            references(&numbers)
        };
        let certificates = list(self, &evidence.certificates);
        let crls = list(self, &evidence.crls);
        let responses = list(self, &evidence.responses);
        let store = self.number();
        let body =
            format!("<< /Type /DSS /Certs {certificates} /CRLs {crls} /OCSPs {responses} >>");
        self.object(&mut update, store, body.as_bytes());
        self.store = Some(store);
        self.write_catalog(&mut update);
        self.finish(update);
    }

    /// Stamps the file as it is, by an incremental update.
    ///
    /// # Errors
    /// [`ForgeError`] if the authority does not sign.
    pub fn stamp(
        &mut self,
        authority: &Entity,
        field: &str,
        at: Timestamp,
    ) -> Result<(), ForgeError> {
        let token = |imprint: Vec<u8>| {
            Token::imprint(Hash::Sha256.algorithm(), imprint, at).signed_by(authority)
        };
        let room = token(vec![0; 32])?
            .len()
            .saturating_add(32)
            .saturating_mul(2);
        let mut update = Update::default();
        let (value, number) = (self.number(), self.number());
        self.fields.push(number);
        self.write_catalog(&mut update);
        let widget = format!("<< /FT /Sig /T ({field}) /V {value} 0 R >>");
        self.object(&mut update, number, widget.as_bytes());
        let head = "<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 \
                    /ByteRange ";
        let range = self.write_value(update, value, head, room)?;
        let digest = range.digest(&self.bytes)?;
        let cms = token(digest.0.to_vec())?;
        self.fill(&range, &cms, room)
    }
}
