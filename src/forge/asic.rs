//! ASiC containers (EN 319 162-1) by code: ASiC-S and ASiC-E with CAdES, XAdES and timestamps, and archive
//! manifests over them.

use super::xml::{Place, Plan, Properties, Reference, escaped};
use super::zip::Zip;
use super::{ForgeError, Identity};
use crate::model::{Digest, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Media type of ASiC-S.
pub const SIMPLE: &str = "application/vnd.etsi.asic-s+zip";
/// Media type of ASiC-E.
pub const EXTENDED: &str = "application/vnd.etsi.asic-e+zip";

/// A container that grows.
#[derive(Clone, Debug)]
pub struct Asic {
    /// Its files in their order, `mimetype` first.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Asic {
    /// ASiC-S over one file.
    #[must_use]
    pub fn simple(name: &str, bytes: &[u8]) -> Self {
        Self::of(SIMPLE, &[(name, bytes)])
    }

    /// ASiC-E over some files.
    #[must_use]
    pub fn extended(files: &[(&str, &[u8])]) -> Self {
        Self::of(EXTENDED, files)
    }

    fn of(media: &str, files: &[(&str, &[u8])]) -> Self {
        let first = ("mimetype".to_owned(), media.as_bytes().to_vec());
        let files = files
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        Self {
            files: std::iter::once(first).chain(files).collect(),
        }
    }

    /// With one more file.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: &[u8]) -> Self {
        self.files.push((name.to_owned(), bytes.to_vec()));
        self
    }

    /// With another content of a file, or without it.
    #[must_use]
    pub fn changed(mut self, name: &str, bytes: Option<&[u8]>) -> Self {
        match bytes {
            None => self.files.retain(|(own, _)| own != name),
            Some(bytes) => {
                let mut found = self.files.iter_mut().filter(|(own, _)| own == name);
                found.by_ref().for_each(|(_, own)| *own = bytes.to_vec());
            }
        }
        self
    }

    /// What a file holds.
    #[must_use]
    pub fn file(&self, name: &str) -> &[u8] {
        let mut found = self.files.iter().filter(|(own, _)| own == name);
        found
            .next()
            .map(|(_, bytes)| bytes.as_slice())
            .unwrap_or_default()
    }

    /// The files that are content, with their names.
    #[must_use]
    pub fn data(&self) -> Vec<(&str, &[u8])> {
        let own = |name: &str| name != "mimetype" && !name.starts_with("META-INF/");
        let all = self.files.iter().filter(|(name, _)| own(name));
        all.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect()
    }

    /// ASiC-S: a signature or timestamp over the file itself, which `make` makes.
    ///
    /// # Errors
    /// What `make` gives.
    pub fn over_file(
        self,
        name: &str,
        make: impl FnOnce(&[u8]) -> Result<Vec<u8>, ForgeError>,
    ) -> Result<Self, ForgeError> {
        let made = make(
            self.data()
                .first()
                .map(|(_, bytes)| *bytes)
                .unwrap_or_default(),
        )?;
        Ok(self.with(name, &made))
    }

    /// A signature or timestamp over a manifest of some files, which `make` makes.
    ///
    /// # Errors
    /// What `make` gives.
    pub fn over_manifest(
        self,
        (manifest_name, name): (&str, &str),
        listed: &[&str],
        make: impl FnOnce(&[u8]) -> Result<Vec<u8>, ForgeError>,
    ) -> Result<Self, ForgeError> {
        let files: Vec<(&str, &[u8])> = listed.iter().map(|n| (*n, self.file(n))).collect();
        let manifest = manifest(name, &files);
        let made = make(manifest.as_bytes())?;
        Ok(self
            .with(manifest_name, manifest.as_bytes())
            .with(name, &made))
    }

    /// ASiC-E: a CAdES signature over every file.
    ///
    /// # Errors
    /// [`ForgeError::Key`].
    pub fn cades(self, signer: &Identity, at: Timestamp) -> Result<Self, ForgeError> {
        let names: Vec<String> = self.data().iter().map(|(n, _)| (*n).to_owned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let places = ("META-INF/ASiCManifest.xml", "META-INF/signature.p7s");
        self.over_manifest(places, &names, |bytes| signer.sign_detached(bytes, at))
    }

    /// A XAdES signature over every file.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub fn xades(self, signer: &Identity, at: Timestamp) -> Result<Self, ForgeError> {
        let data = self.data();
        let references = data
            .iter()
            .map(|(name, bytes)| Reference::to_file(name, bytes));
        let plan = Plan::new("", Place::Alone, references.collect());
        let signed = plan.with(Properties::basic(at)).sign(signer)?;
        Ok(self.with("META-INF/signatures.xml", signed.text.as_bytes()))
    }

    /// The archive.
    ///
    /// # Errors
    /// [`ForgeError::Zip`].
    pub fn build(&self) -> Result<Vec<u8>, ForgeError> {
        let files = self.files.iter();
        let files: Vec<(&str, &[u8])> = files.map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        Ok(Zip::of(&files)?.build())
    }
}

/// An ASiCManifest (§A.4) for a signature, of files by SHA-256.
#[must_use]
pub fn manifest(signature: &str, files: &[(&str, &[u8])]) -> String {
    let listed = files.iter().map(|(name, bytes)| {
        let digest = STANDARD.encode(Digest::of(bytes).0);
        format!(
            "<asic:DataObjectReference URI=\"{}\"><ds:DigestMethod \
             Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>{digest}\
             </ds:DigestValue></asic:DataObjectReference>",
            escaped(&name.replace('%', "%25").replace(' ', "%20"))
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><asic:ASiCManifest \
         xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><asic:SigReference URI=\"{}\"/>{}\
         </asic:ASiCManifest>",
        escaped(signature),
        listed.collect::<String>()
    )
}
