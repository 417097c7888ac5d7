//! Standard Webhooks: the secret, and the signature over identifier, time and body
//! (<https://www.standardwebhooks.com>, symmetric scheme `v1`).

use super::failure::Failure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use std::path::{Path, PathBuf};

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret that is made here; the specification asks for 24 to 64.
const MADE: usize = 32;
/// Bytes that a secret may have.
const ALLOWED: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret shared with one recipient.
pub struct Secret(hmac::Key);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// Reads `whsec_…`; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
        let known = ALLOWED.contains(&bytes.len());
        known.then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The text of a new one.
    ///
    /// # Errors
    /// In words, if the system gives no chance.
    pub fn generate(chance: &dyn ring::rand::SecureRandom) -> Result<String, String> {
        let mut bytes = [0u8; MADE];
        let filled = chance.fill(&mut bytes);
        filled.map_err(|_| "the system gives no random numbers".to_owned())?;
        Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    /// Reads the file of one.
    ///
    /// # Errors
    /// [`Failure::Setup`].
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |problem: String| Failure::Setup {
            path: path.into(),
            problem,
        };
        let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
        Self::parse(&text).ok_or_else(|| failed("no secret: whsec_ and 24 to 64 bytes".into()))
    }

    /// The value of `webhook-signature`.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{seconds}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

/// Where the secret of a unit lies, in `certs/own/`.
#[must_use]
pub fn secret_path(own: &Path, unit: &crate::model::UnitCode) -> PathBuf {
    own.join("webhook").join(format!("{unit}.secret"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_holds() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("secret");
        let signed = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_made_secret_is_one_and_what_is_none_is_refused() {
        let made = Secret::generate(&ring::rand::SystemRandom::new()).expect("made");
        assert!(Secret::parse(&made).is_some());
        for bad in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!",
        ] {
            assert!(Secret::parse(bad).is_none(), "{bad}");
        }
    }
}
