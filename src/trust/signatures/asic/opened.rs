//! A container whose files were each read once: signature files and manifests whole, content for every
//! digest that any of them has of it.

use super::problem::{Problem, ambiguous, malformed, mismatch, not_found};
use crate::format::asic::{AsicError, Container, Manifest, Reference, Role};
use crate::format::content::{Content, ContentError};
use crate::format::limits::{MAX_ASIC_BYTES, MAX_ASIC_DECLARATIONS, MAX_ASIC_DIGESTS};
use crate::format::uri::{Named, Names};
use crate::format::zip::{Entry, Unpacked};
use crate::model::{Digest, Timestamp};
use crate::trust::algorithms::{DigestAlgorithm, DigestContext, DigestValue, uri};
use crate::trust::path::rejected;
use crate::trust::payload::Piece;
use crate::trust::report::Covered;
use crate::trust::signatures::{cms, xml};
use crate::trust::timestamp;
use crate::trust::validator::Validator;
use crate::trust::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// A manifest and where it lies.
pub(super) struct Listed {
    pub(super) place: usize,
    pub(super) manifest: Manifest,
    /// The signature or timestamp over it.
    pub(super) signature: usize,
}

/// The container while it is judged.
pub(super) struct Opened<'a> {
    pub(super) container: &'a Container<'a>,
    pub(super) validator: &'a Validator,
    pub(super) at: Timestamp,
    pub(super) manifests: Vec<Listed>,
    names: Names<'a, usize>,
    small: BTreeMap<usize, Vec<u8>>,
    known: BTreeMap<(usize, DigestAlgorithm), DigestValue>,
}

/// Digests that will be asked for.
type Wanted = BTreeSet<(usize, DigestAlgorithm)>;

impl<'a> Opened<'a> {
    pub(super) fn read(
        container: &'a Container<'a>,
        validator: &'a Validator,
        at: Timestamp,
    ) -> Result<Self, Problem> {
        let mut opened = Self {
            container,
            validator,
            at,
            manifests: Vec::new(),
            names: Names::of(files(container).map(|(place, entry)| (entry.name.as_str(), place))),
            small: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        let whole = [
            Role::Xml,
            Role::Cms,
            Role::Timestamp,
            Role::Manifest,
            Role::ArchiveManifest,
        ];
        for (place, entry) in whole.iter().flat_map(|role| container.of(*role)) {
            let bytes = container.archive().unpack(entry, MAX_ASIC_BYTES)?;
            opened.small.insert(place, bytes);
        }
        opened.count_declarations()?;
        opened.list()?;
        let wanted = opened.wanted();
        opened.hash(&wanted)?;
        Ok(opened)
    }

    /// Before any XML of it is read: what names cost is bounded for all files together.
    fn count_declarations(&self) -> Result<(), Problem> {
        let count = |(place, _)| {
            let bytes = self.bytes(place);
            // In UTF-8 and Latin-1, and in UTF-16 of either order.
            let plain = memchr::memmem::find_iter(bytes, b"xmlns").count();
            let wide = memchr::memmem::find_iter(bytes, b"x\0m\0l\0n\0s").count();
            plain.saturating_add(wide)
        };
        let all = self.container.of(Role::Xml).map(count);
        match all.fold(0, usize::saturating_add) > MAX_ASIC_DECLARATIONS {
            true => Err(AsicError::TooMany {
                what: "declarations of namespaces",
                limit: MAX_ASIC_DECLARATIONS,
            }
            .into()),
            false => Ok(()),
        }
    }

    /// Reads the manifests. Each has a signature or timestamp of its own, and each of these that is over a
    /// manifest has one.
    fn list(&mut self) -> Result<(), Problem> {
        let roles = [Role::Manifest, Role::ArchiveManifest];
        for (place, entry) in roles.iter().flat_map(|role| self.container.of(*role)) {
            let manifest = Manifest::read(&entry.name, self.bytes(place))?;
            let named = self.place(&manifest.signature);
            let signature = named.map_err(Problem::Verdict)?;
            if self
                .manifests
                .iter()
                .any(|other| other.signature == signature)
            {
                let name = self.name(signature);
                return Err(malformed(format!("two manifests for {name}")).into());
            }
            self.manifests.push(Listed {
                place,
                manifest,
                signature,
            });
        }
        Ok(())
    }

    pub(super) fn manifest_of(&self, signature: usize) -> Option<&Listed> {
        self.manifests
            .iter()
            .find(|listed| listed.signature == signature)
    }

    /// What is read whole; of other files nothing.
    pub(super) fn bytes(&self, place: usize) -> &[u8] {
        self.small
            .get(&place)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn entry(&self, place: usize) -> Option<&'a Entry> {
        self.container.archive().entries().get(place)
    }

    /// The name of a file.
    pub(super) fn name(&self, place: usize) -> &'a str {
        self.entry(place)
            .map(|entry| entry.name.as_str())
            .unwrap_or_default()
    }

    /// A file as a body.
    pub(super) fn body(&self, place: usize) -> Option<Unpacked<'a>> {
        let entry = self.entry(place)?;
        Some(Unpacked::new(self.container.archive(), entry))
    }

    /// Every file with its place.
    pub(super) fn files(&self) -> impl Iterator<Item = (usize, &'a Entry)> {
        files(self.container)
    }

    /// Which file a reference means.
    pub(super) fn place(&self, uri: &str) -> Result<usize, Verdict> {
        match self.names.find(uri) {
            Named::One(place) => Ok(place),
            Named::Several => Err(ambiguous(uri)),
            Named::Nothing => Err(not_found(uri)),
        }
    }

    /// The digest of the file of exactly that name, where it was computed with the others.
    pub(super) fn digest_of(&self, name: &str, algorithm: DigestAlgorithm) -> Option<DigestValue> {
        match self.names.called(name) {
            Named::One(place) => self.known.get(&(place, algorithm)).cloned(),
            Named::Several | Named::Nothing => None,
        }
    }

    /// What signatures, timestamps and manifests say that they have digests of.
    fn wanted(&self) -> Wanted {
        let listed = self
            .manifests
            .iter()
            .flat_map(|listed| &listed.manifest.references);
        let mut wanted: Wanted = listed
            .filter_map(|reference| {
                let algorithm = uri::digest(&reference.algorithm).ok()?;
                Some((self.place(&reference.uri).ok()?, algorithm))
            })
            .collect();
        for (place, _) in self.container.of(Role::Xml) {
            let named = xml::referenced(self.bytes(place));
            for (uri, algorithm) in named {
                let Ok(place) = self.place(&uri) else {
                    continue;
                };
                // By SHA-256 its reports tell which file it is.
                wanted.extend([(place, algorithm), (place, DigestAlgorithm::Sha256)]);
            }
        }
        for (place, over) in self.directly() {
            let named = match self.container.of(Role::Cms).any(|(own, _)| own == place) {
                true => cms::digests_wanted(self.bytes(place)),
                false => timestamp::imprint_algorithm(self.bytes(place))
                    .into_iter()
                    .collect(),
            };
            wanted.extend(named.into_iter().map(|algorithm| (over, algorithm)));
        }
        wanted
    }

    /// Signatures and timestamps that are over a file itself and not over a list of files (EN 319 162-1
    /// §4.3.3.2), each with that file.
    pub(super) fn directly(&self) -> Vec<(usize, usize)> {
        let Some((data, _)) = self.container.of(Role::Data).next() else {
            return Vec::new();
        };
        let simple = self.container.kind() == crate::format::asic::Kind::Simple;
        let all = self
            .container
            .of(Role::Cms)
            .chain(self.container.of(Role::Timestamp));
        let own = all.filter(|(place, _)| simple && self.manifest_of(*place).is_none());
        own.map(|(place, _)| (place, data)).collect()
    }

    /// Unpacks every file once, for all of its digests; also those that nobody asked about, because an
    /// archive that does not unpack is none.
    fn hash(&mut self, wanted: &Wanted) -> Result<(), Problem> {
        let files: Vec<(usize, &Entry)> = self.files().collect();
        for (place, entry) in files {
            let algorithms = DigestAlgorithm::ALL.into_iter();
            let own = algorithms.filter(|algorithm| wanted.contains(&(place, *algorithm)));
            let mut contexts: Vec<(DigestAlgorithm, DigestContext)> = own
                .map(|algorithm| (algorithm, algorithm.context()))
                .collect();
            if contexts.len() > MAX_ASIC_DIGESTS {
                let (what, limit) = ("digest algorithms for one file", MAX_ASIC_DIGESTS);
                return Err(AsicError::TooMany { what, limit }.into());
            }
            let mut update = |bytes: &[u8]| {
                for (_, context) in &mut contexts {
                    context.update(bytes);
                }
            };
            match self.small.get(&place) {
                Some(bytes) => update(bytes),
                None => self.container.archive().feed(entry, &mut update)?,
            }
            let finished = contexts.into_iter();
            let finished = finished.map(|(algorithm, c)| ((place, algorithm), c.finish()));
            self.known.extend(finished);
        }
        Ok(())
    }

    /// The digest of a file.
    pub(super) fn digest(
        &self,
        place: usize,
        algorithm: DigestAlgorithm,
    ) -> Result<DigestValue, ContentError> {
        if let Some(known) = self.known.get(&(place, algorithm)) {
            return Ok(known.clone());
        }
        if let Some(bytes) = self.small.get(&place) {
            return Ok(algorithm.of(bytes));
        }
        let mut context = algorithm.context();
        if let Some(body) = self.body(place) {
            body.feed(0..body.length(), &mut |bytes: &[u8]| context.update(bytes))?;
        }
        Ok(context.finish())
    }

    /// A file to be handed out, by a digest of it that was found to be the signed one.
    pub(super) fn piece(&self, place: usize, digested: (DigestAlgorithm, DigestValue)) -> Piece {
        let name = self.name(place).to_owned();
        Piece::entry(self.container.archive().digest(), name, place, digested)
    }

    /// The digests of a file that are known.
    pub(super) fn known(&self, place: usize) -> Vec<(DigestAlgorithm, DigestValue)> {
        let all = self.known.iter().filter(|((own, _), _)| *own == place);
        all.map(|((_, algorithm), value)| (*algorithm, value.clone()))
            .collect()
    }

    /// The digest by which bodies are told apart, where it is known.
    pub(super) fn known_sha256(&self, place: usize) -> Option<Digest> {
        let known = self.known.get(&(place, DigestAlgorithm::Sha256))?;
        known.as_ref().try_into().ok().map(Digest)
    }

    /// Whether everything that a manifest lists is there as it was listed: the files, what reports say of
    /// them, and the algorithms. The first problem is told beside what holds.
    pub(super) fn check(&self, listed: &Listed) -> Result<Checked, ContentError> {
        let mut checked = Checked::default();
        for reference in &listed.manifest.references {
            checked.named.extend(self.place(&reference.uri));
            match self.check_one(reference)? {
                Ok((place, algorithm, digest)) => {
                    checked.places.insert(place);
                    checked.digested.push((place, algorithm, digest));
                    checked.algorithms.insert(algorithm);
                    let told = super::covered(&reference.uri, (algorithm, &reference.digest));
                    checked.covers.push(told);
                }
                Err(verdict) => {
                    checked.problem.get_or_insert(verdict);
                }
            }
        }
        Ok(checked)
    }

    fn check_one(
        &self,
        reference: &Reference,
    ) -> Result<Result<(usize, DigestAlgorithm, DigestValue), Verdict>, ContentError> {
        let algorithm = match uri::digest(&reference.algorithm) {
            Ok(algorithm) => algorithm,
            Err(rejection) => return Ok(Err(rejected(rejection))),
        };
        let place = match self.place(&reference.uri) {
            Ok(place) => place,
            Err(verdict) => return Ok(Err(verdict)),
        };
        let digest = self.digest(place, algorithm)?;
        Ok(match digest.as_ref() == reference.digest.as_slice() {
            true => Ok((place, algorithm, digest)),
            false => Err(mismatch(&reference.uri)),
        })
    }
}

/// Every file with its place.
fn files<'a>(container: &'a Container<'a>) -> impl Iterator<Item = (usize, &'a Entry)> {
    let all = container.archive().entries().iter().enumerate();
    all.filter(|(_, entry)| !entry.folder)
}

/// What of a manifest holds.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) places: BTreeSet<usize>,
    /// The files that it names, as it lists them or otherwise.
    pub(super) named: BTreeSet<usize>,
    pub(super) covers: Vec<Covered>,
    /// Each file that it lists, with the listed digest, which is its own.
    pub(super) digested: Vec<(usize, DigestAlgorithm, DigestValue)>,
    pub(super) algorithms: BTreeSet<DigestAlgorithm>,
    pub(super) problem: Option<Verdict>,
}
