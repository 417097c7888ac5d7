//! What a path is judged by: from the manifest and its files, or from x509-limbo's one file.

use super::algorithms;
use super::case::{Case, Corpus, base64, ders};
use bytes::Bytes;
use lienthong::model::Timestamp;
use lienthong::trust::algorithms::AlgorithmPolicy;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::certificate::Certificate;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::path::{Conformity, Demands, PolicyDemands, Purpose, RevocationDemand};
use serde_json::Value;
use std::collections::BTreeSet;

/// One certificate and everything around it.
pub(crate) struct Inputs {
    pub(crate) leaf: Vec<u8>,
    pub(crate) anchors: Vec<AnchorInput>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Bytes>,
    pub(crate) responses: Vec<Bytes>,
    pub(crate) demands: Demands,
    pub(crate) algorithms: AlgorithmPolicy,
    pub(crate) at: Timestamp,
}

impl Inputs {
    pub(crate) fn of(corpus: &Corpus, case: &Case) -> Self {
        if case.family == "limbo" {
            return limbo(corpus, case);
        }
        let MaterialInput {
            anchors,
            intermediates,
            crls,
            responses,
            algorithms,
            ..
        } = material(corpus, case);
        let file = ders(&corpus.file(case)).into_iter().next();
        Self {
            leaf: file.unwrap_or_default(),
            anchors,
            intermediates,
            crls,
            responses,
            demands: demands(case),
            algorithms,
            at: case.at_any(),
        }
    }

    /// Everything as configured.
    pub(crate) fn material(self) -> MaterialInput {
        MaterialInput {
            anchors: self.anchors,
            intermediates: self.intermediates,
            crls: self.crls,
            responses: self.responses,
            algorithms: self.algorithms,
            ..MaterialInput::default()
        }
    }
}

/// What a case brings with it.
pub(crate) fn material(corpus: &Corpus, case: &Case) -> MaterialInput {
    let anchors = corpus.ders(case, "trust_anchor");
    let mut intermediates = corpus.ders(case, "intermediate");
    intermediates.extend(corpus.ders(case, "signer_certificates"));
    MaterialInput {
        anchors: anchors.into_iter().map(|der| anchor(der, case)).collect(),
        intermediates: intermediates
            .into_iter()
            .filter(|der| is_certificate(der))
            .collect(),
        crls: corpus
            .ders(case, "crl")
            .into_iter()
            .map(Bytes::from)
            .collect(),
        responses: corpus
            .aux(case, "ocsp")
            .iter()
            .map(|file| ocsp(file))
            .collect(),
        algorithms: algorithms::of_case(case),
        ..MaterialInput::default()
    }
}

/// What a message's path is asked about policies is the operator's matter, so it goes by the anchor.
fn anchor(der: Vec<u8>, case: &Case) -> AnchorInput {
    let mut anchor = AnchorInput::ordinary("test", der);
    let flag = |name: &str| case.params[name].as_bool() == Some(true);
    let policies = initial_policies(&case.params["initial_policy_set"]);
    let constraints = &mut anchor.constraints;
    constraints.policies = policies.map(|set| set.into_iter().map(Vec::from).collect());
    constraints.require_explicit_policy = flag("initial_explicit_policy");
    constraints.inhibit_policy_mapping = flag("initial_policy_mapping_inhibit");
    constraints.inhibit_any_policy = flag("initial_any_policy_inhibit");
    constraints.purposes.timestamping = true;
    anchor
}

/// DER, or base64 without armour.
fn ocsp(file: &[u8]) -> Bytes {
    let text = std::str::from_utf8(file).ok();
    Bytes::from(text.and_then(base64).unwrap_or_else(|| file.to_vec()))
}

/// Some files of the corpus hold certificates that no reader takes; they are nobody's issuer.
fn is_certificate(der: &[u8]) -> bool {
    Certificate::parse(der).is_ok()
}

pub(crate) fn demands(case: &Case) -> Demands {
    let flag = |name: &str| case.params[name].as_bool() == Some(true);
    let purpose = match case.params["purpose"].as_str() {
        Some("sslserver") => Purpose::Server,
        Some("sslclient") => Purpose::Client,
        _ => Purpose::Any,
    };
    let revocation = case.params["check_revocation"].as_str().unwrap_or_default();
    Demands {
        revocation: match revocation {
            text if text.starts_with("all") => RevocationDemand::Every,
            text if text.starts_with("soft-fail") => RevocationDemand::WhereGiven,
            _ => RevocationDemand::None,
        },
        conformity: match case.params["strict"].as_bool() {
            Some(false) => Conformity::Lenient,
            _ => Conformity::Strict,
        },
        policies: PolicyDemands {
            initial: initial_policies(&case.params["initial_policy_set"]),
            explicit: flag("initial_explicit_policy"),
            inhibit_mapping: flag("initial_policy_mapping_inhibit"),
            inhibit_any: flag("initial_any_policy_inhibit"),
        },
        ..Demands::everything(purpose)
    }
}

/// `None`: any policy.
fn initial_policies(set: &Value) -> Option<BTreeSet<Box<[u8]>>> {
    let set = set.as_array()?;
    let policies: BTreeSet<Box<[u8]>> = set.iter().filter_map(|p| oid(p.as_str()?)).collect();
    assert_eq!(policies.len(), set.len(), "policies");
    // anyPolicy (RFC 5280 §4.2.1.4)
    (!policies.contains(&[0x55, 0x1d, 0x20, 0x00][..])).then_some(policies)
}

/// The content octets of a dotted object identifier.
fn oid(dotted: &str) -> Option<Box<[u8]>> {
    let arcs: Vec<u64> = dotted
        .split('.')
        .map(|a| a.parse().ok())
        .collect::<Option<_>>()?;
    let (first, rest) = arcs.split_at_checked(2)?;
    let mut octets = Vec::new();
    for arc in std::iter::once(first[0] * 40 + first[1]).chain(rest.iter().copied()) {
        let mut septets = vec![(arc & 0x7f) as u8];
        let mut left = arc >> 7;
        while left > 0 {
            septets.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        octets.extend(septets.into_iter().rev());
    }
    Some(octets.into())
}

fn limbo(corpus: &Corpus, case: &Case) -> Inputs {
    let test = corpus.limbo(case);
    let all = |key: &str| -> Vec<Vec<u8>> {
        let items = test[key].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .filter_map(Value::as_str)
            .flat_map(|pem| ders(pem.as_bytes()))
            .collect()
    };
    let peer = test["peer_certificate"].as_str().unwrap_or_default();
    let peer = ders(peer.as_bytes()).into_iter().next().unwrap_or_default();
    let crls = all("crls");
    let named = |purpose: &str| {
        let purposes = test["extended_key_usage"].as_array();
        purposes.is_some_and(|all| all.iter().any(|p| p.as_str() == Some(purpose)))
    };
    let depth = test["max_chain_depth"]
        .as_u64()
        .and_then(|d| usize::try_from(d).ok());
    let demands = Demands {
        revocation: match crls.is_empty() {
            true => RevocationDemand::None,
            false => RevocationDemand::Every,
        },
        purpose: if named("clientAuth") {
            Purpose::Client
        } else if named("serverAuth") {
            Purpose::Server
        } else {
            Purpose::Any
        },
        max_intermediates: depth.unwrap_or_else(|| Demands::document().max_intermediates),
        ..Demands::document()
    };
    let anchors = all("trusted_certs")
        .into_iter()
        .map(|der| AnchorInput::ordinary("test", der));
    let intermediates = all("untrusted_intermediates");
    Inputs {
        leaf: peer,
        anchors: anchors.collect(),
        intermediates: intermediates
            .into_iter()
            .filter(|der| is_certificate(der))
            .collect(),
        crls: crls.into_iter().map(Bytes::from).collect(),
        responses: Vec::new(),
        demands,
        algorithms: algorithms::of_case(case),
        at: case.at_any(),
    }
}
