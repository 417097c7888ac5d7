//! One table of what a file may demand from its reader, each with its source.

/// Certificates in one SignedData (attack catalogue C8: 200 extra certificates were accepted by
/// two common validators; no real message of 482 held more than 30).
pub const MAX_CERTIFICATES: usize = 100;
/// Bytes of one certificate (attack catalogue K3).
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;
/// Signers in one SignedData; ten messages of 482 held more than one, none more than four.
pub const MAX_SIGNERS: usize = 64;
/// CRLs, and OCSP responses, taken from one SignedData: one of each for each certificate of its chains.
pub const MAX_REVOCATION_INFO: usize = 64;
/// Timestamps judged over one signature; real ones have one, seldom two.
pub const MAX_TIMESTAMPS: usize = 8;
/// Timestamps judged in one SignedData with several signers, one over each signature at least.
pub const MAX_TIMESTAMPS_IN_ALL: usize = 16;
/// Countersignatures judged in one SignedData, one over each signature at least; real ones have one or
/// two.
pub const MAX_COUNTERSIGNATURES: usize = 8;
/// Digests of one kind in the index of an archive timestamp: one for each certificate, list or unsigned
/// attribute value of the message.
pub const MAX_INDEX_ENTRIES: usize = 256;
/// Attributes of one signer.
pub const MAX_ATTRIBUTES: usize = 256;
/// Objects of one PDF (attack catalogue P6).
pub const MAX_PDF_OBJECTS: u32 = 1_000_000;
/// Nesting of PDF objects (attack catalogue P6).
pub const MAX_PDF_DEPTH: usize = 64;
/// Revisions of one PDF: each costs a walk over its cross-reference sections.
pub const MAX_PDF_REVISIONS: usize = 1_000;
/// Signature dictionaries of one PDF.
pub const MAX_PDF_SIGNATURES: usize = 100;
/// Bytes hashed for all signatures of one PDF: twice the largest file taken by default, some ten
/// seconds of one core. A hundred signatures over such a file would hold a thread for minutes.
pub const MAX_PDF_HASHED: usize = 16 << 30;
/// Traces of signatures outside the form's fields that are looked into; each costs the reading of an
/// object, and no real file has more than its dictionaries and a few embedded files.
pub const MAX_PDF_SIGNS: usize = 1_000;
/// How many times a PDF may be read as objects, all of them together: every object once for what it
/// refers to, and what changed, the form and the pages above it a few times for each revision.
pub const MAX_PDF_READINGS: usize = 16;
/// Objects walked over when the revisions of a PDF are compared, each once for a revision: a quarter of a
/// second. Ten signatures and their evidence over 300 pages take some 100,000.
pub const MAX_PDF_WALK: usize = 4_000_000;
/// Changed objects of one revision that are reported one by one.
pub const MAX_PDF_CHANGES: usize = 100;
/// Bytes of all trailers and of all streams that structure needs (cross-references and object
/// streams), inflated: with what inflating them takes beside, less than 64 MB.
pub const MAX_PDF_INFLATED: usize = 60 * 1024 * 1024;
/// Inflated to deflated above one megabyte (attack catalogue P6).
pub const MAX_FLATE_RATIO: usize = 100;
/// Bytes of one signature value in a PDF: `/Contents` in hexadecimal, padding included.
pub const MAX_PDF_CONTENTS: usize = 16 * 1024 * 1024;
/// Zeros behind a CMS message in a file of its own: what signers reserve in a PDF, from which it may have
/// been cut out.
pub const MAX_PADDING: usize = 64 * 1024;
/// Distribution points in one certificate or CRL: PKITS uses three, public CAs one or two.
pub const MAX_DISTRIBUTION_POINTS: usize = 64;
/// Octets of one distinguished name: that of a certificate is bounded by it, and no other is longer.
pub const MAX_NAME_BYTES: usize = MAX_CERTIFICATE_BYTES;
/// Policies, and policy mappings, of one certificate. PKITS uses ten; nothing real comes near.
pub const MAX_POLICIES: usize = 256;
/// Extensions of one CRL, CRL entry, OCSP response or timestamp; real ones carry up to six.
pub const MAX_EXTENSIONS: usize = 32;
/// Octets of one extension's value that is taken apart: a distribution point's names are some hundred.
pub const MAX_EXTENSION_BYTES: usize = 64 * 1024;
/// Answers of one OCSP response: one is the rule, a military responder's sample has twenty.
pub const MAX_OCSP_SINGLES: usize = 1_000;
/// Certificates in one OCSP response: the responder's and, seldom, those above it.
pub const MAX_OCSP_CERTIFICATES: usize = 16;
/// CRLs, and OCSP responses, of one document that are looked at; a long-term signature carries a few of
/// each for its own path and each timestamp's.
pub const MAX_SUPPLIED_EVIDENCE: usize = 64;
/// Octets of the lists and responses taken from one document: signatures for the long term carry some
/// hundred kilobytes; a list of megabytes is fetched.
pub const MAX_SUPPLIED_BYTES: usize = 16 * 1024 * 1024;
/// Octets of one XML document: what is judged in memory is less, and its tree's offsets fit 32 bits.
pub const MAX_XML_BYTES: usize = 256 * 1024 * 1024;
/// XML elements inside each other. Documents of offices have a dozen levels; libxml2 reads 256.
pub const MAX_XML_DEPTH: usize = 256;
/// Attributes of one XML element, namespace declarations included: more than any has, and few enough to
/// be sorted in milliseconds.
pub const MAX_XML_ATTRIBUTES: usize = 200_000;
/// Entries of one ZIP archive (attack catalogue Z1): as many files as one signature may refer to, and beside
/// them the signature files and folders of a container. No container of 151 had fifty; EU DSS takes 1,000. What each
/// costs is bounded by their names ([`MAX_ZIP_NAMES`]) and by what they unpack to ([`MAX_ZIP_UNPACKED`]).
pub const MAX_ZIP_ENTRIES: usize = MAX_XML_REFERENCES + 128;
/// Octets of all names of one archive, which are folded and compared with each other, and may lie in each
/// other: 250 for each of as many entries as there may be, a long Vietnamese title with its folders.
pub const MAX_ZIP_NAMES: usize = 1024 * 1024;
/// Octets of an entry's name: four times what a file system takes.
pub const MAX_ZIP_NAME: usize = 1_024;
/// Unpacked to packed, of an entry and of all together, from [`ZIP_RATIO_FROM`] octets on (attack
/// catalogue Z1).
pub const MAX_ZIP_RATIO: u64 = 100;
/// Below this no ratio does harm; a page of blanks is packed to a hundredth.
pub const ZIP_RATIO_FROM: u64 = 1024 * 1024;
/// Octets of all entries of one archive unpacked: the largest file taken by default, some five seconds of
/// one core to hash and more to inflate.
pub const MAX_ZIP_UNPACKED: u64 = 8 << 30;
/// Different namespaces of one XML document, and different prefixes: the largest vocabularies have some dozens. Each
/// is looked up and held for itself, a hundred thousand take half a second and 35 MB.
pub const MAX_XML_NAMESPACES: usize = 120_000;
/// Declarations of namespaces in all XML signature files of one container, which are read several times: a signature
/// has a handful, or one for each of some thousand references.
pub const MAX_ASIC_DECLARATIONS: usize = 100_000;
/// Signatures in one XML document, counter-signatures among them: a form that goes through many hands
/// has a dozen.
pub const MAX_XML_SIGNATURES: usize = 64;
/// References of one XML signature, or of one manifest (attack catalogue X4): containers and office documents
/// have one for each of their files. What they may cost together is [`MAX_XML_WORK`].
pub const MAX_XML_REFERENCES: usize = 4_096;
/// References judged in one file, all of its signatures and manifests together: eight signers over as many as
/// one may have. Each is a line in the report.
pub const MAX_XML_REFERENCES_IN_ALL: usize = 8 * MAX_XML_REFERENCES;
/// Octets of one SignedInfo, which is digested for each key that is tried: two kilobytes for each of as many
/// references as there may be, four times what one with a long address takes.
pub const MAX_XML_SIGNED_INFO: usize = 8 * 1024 * 1024;
/// Transforms of one reference, or steps of one filter: real ones have three.
pub const MAX_XML_TRANSFORMS: usize = 8;
/// Relationships that one transform keeps: an office document of some hundred pages has as many pictures.
pub const MAX_XML_RELATIONSHIPS: usize = 1_024;
/// Objects of one XML signature: properties, and a few enclosed files.
pub const MAX_XML_OBJECTS: usize = 64;
/// Octets walked, written and digested for all XML signatures of one file, whatever its size: a second of one
/// core with [`XML_WORK_SHARE`] of some megabytes. One reference costs [`XML_WORK_OF_REFERENCE`].
pub const XML_WORK_BASE: usize = 128 * 1024 * 1024;
/// The same for each octet of the documents that its signatures are in: a signature over the whole of one costs
/// five of them, by an expression that chooses nodes eight, and a form that goes through many hands has a
/// dozen. Documents whose canonical forms are a thousand times their size, and references without end over
/// one, end here.
pub const XML_WORK_SHARE: usize = 96;
/// The same for each octet of the files beside those documents: one digest, and one for each of some
/// timestamps for the archive.
pub const XML_WORK_SHARE_BESIDE: u64 = 4;
/// The most of it for the documents with the signatures: some five seconds of one core.
pub const MAX_XML_WORK: usize = 4 << 30;
/// What one reference is counted as beside what it is to: reading, resolving and reporting it.
pub const XML_WORK_OF_REFERENCE: usize = 8 * 1024;
/// Octets of one canonical form that is held in one piece, because it is signed itself or transformed further; of a
/// document that is larger than half of it, twice the document. Without transforms behind them forms are digested
/// as they are written.
pub const MAX_XML_FORM: usize = 64 * 1024 * 1024;
/// Octets of XML that were signed and are held to be handed out: the largest document twice, in its
/// canonical form and as it stands.
pub const MAX_PAYLOAD_HELD: usize = 2 * MAX_XML_BYTES;
/// Properties of one XAdES signature in one list: real ones have a dozen, an archive of decades some more.
pub const MAX_XML_PROPERTIES: usize = 256;
/// Signature files, timestamps and manifests of one container, each read whole; real ones have a dozen.
pub const MAX_ASIC_SIGNATURES: usize = 64;
/// Octets of all of them together: a thousand times an ordinary one.
pub const MAX_ASIC_BYTES: u64 = 64 * 1024 * 1024;
/// Algorithms by which one file of a container is digested: one for each generation of signatures over it, of which
/// there is one in a decade.
pub const MAX_ASIC_DIGESTS: usize = 4;
/// Octets of all packed files of one container that are held unpacked, because signatures transform them
/// before they digest them: real ones transform small XML files, and every thread that judges may hold as
/// many.
pub const MAX_ASIC_MEMORY: usize = 64 * 1024 * 1024;
/// Octets of `mimetype` that are read: no media type is longer.
pub const MAX_MIMETYPE: u64 = 256;
