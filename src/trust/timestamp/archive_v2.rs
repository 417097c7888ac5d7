//! Archive timestamps of the older CAdES (archive-time-stamp-v2, ETSI TS 101 733 §6.4.1): one over the octets
//! of everything that was in the message, in the order in which it stands there: encapContentInfo and the
//! content outside it, certificates, crls, and all fields of the signer with its unsigned attributes.

use super::archive::imprint_of;
use crate::format::asn1::oid;
use crate::format::asn1::read::Element;
use crate::format::asn1::write::{constructed, tag};
use crate::format::cms::read::{Attribute, SignedData, SignerInfo};
use crate::model::Timestamp;
use crate::trust::algorithms::DigestContext;

/// What a token of a signer should stamp; `begun` holds what comes before the certificates. Of the
/// versions of §6.4.1 the one that it does stamp, if it is one of them: V1.8.3 takes the unsigned attributes
/// with tag and length, V2.2.1 one by one.
pub(super) fn imprint(
    data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    token: &Element<'_>,
    begun: &DigestContext,
) -> Option<Vec<u8>> {
    let own = imprint_of(token)?;
    let covered: Vec<&[u8]> = covered(signer, token, own.made).map(|a| a.full).collect();
    let [_, certificates, revocation] = data.fields;
    let digest = |unsigned: &[u8]| {
        let mut context = begun.clone();
        for part in [certificates, revocation, signer.signed_fields, unsigned] {
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    };
    let one_by_one = digest(&covered.concat());
    if one_by_one == own.digest || covered.is_empty() {
        return Some(one_by_one);
    }
    Some(digest(&constructed(tag::context(1), &covered)))
}

/// The unsigned attributes that were there: all but the one with the token, and other archive timestamps
/// that are not older than it.
fn covered<'s, 'd>(
    signer: &'s SignerInfo<'d>,
    token: &Element<'_>,
    made: Timestamp,
) -> impl Iterator<Item = &'s Attribute<'d>> {
    let archive = [
        oid::ARCHIVE_TIMESTAMP,
        oid::ARCHIVE_TIMESTAMP_V2,
        oid::ARCHIVE_TIMESTAMP_V3,
    ];
    let own = token.start;
    let older = move |value: &Element<'_>| imprint_of(value).is_some_and(|i| i.made < made);
    signer.unsigned.iter().filter(move |attribute| {
        let holds_it = attribute.values.iter().any(|value| value.start == own);
        let archives = archive.contains(&attribute.kind);
        !holds_it && (!archives || attribute.values.iter().all(older))
    })
}
