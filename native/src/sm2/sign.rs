//! Signing: secrets pass through the constant-time code of RustCrypto's `sm2` alone, never through this crate's own.

use sm2::SecretKey;
use sm2::dsa::SigningKey;
use sm2::dsa::signature::hazmat::PrehashSigner;
use sm2::elliptic_curve::sec1::ToSec1Point;

use super::Key;

/// A signing key; deterministic nonces by RFC 6979 with HMAC-SM3.
pub struct Signer {
    key: SigningKey,
    public: Key,
}

impl Signer {
    /// None unless the secret is a number from 1 to n - 2, big-endian (n - 1 has no inverse of 1 + d).
    pub fn new(secret: &[u8]) -> Option<Self> {
        let secret: &[u8; 32] = secret.try_into().ok()?;
        let secret = SecretKey::from_slice(secret).ok()?;
        let public: Key = secret.public_key().to_sec1_point(false).as_bytes().try_into().ok()?;
        let key = SigningKey::new("", &secret).ok()?;
        let signer = Self { key, public };
        // with d = n - 1 the first signature fails
        signer.sign(&[1; 32])?;
        Some(signer)
    }

    /// 0x04 || x || y.
    pub fn public(&self) -> &Key {
        &self.public
    }

    /// Sign a digest: r || s. None when the nonce does not serve, which happens once in 2^256 digests.
    pub fn sign(&self, digest: &[u8; 32]) -> Option<[u8; 64]> {
        let signature = self.key.sign_prehash(digest).ok()?;
        Some(signature.to_bytes().into())
    }
}
