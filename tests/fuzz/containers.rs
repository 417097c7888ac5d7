//! Archives and ASiC containers: an archive that is read has one reading, to the last octet; a container
//! that passes holds exactly what was signed.

use super::grounds::Grounds;
use super::seeds;
use super::targets::{Came, Outcome, judge, must, passed};
use bytes::Bytes;
use lienthong::forge::asic::Asic;
use lienthong::format::asic::{Container, Manifest, Role};
use lienthong::format::content::Memory;
use lienthong::format::zip::{Archive, Entry};

/// Octets of one entry that are unpacked.
const MOST: u64 = 1 << 20;

/// What is in the containers below.
const NAME: &str = "content.txt";

/// Containers of the kept signatures and timestamps.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let content = seeds::read(NAME);
    let simple = Asic::simple(NAME, &content);
    let extended = Asic::extended(&[(NAME, content.as_slice())]);
    let all = [
        simple
            .clone()
            .with("META-INF/signature.p7s", &seeds::read("detached.p7s")),
        simple
            .clone()
            .with("META-INF/signature.p7s", &seeds::read("stamped.p7s")),
        simple.with("META-INF/timestamp.tst", &seeds::read("token.tst")),
        extended.with("META-INF/signatures.xml", &seeds::read("detached.xml")),
    ];
    all.iter()
        .map(|container| container.build().expect("built"))
        .collect()
}

/// Manifests, as they are listed.
pub(crate) fn manifests() -> Vec<Vec<u8>> {
    let content = seeds::read(NAME);
    let text = lienthong::forge::asic::manifest("META-INF/signature.p7s", &[(NAME, &content)]);
    vec![text.into_bytes()]
}

/// The structure, and what is in it.
pub(crate) fn archive(_: &Grounds, input: &[u8]) -> Outcome {
    let body = Memory::new(Bytes::copy_from_slice(input));
    let Ok(archive) = Archive::read(&body) else {
        return Ok(Came::Refused);
    };
    let again = Archive::read(&body).map_err(|e| format!("not read a second time: {e}"))?;
    must(
        again.entries() == archive.entries(),
        "read otherwise a second time",
    )?;
    let packed: u64 = archive.entries().iter().map(Entry::packed).sum();
    must(packed <= input.len() as u64, "entries that overlap")?;
    for entry in archive.entries() {
        must(
            archive.file(&entry.name).is_some() || entry.folder,
            "an entry without a name",
        )?;
        if entry.size > MOST {
            continue;
        }
        if let Ok(bytes) = archive.unpack(entry, MOST) {
            must(
                bytes.len() as u64 == entry.size,
                "another length than announced",
            )?;
        }
    }
    Ok(Came::Read)
}

/// A container that passes under the kept authorities.
pub(crate) fn container(grounds: &Grounds, input: &[u8]) -> Outcome {
    let report = judge(&grounds.worlds[0], input, None)?;
    let stamped = report.signatures.is_empty()
        && report
            .timestamps
            .iter()
            .any(|stamp| stamp.proves().is_some())
        && report.worst().is_none();
    if passed(&report) || stamped {
        must(only_signed(input), "passed with a file that nobody signed")?;
        return Ok(Came::Accepted);
    }
    Ok(Came::Refused)
}

/// Whether the one file of content is the one that was signed.
fn only_signed(input: &[u8]) -> bool {
    let body = Memory::new(Bytes::copy_from_slice(input));
    let Ok(archive) = Archive::read(&body) else {
        return false;
    };
    let Ok(Some(container)) = Container::read(&archive) else {
        return false;
    };
    let mut data = container
        .of(Role::Data)
        .map(|(_, entry)| archive.unpack(entry, MOST));
    let right = Ok(seeds::read(NAME));
    data.next() == Some(right) && data.next().is_none()
}

/// A manifest that is read lists something, and the same a second time.
pub(crate) fn manifest(_: &Grounds, input: &[u8]) -> Outcome {
    let Ok(manifest) = Manifest::read("m", input) else {
        return Ok(Came::Refused);
    };
    must(!manifest.references.is_empty(), "nothing is listed")?;
    must(
        Manifest::read("m", input) == Ok(manifest),
        "read otherwise a second time",
    )?;
    Ok(Came::Read)
}
