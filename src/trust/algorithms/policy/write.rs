//! The policy as a file that says all of it (`config/algorithms.toml`): what is kept with a document
//! has to judge it again whatever the file of the day says.

use super::{AlgorithmPolicy, Item, Rule, Validity};
use std::fmt::Write as _;

impl AlgorithmPolicy {
    /// Every rule, under the profile that has none.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = "profile = \"none\"\n".to_owned();
        for rule in self.rules() {
            entry(&mut out, &rule);
        }
        out
    }
}

/// One entry. Names and moments hold nothing that TOML would have to escape.
fn entry(out: &mut String, rule: &Rule) {
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(out, "{key} = {value}");
    };
    let quoted = |text: &str| format!("\"{text}\"");
    match rule.item {
        Item::Digest(digest) => {
            line("\n[[digest]]\nname", &quoted(digest.name()));
        }
        Item::Signature(family, digest) => {
            line("\n[[signature]]\nname", &quoted(family.name()));
            if let Some(digest) = digest {
                line("digest", &quoted(digest.name()));
            }
        }
        Item::Key(kind, bits) => {
            line("\n[[key]]\nname", &quoted(kind.name()));
            line("bits", &bits.to_string());
        }
    }
    if let Some(usage) = rule.usage {
        line("usage", &format!("[{}]", quoted(usage.name())));
    }
    match rule.validity {
        Validity::Never => line("accepted", "false"),
        Validity::Within { from, until } => {
            for (key, moment) in [("from", from), ("until", until)] {
                if let Some(moment) = moment {
                    line(key, &quoted(&moment.to_string()));
                }
            }
        }
    }
}
