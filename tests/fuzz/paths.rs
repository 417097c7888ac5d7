//! A certificate with everything that came along, as one input: SEQUENCE { the world's name, the
//! certificate, [0] certificates, [1] CRLs, [2] OCSP responses }, so that changes of structure leave
//! out, repeat, exchange and forge them.

use super::path::Inputs;
use super::targets::{Came, Outcome};
use lienthong::forge::der;
use lienthong::format::asn1::read::Reader;
use lienthong::model::{Digest, ReasonCode, Timestamp};
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Moments, RevocationDemand};
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// With more of a kind the first ones count, so that order and neighbours matter.
const FEW: usize = 12;

/// Anchors, and what is demanded of a path to them.
struct World {
    validator: Validator,
    demands: Demands,
    at: Timestamp,
}

/// The worlds by name, and what was really signed by anybody.
#[derive(Default)]
pub(crate) struct Paths {
    worlds: BTreeMap<String, World>,
    /// SHA-256 of the signed parts.
    signed: BTreeSet<Digest>,
}

impl Paths {
    /// Notes that a certificate, CRL or response was really signed.
    pub(crate) fn genuine(&mut self, der: &[u8]) {
        let part = signed_part(der).or_else(|| signed_response(der));
        self.signed.extend(part.map(Digest::of));
    }

    /// Takes in a case; gives it as an input.
    pub(crate) fn add(&mut self, name: &str, inputs: Inputs) -> Option<Vec<u8>> {
        let bundle = write(name, &inputs);
        let world = World {
            demands: inputs.demands,
            at: inputs.at,
            validator: Validator::new(Arc::new(
                Material::new(MaterialInput {
                    anchors: inputs.anchors,
                    algorithms: inputs.algorithms,
                    ..MaterialInput::default()
                })
                .ok()?,
            )),
        };
        self.worlds.insert(name.to_owned(), world);
        Some(bundle)
    }

    fn is_foreign(&self, part: Option<&[u8]>) -> bool {
        part.is_none_or(|part| !self.signed.contains(&Digest::of(part)))
    }
}

fn write(name: &str, inputs: &Inputs) -> Vec<u8> {
    let (crls, responses) = (inputs.crls.concat(), inputs.responses.concat());
    der::sequence_of(&[
        der::text(0x0c, name),
        inputs.leaf.clone(),
        der::explicit(0, &inputs.intermediates.concat()),
        der::explicit(1, &crls),
        der::explicit(2, &responses),
    ])
}

#[derive(Clone)]
struct Bundle<'a> {
    world: &'a str,
    leaf: &'a [u8],
    others: SuppliedDer<'a>,
}

fn read(input: &[u8]) -> Option<Bundle<'_>> {
    let mut fields = Reader::new(input).expect(0x30).ok()?.reader();
    let world = std::str::from_utf8(fields.expect(0x0c).ok()?.content).ok()?;
    let leaf = fields.any().ok()?.full;
    let mut lists = [Vec::new(), Vec::new(), Vec::new()];
    while let Ok(Some(list)) = fields.next() {
        let mut elements = list.reader();
        let place = usize::from(list.tag & 0x1f);
        while let Ok(Some(element)) = elements.next() {
            lists.get_mut(place)?.push(element.full);
        }
    }
    let [certificates, crls, responses] = lists;
    let others = SuppliedDer {
        certificates,
        crls,
        responses,
    };
    Some(Bundle {
        world,
        leaf,
        others,
    })
}

/// What must hold of a path: only what was signed is accepted, what nobody signed changes nothing, and
/// neither does the order.
pub(crate) fn run(paths: &Paths, input: &[u8]) -> Outcome {
    let Some(bundle) = read(input) else {
        return Ok(Came::Refused);
    };
    let Some(world) = paths.worlds.get(bundle.world) else {
        return Ok(Came::Refused);
    };
    let Some(accepted) = accepts(world, bundle.leaf, &bundle.others)? else {
        return Ok(Came::Refused);
    };
    if accepted && paths.is_foreign(signed_part(bundle.leaf)) {
        return Err("accepted a certificate that nobody signed".into());
    }
    let others = &bundle.others;
    let most = [&others.certificates, &others.crls, &others.responses].map(Vec::len);
    if most.iter().all(|number| *number <= FEW) {
        let given = world.demands.revocation == RevocationDemand::WhereGiven;
        let alone = accepts(world, bundle.leaf, &signed(paths, others))?;
        // Where only what is given counts, a response that says nothing bars the path.
        if alone.is_some_and(|alone| alone != accepted) && (accepted || !given) {
            return Err(format!(
                "accepted: {accepted}; without what nobody signed: not so"
            ));
        }
        let reversed = accepts(world, bundle.leaf, &reversed(others))?;
        if reversed.is_some_and(|reversed| reversed != accepted) {
            return Err(format!("accepted: {accepted}; in another order: not so"));
        }
    }
    Ok(if accepted { Came::Accepted } else { Came::Read })
}

/// `None` if the certificate is none, or a limit ended the search, which says nothing of others.
fn accepts(world: &World, leaf: &[u8], others: &SuppliedDer<'_>) -> Result<Option<bool>, String> {
    let moments = Moments::at(world.at);
    let judged = world
        .validator
        .judge_path(leaf, others, &world.demands, moments);
    let Ok(outcome) = judged else {
        return Ok(None);
    };
    match outcome.problem().map(|problem| problem.reason().code) {
        None => Ok(Some(true)),
        Some(ReasonCode::LimitExceeded) => Ok(None),
        Some(ReasonCode::ValidatorError) => Err("an error inside".into()),
        Some(_) => Ok(Some(false)),
    }
}

fn signed<'a>(paths: &Paths, others: &SuppliedDer<'a>) -> SuppliedDer<'a> {
    let keep = |list: &[&'a [u8]], part: fn(&[u8]) -> Option<&[u8]>| {
        let kept = list.iter().filter(|der| !paths.is_foreign(part(der)));
        kept.copied().collect()
    };
    SuppliedDer {
        certificates: keep(&others.certificates, signed_part),
        crls: keep(&others.crls, signed_part),
        responses: keep(&others.responses, signed_response),
    }
}

fn reversed<'a>(others: &SuppliedDer<'a>) -> SuppliedDer<'a> {
    let turn = |list: &[&'a [u8]]| list.iter().rev().copied().collect();
    SuppliedDer {
        certificates: turn(&others.certificates),
        crls: turn(&others.crls),
        responses: turn(&others.responses),
    }
}

/// The signed part of a certificate or CRL.
fn signed_part(der: &[u8]) -> Option<&[u8]> {
    let mut outer = Reader::new(der).expect(0x30).ok()?.reader();
    Some(outer.expect(0x30).ok()?.full)
}

/// The signed part of an OCSP response (RFC 6960 §4.2.1).
fn signed_response(der: &[u8]) -> Option<&[u8]> {
    let mut outer = Reader::new(der).expect(0x30).ok()?.reader();
    outer.expect(0x0a).ok()?;
    let mut bytes = outer.expect(0xa0).ok()?.reader();
    let mut typed = bytes.expect(0x30).ok()?.reader();
    typed.expect(0x06).ok()?;
    signed_part(typed.expect(0x04).ok()?.content)
}
