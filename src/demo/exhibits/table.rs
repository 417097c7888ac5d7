//! The exhibits, and what must be answered about each.

use super::{Answer, Exhibit, Made, Pack as Q, Trick as Z, Twist as X, Value, Wrong};
use crate::forge::pdf::attack::Attack as A;
use crate::forge::pdf::tamper::Tampering as T;
use crate::forge::xml::wrapping::Wrapping as W;
use crate::model::Indication::{Indeterminate, TotalFailed};
use crate::model::ReasonCode as R;
use crate::model::SubIndication as S;
use crate::trust::changes::ChangeKind as K;
use crate::trust::report::Level;

const fn cades(class: &'static str, name: &'static str, level: Level) -> Exhibit {
    row(class, name, Made::Cades(level), Answer::Passed(level))
}

const fn pades(class: &'static str, name: &'static str, level: Level) -> Exhibit {
    row(class, name, Made::Pades(level), Answer::Passed(level))
}

const fn row(class: &'static str, name: &'static str, made: Made, answer: Answer) -> Exhibit {
    Exhibit {
        class,
        name,
        made,
        answer,
    }
}

/// An attack by a later revision, refused for this change.
const fn later(class: &'static str, name: &'static str, attack: A, change: K) -> Exhibit {
    let answer = Answer::Not(
        TotalFailed,
        S::FormatFailure,
        R::ChangedAfterSigning,
        Some(change),
    );
    row(class, name, Made::Attack(attack), answer)
}

const fn inside(class: &'static str, name: &'static str, done: T, reason: R) -> Exhibit {
    row(
        class,
        name,
        Made::Tampering(done),
        failed(S::FormatFailure, reason),
    )
}

const fn cms(class: &'static str, name: &'static str, wrong: Wrong, answer: Answer) -> Exhibit {
    row(class, name, Made::Cms(wrong), answer)
}

const fn failed(sub: S, reason: R) -> Answer {
    Answer::Not(TotalFailed, sub, reason, None)
}

const fn xades(class: &'static str, name: &'static str, level: Level) -> Exhibit {
    row(class, name, Made::Xades(level), Answer::Passed(level))
}

const fn packed(class: &'static str, name: &'static str, pack: Q) -> Exhibit {
    row(class, name, Made::Container(pack), Answer::Passed(Level::B))
}

const fn wrapped(name: &'static str, wrapping: W, answer: Answer) -> Exhibit {
    row("X1", name, Made::Wrapping(wrapping), answer)
}

const fn xml(class: &'static str, name: &'static str, twist: X, answer: Answer) -> Exhibit {
    row(class, name, Made::Xml(twist), answer)
}

const fn zip(class: &'static str, name: &'static str, trick: Z) -> Exhibit {
    row(class, name, Made::Archive(trick), BROKEN_ARCHIVE)
}

const fn open(sub: S, reason: R) -> Answer {
    Answer::Not(Indeterminate, sub, reason, None)
}

const TOO_MUCH: Answer = failed(S::FormatFailure, R::LimitExceeded);
const BROKEN_ARCHIVE: Answer = failed(S::FormatFailure, R::MalformedContainer);
const NOT_COVERED: Answer = open(S::SigConstraintsFailure, R::ContentNotCovered);
const BROKEN_FIELD: Answer = failed(S::FormatFailure, R::SignatureFieldBroken);
const BROKEN_RANGE: Answer = failed(S::FormatFailure, R::ByteRangeWrong);
const OTHER_DIGEST: Answer = failed(S::HashFailure, R::DigestMismatch);
const NO_ATTRIBUTES: Answer = failed(S::FormatFailure, R::SignedAttributesMissing);
const MALFORMED: Answer = failed(S::FormatFailure, R::MalformedCms);

/// Every exhibit: the levels, then the attack catalogue in its order.
pub const EXHIBITS: &[Exhibit] = &[
    cades("CAdES B", "cades_b", Level::B),
    cades("CAdES T", "cades_t", Level::T),
    cades("CAdES LT", "cades_lt", Level::Lt),
    cades("CAdES LTA", "cades_lta", Level::Lta),
    pades("PAdES B", "pades_b", Level::B),
    pades("PAdES T", "pades_t", Level::T),
    pades("PAdES LT", "pades_lt", Level::Lt),
    pades("PAdES LTA", "pades_lta", Level::Lta),
    xades("XAdES B", "xades_b", Level::B),
    xades("XAdES T", "xades_t", Level::T),
    xades("XAdES LT", "xades_lt", Level::Lt),
    xades("XAdES LTA", "xades_lta", Level::Lta),
    packed("ASiC-S", "simple_cades", Q::SimpleCades),
    packed("ASiC-S", "simple_xades", Q::SimpleXades),
    packed("ASiC-E", "extended_cades", Q::ExtendedCades),
    packed("ASiC-E", "extended_xades", Q::ExtendedXades),
    inside("P1", "range_unnamed", T::RangeUnnamed, R::ByteRangeWrong),
    inside(
        "P1",
        "value_blanked",
        T::ValueBlanked,
        R::SignatureFieldBroken,
    ),
    row("P2", "one_byte", Made::OneByte, OTHER_DIGEST),
    later("P2", "content_replaced", A::ContentReplaced, K::Pages),
    later("P2", "page_appended", A::PageAppended, K::Pages),
    later("P2", "page_removed", A::PageRemoved, K::Pages),
    later("P2", "content_freed", A::ContentFreed, K::Freed),
    inside("P3", "range_moved", T::RangeMoved, R::ByteRangeWrong),
    inside("P3", "tail_uncovered", T::TailUncovered, R::MalformedPdf),
    later("P4", "content_overridden", A::ContentOverridden, K::Changed),
    later("P4", "fonts_changed", A::FontsChanged, K::Pages),
    later("P4", "page_hidden", A::PageHidden, K::Pages),
    later(
        "P4",
        "appearance_overridden",
        A::AppearanceOverridden,
        K::Changed,
    ),
    later("P5", "annotation", A::Annotation, K::NotPermitted),
    later("P5", "open_action", A::OpenAction, K::Root),
    later("P5", "field_added", A::FieldAdded, K::FieldAdded),
    later("P5", "field_with_action", A::FieldWithAction, K::Action),
    row(
        "P6",
        "value_overridden",
        Made::Attack(A::ValueOverridden),
        BROKEN_RANGE,
    ),
    row(
        "P6",
        "form_removed",
        Made::Attack(A::FormRemoved),
        BROKEN_FIELD,
    ),
    row("P6", "cycles", Made::Cycles, BROKEN_FIELD),
    later("P6", "unused", A::Unused, K::Unused),
    later(
        "P6",
        "store_malformed",
        A::StoreMalformed,
        K::SecurityStoreMalformed,
    ),
    later(
        "P6",
        "metadata_malformed",
        A::MetadataMalformed,
        K::MetadataMalformed,
    ),
    inside("P7", "polyglot", T::Polyglot, R::MalformedPdf),
    inside("P8", "two_fields", T::TwoFields, R::SignatureFieldBroken),
    row(
        "P8",
        "two_signers",
        Made::Value(Value::TwoSigners),
        failed(S::FormatFailure, R::SeveralSigners),
    ),
    row(
        "P8",
        "other_pdf_inside",
        Made::Value(Value::OtherPdfInside),
        MALFORMED,
    ),
    row(
        "P8",
        "of_other_pdf",
        Made::Value(Value::OfOtherPdf),
        OTHER_DIGEST,
    ),
    cms("C1", "no_attributes", Wrong::NoAttributes, NO_ATTRIBUTES),
    cms(
        "C1",
        "attributes_as_content",
        Wrong::AttributesAsContent,
        NO_ATTRIBUTES,
    ),
    cms("C2", "wrong_digest", Wrong::Digest, OTHER_DIGEST),
    cms(
        "C2",
        "wrong_type",
        Wrong::Type,
        failed(S::FormatFailure, R::SignedAttributesWrong),
    ),
    cms("C3", "two_contents", Wrong::TwoContents, MALFORMED),
    // No signer, no signature (RFC 5652 §5.2): unsigned, and so never passed.
    cms(
        "C4",
        "no_signer",
        Wrong::NoSigner,
        Answer::Not(Indeterminate, S::Generic, R::NoSignature, None),
    ),
    cms(
        "C4",
        "mixed_signers",
        Wrong::MixedSigners,
        failed(S::SigCryptoFailure, R::SignatureInvalid),
    ),
    cms("C5", "mixed_digests", Wrong::MixedDigests, OTHER_DIGEST),
    cms(
        "C6",
        "other_certificate",
        Wrong::Certificate,
        failed(S::SigConstraintsFailure, R::SigningCertificateMismatch),
    ),
    cms(
        "C7",
        "flipped_bit",
        Wrong::Bit,
        failed(S::SigCryptoFailure, R::SignatureInvalid),
    ),
    cms("C8", "bytes_behind", Wrong::BytesBehind, MALFORMED),
    wrapped("xsw1", W::Xsw1, OTHER_DIGEST),
    wrapped("xsw2", W::Xsw2, NOT_COVERED),
    wrapped("xsw3", W::Xsw3, NOT_COVERED),
    wrapped("xsw4", W::Xsw4, NOT_COVERED),
    wrapped("xsw5", W::Xsw5, NOT_COVERED),
    wrapped("xsw6", W::Xsw6, OTHER_DIGEST),
    wrapped("xsw7", W::Xsw7, NOT_COVERED),
    wrapped("xsw8", W::Xsw8, OTHER_DIGEST),
    xml(
        "X2",
        "same_id",
        X::SameId,
        failed(S::FormatFailure, R::ReferenceAmbiguous),
    ),
    xml(
        "X3",
        "comment_inside",
        X::Comment,
        failed(S::FormatFailure, R::MalformedXml),
    ),
    xml(
        "X4",
        "by_stylesheet",
        X::Stylesheet,
        open(S::Generic, R::TransformNotSupported),
    ),
    xml(
        "X4",
        "elsewhere",
        X::Elsewhere,
        open(S::SignedDataNotFound, R::ReferenceNotFound),
    ),
    xml("X4", "many_references", X::ManyReferences, TOO_MUCH),
    xml(
        "X5",
        "document_type",
        X::DocumentType,
        failed(S::FormatFailure, R::DocumentType),
    ),
    xml("X6", "nested_deep", X::Deep, TOO_MUCH),
    xml(
        "X7",
        "keyed",
        X::Keyed,
        open(S::CryptoConstraintsFailure, R::AlgorithmNotAccepted),
    ),
    xml(
        "X7",
        "bare_key",
        X::BareKey,
        open(S::NoSigningCertificateFound, R::SignerCertificateMissing),
    ),
    xml(
        "X8",
        "fake_properties",
        X::Properties,
        failed(S::SigConstraintsFailure, R::SignedPropertiesWrong),
    ),
    xml(
        "X8",
        "properties_of_other",
        X::Certificate,
        failed(S::SigConstraintsFailure, R::SigningCertificateMismatch),
    ),
    zip("Z1", "bomb", Z::Bomb),
    zip("Z1", "overlap", Z::Overlap),
    zip("Z2", "same_name", Z::SameName),
    zip("Z2", "case_equal", Z::Case),
    zip("Z2", "header_differs", Z::Header),
    zip("Z2", "second_end", Z::SecondEnd),
    zip("Z2", "archive_before", Z::Before),
    zip("Z3", "path", Z::Path),
    row(
        "Z4",
        "file_unsigned",
        Made::Archive(Z::Unsigned),
        failed(S::FormatFailure, R::ContainerFileNotCovered),
    ),
    row(
        "Z4",
        "late_type",
        Made::Archive(Z::LateType),
        Answer::Passed(Level::B),
    ),
];
