//! Writing the lists of a container (EN 319 162-1 §A.4): deterministic, every name percent-encoded, so that
//! no text of a sender's becomes markup.

use crate::model::Digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Media type of ASiC-E (EN 319 162-1 §4.4.3.1).
pub const EXTENDED: &str = "application/vnd.etsi.asic-e+zip";

const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A file that a list names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its name in the archive.
    pub name: String,
    /// Its media type.
    pub media: &'static str,
    /// SHA-256 of what is in it.
    pub sha256: Digest,
}

/// An ASiCManifest for the CAdES signature of that name.
#[must_use]
pub fn manifest(signature: &str, files: &[Listed]) -> String {
    list(signature, ("application/pkcs7-signature", files), None)
}

/// An ASiCArchiveManifest for the timestamp of that name (§A.7); `root`: the list that it prolongs.
#[must_use]
pub fn archive_manifest(timestamp: &str, files: &[Listed], root: &str) -> String {
    let media = "application/vnd.etsi.timestamp-token";
    list(timestamp, (media, files), Some(root))
}

fn list(signature: &str, (media, files): (&str, &[Listed]), root: Option<&str>) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:ASiCManifest \
         xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><asic:SigReference \
         MimeType=\"{media}\" URI=\"{}\"/>",
        encoded(signature)
    );
    for file in files {
        let is_root = match root == Some(file.name.as_str()) {
            true => " Rootfile=\"true\"",
            false => "",
        };
        out.push_str(&format!(
            "<asic:DataObjectReference MimeType=\"{}\"{is_root} URI=\"{}\"><ds:DigestMethod \
             Algorithm=\"{SHA256}\"/><ds:DigestValue>{}</ds:DigestValue>\
             </asic:DataObjectReference>",
            file.media,
            encoded(&file.name),
            STANDARD.encode(file.sha256.0)
        ));
    }
    out.push_str("</asic:ASiCManifest>");
    out
}

/// RFC 3986 §2.3 and §3.3: everything but unreserved characters and the slash between parts.
fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::Manifest;
    use super::*;

    #[test]
    fn what_is_listed_is_read_whatever_its_name() {
        let names = ["a.pdf", "Dự toán \"quý\" <1> & %20.pdf", "thư mục/'b'.pdf"];
        let file = |name: &&str| Listed {
            name: (*name).to_owned(),
            media: "application/octet-stream",
            sha256: Digest::of(name.as_bytes()),
        };
        let files: Vec<Listed> = names.iter().map(file).collect();
        let text = manifest("META-INF/signature.p7s", &files);
        assert_eq!(text, manifest("META-INF/signature.p7s", &files));
        let read = Manifest::read("m", text.as_bytes()).expect("manifest");
        assert_eq!(read.signature, "META-INF/signature.p7s");
        assert_eq!(read.references.len(), names.len());
        for (reference, name) in read.references.iter().zip(names) {
            let all = names.iter().map(|name| (*name, *name));
            let found = crate::format::uri::Names::of(all).find(&reference.uri);
            assert!(
                matches!(found, crate::format::uri::Named::One(own) if own == name),
                "{}",
                reference.uri
            );
            assert_eq!(reference.digest, Digest::of(name.as_bytes()).0);
        }
    }
}
