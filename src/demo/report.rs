//! What the demo prints: what was made, one line per document, the figures, what to try next.

use super::Options;
use super::bundle::Bundled;
use super::documents::DocumentToSend;
use super::exchange::Finished;
use super::install::{Installation, Plan};
use super::late::Doubted;
use super::outcome::Outcome;
use super::samples::Samples;
use super::table::{cells, decimal, rate, table};
use super::units::UNITS;
use super::voice::Voice;
use super::world::World;
use crate::client::wire::RatesView;
use crate::forge::server::Server;
use std::path::Path;

/// Says what trust was made.
pub fn say_trust(voice: &mut Voice<'_>, plan: &Plan<'_>) {
    let crls = plan
        .material
        .iter()
        .filter(|f| f.path.starts_with("crl/"))
        .count();
    let authorities = plan.material.len().saturating_sub(crls);
    let certificates = authorities.saturating_add(plan.bindings.len()).to_string();
    let (crls, units) = (crls.to_string(), plan.units.len().to_string());
    let values = [
        ("certificates", &*certificates),
        ("crls", &crls),
        ("units", &units),
    ];
    voice.say("demo-trust", &values);
}

/// Says what was signed.
pub fn say_made(voice: &mut Voice<'_>, documents: &[DocumentToSend]) {
    let bytes: usize = documents
        .iter()
        .flat_map(|d| &d.files)
        .map(|f| f.bytes.len())
        .sum();
    let (count, bytes) = (documents.len().to_string(), bytes.to_string());
    voice.say("demo-made", &[("count", &count), ("bytes", &bytes)]);
}

/// Says where the daemon is.
pub fn say_daemon(voice: &mut Voice<'_>, at: &Installation) {
    let (exchange, operations) = (at.exchange.to_string(), at.operations.to_string());
    let path = at.home.display().to_string();
    let values = [
        ("exchange", &*exchange),
        ("operations", &operations),
        ("path", &path),
    ];
    voice.say("demo-daemon", &values);
}

/// One line per document; how many came out as intended.
pub fn print_documents(
    voice: &mut Voice<'_>,
    documents: &[DocumentToSend],
    outcomes: &[Outcome],
) -> usize {
    let mut rows = vec![cells(&voice.word("demo-header"))];
    let (yes, no) = (voice.word("demo-yes"), voice.word("demo-no"));
    let mut right = 0_usize;
    let mut problems = Vec::new();
    for (i, (document, outcome)) in documents.iter().zip(outcomes).enumerate() {
        let good = document.is_right(outcome);
        right = right.saturating_add(usize::from(good));
        rows.push(vec![
            i.saturating_add(1).to_string(),
            UNITS
                .get(document.sender)
                .map_or("", |u| u.short)
                .to_owned(),
            document.code.clone(),
            crate::lang::word(voice.language, "demo-case", document.case.name()),
            document.algorithms.to_owned(),
            document.recipients.len().to_string(),
            document.intended(voice.language),
            document.actual(voice.language, outcome),
            if good { yes.clone() } else { no.clone() },
        ]);
        let code = || document.code.clone();
        if !good && outcome.problems.is_empty() {
            problems.push((code(), document.difference(outcome)));
        }
        problems.extend(outcome.problems.iter().map(|p| (code(), p.clone())));
    }
    voice.print(&table(&rows));
    for (code, problem) in problems {
        voice.say("demo-wrong", &[("code", &code), ("problem", &problem)]);
    }
    right
}

/// Says what was released, how much was done, how fast, and what the receipts said.
pub fn say_finished(voice: &mut Voice<'_>, at: &Installation, finished: &Finished, seconds: f64) {
    let crl = short(&at.certs().join(&finished.fresh_crl));
    let released = finished.released.to_string();
    voice.say("demo-crl", &[("path", &crl), ("count", &released)]);
    let seconds = decimal(voice.language, &format!("{seconds:.2}"));
    let count = finished.outcomes.len().to_string();
    let deliveries = finished.deliveries.to_string();
    let values = [
        ("count", &*count),
        ("deliveries", &deliveries),
        ("seconds", &seconds),
    ];
    voice.say("demo-speed", &values);
    let (good, all) = (
        finished.receipts.to_string(),
        finished.receipts_due.to_string(),
    );
    voice.say("demo-receipts", &[("good", &good), ("all", &all)]);
}

/// Says what a late revocation put in doubt.
pub fn say_doubted(voice: &mut Voice<'_>, at: &Installation, doubted: &Doubted) {
    let crl = short(&at.certs().join(&doubted.list));
    let count = doubted.count.to_string();
    let values = [("unit", doubted.unit), ("path", &*crl), ("count", &*count)];
    voice.say("demo-late", &values);
}

/// Says what an evidence bundle proved, and how to judge it.
pub fn say_bundled(voice: &mut Voice<'_>, at: &Installation, bundled: &Bundled) {
    let count = bundled.receipts.to_string();
    let path = short(&bundled.path);
    let certs = short(&at.certs());
    let key = match bundled.intended {
        true => "demo-bundle",
        false => "demo-bundle-wrong",
    };
    let values = [("path", &*path), ("count", &count), ("certs", &certs)];
    voice.say(key, &values);
}

/// Says who was asked how often.
pub fn say_asked(voice: &mut Voice<'_>, world: &World, server: &Server) {
    let [crls, certificates, ocsp] = world.online.asked(server).map(|n| n.to_string());
    let address = server.address().to_string();
    let values = [
        ("address", &*address),
        ("crls", &crls),
        ("certificates", &certificates),
        ("ocsp", &ocsp),
    ];
    voice.say("demo-asked", &values);
}

/// The figures of every unit.
pub fn print_rates(voice: &mut Voice<'_>, rates: &RatesView) {
    let mut rows = vec![cells(&voice.word("demo-rates-header"))];
    let unknown = voice.word("cli-rates-unknown");
    for unit in &rates.units {
        let count = |name: &str| unit.counts.get(name).copied().unwrap_or(0);
        let refused: i64 = unit
            .counts
            .iter()
            .filter(|(name, _)| name.starts_with("refused."))
            .map(|(_, n)| *n)
            .sum();
        let figure = |name: &str| rate(voice.language, &unknown, unit.rates.get(name));
        let short = UNITS
            .iter()
            .find(|u| u.code == unit.unit)
            .map_or(&*unit.unit, |u| u.short);
        rows.push(vec![
            short.to_owned(),
            count("offered").to_string(),
            figure("signed"),
            figure("both_signed"),
            refused.to_string(),
            figure("accepted"),
            figure("answered_same_day"),
            count("received").to_string(),
            figure("exchange"),
        ]);
    }
    voice.print(&table(&rows));
}

/// Says what to try next, with lines to copy.
pub fn say_next(voice: &mut Voice<'_>, options: &Options, at: &Installation, samples: &Samples) {
    voice.print("");
    voice.say("demo-try", &[]);
    let program = short(&options.program);
    let (Some(sender), Some(recipient)) = (UNITS.get(1), UNITS.get(3)) else {
        return;
    };
    let profile = |code: &str| {
        let file = at.profile(code);
        short(file.parent().unwrap_or(&file))
    };
    let (from, to) = (profile(sender.code), profile(recipient.code));
    let (good, altered) = (short(&samples.good), short(&samples.altered));
    let trust = short(&at.certs());
    let (code, notation) = (recipient.code, sender.notation);
    for line in [
        format!("verify {good} --trust {trust}"),
        format!("verify {altered} --trust {trust}"),
        format!(
            "send {good} --to {code} --number 900 --notation {notation} --subject \"Gửi thử\" \
             --profile {from}"
        ),
        format!("inbox --profile {to}"),
        format!("receive ID --out thu --profile {to}"),
        format!("answer ID accepted --profile {to}"),
        format!("status ID --profile {from}"),
        format!("rates --profile {from}"),
    ] {
        voice.print(&format!("  {program} {line}"));
    }
    voice.say("demo-page", &[("operations", &at.operations.to_string())]);
}

/// A path as one would type it here.
#[must_use]
pub fn short(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let below = path.strip_prefix(&here).unwrap_or(path);
    let shown = below.display().to_string();
    // A bare name would be looked for on the search path.
    if below.components().count() == 1 {
        format!("./{shown}")
    } else {
        shown
    }
}
