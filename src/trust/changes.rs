//! What came after a signature in its PDF: the words of the difference analysis.

use crate::model::indication::words;

words! {
    /// The most that was done to a PDF after a signature, from nothing to what is never permitted.
    ChangeLevel {
        /// Nothing came later.
        None = 1 "none",
        /// Evidence, document timestamps, metadata.
        Updates = 2 "updates",
        /// Fields were filled in, or others signed.
        Forms = 3 "forms",
        /// Annotations were added.
        Annotations = 4 "annotations",
        /// Something that nothing explains.
        Suspicious = 5 "suspicious",
        /// It could not be looked into.
        Unknown = 6 "unknown",
    }
}

words! {
    /// What was done to one object.
    ChangeKind {
        /// Evidence in the document security store.
        SecurityStore = 1 "security_store",
        /// A document timestamp.
        DocumentTimestamp = 2 "document_timestamp",
        /// Another signature.
        Signature = 3 "signature",
        /// A new field for a signature or timestamp.
        SignatureField = 4 "signature_field",
        /// A field filled in.
        FieldValue = 5 "field_value",
        /// How a field looks.
        Appearance = 6 "appearance",
        /// The form's list of fields or its defaults.
        Form = 7 "form",
        /// Version, extensions or where the form is found.
        Catalog = 8 "catalog",
        /// Metadata.
        Metadata = 9 "metadata",
        /// The place of a new signature on its page.
        Page = 10 "page",
        /// A new annotation.
        Annotation = 11 "annotation",
        /// The tag of a new field for a signature.
        Structure = 12 "structure",
        /// An object taken away.
        Freed = 20 "freed",
        /// An object changed that must stay as it was signed.
        Changed = 21 "changed",
        /// A new object that nothing uses.
        Unused = 22 "unused",
        /// An entry taken away.
        EntryRemoved = 23 "entry_removed",
        /// An object that is used elsewhere too.
        UsedElsewhere = 24 "used_elsewhere",
        /// An older object put to another use.
        Reused = 25 "reused",
        /// A new field that is not for a signature.
        FieldAdded = 26 "field_added",
        /// A field taken away.
        FieldRemoved = 27 "field_removed",
        /// A field that is not what a field should be.
        FieldMalformed = 28 "field_malformed",
        /// A locked field.
        FieldLocked = 29 "field_locked",
        /// More than a certification permits.
        NotPermitted = 30 "not_permitted",
        /// The pages.
        Pages = 31 "pages",
        /// An annotation taken away.
        AnnotationRemoved = 32 "annotation_removed",
        /// A document security store that is none.
        SecurityStoreMalformed = 33 "security_store_malformed",
        /// Metadata that are none.
        MetadataMalformed = 34 "metadata_malformed",
        /// An action of a new field.
        Action = 35 "action",
        /// The trailer or the catalog.
        Root = 36 "root",
        /// Encrypted objects.
        Encrypted = 37 "encrypted",
        /// How the file is encrypted.
        Encryption = 38 "encryption",
    }
}

/// One object that a later revision changed or added, and as what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// The revision, the first being 1.
    pub revision: usize,
    /// The object's number, where it is one object.
    pub object: Option<u32>,
    /// What was done.
    pub kind: ChangeKind,
}

/// What came after one signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changes {
    /// The most that was done.
    pub level: ChangeLevel,
    /// Whether the signature's own restrictions permit it (DocMDP, FieldMDP, `/Lock`).
    pub permitted: bool,
    /// Each object, with what was done; the objection, if there is one, comes last.
    pub objects: Vec<Change>,
}

impl Changes {
    /// Nothing came later.
    #[must_use]
    pub fn none() -> Self {
        Self {
            level: ChangeLevel::None,
            permitted: true,
            objects: Vec::new(),
        }
    }
}
