//! The Python module `huitong_native`. Data are taken in under the interpreter's lock; all work is done without it.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};

use crate::hash::{Algorithm, Hash};
use crate::python_tree::TreeCore;
use crate::sm2::{self, batch, sign::Signer};
use crate::{Signed, ed25519, keccak, secp256k1, sm3, wire};

/// Numbers of the registry of key kinds.
const ED25519: u32 = 1;
const SECP256K1: u32 = 3;
const SM2: u32 = 4;
/// Answer for a kind that this module does not verify.
const UNDECIDED: u8 = 2;
/// Less work than this is done with the lock held: giving it up and winning it back costs more.
const SMALL: usize = 4096;

type Check = (u32, PyBackedBytes, PyBackedBytes, PyBackedBytes);

fn of_kind(checks: &[Check], kind: u32) -> Vec<Signed<'_>> {
    let all = checks.iter().enumerate().filter(|(_, check)| check.0 == kind);
    all.map(|(place, (_, key, message, signature))| Signed { place, key, message, signature }).collect()
}

/// A check; kinds beyond 32 bits are taken as one that nobody knows.
fn checks_of(rows: &Bound<'_, PyAny>) -> PyResult<Vec<Check>> {
    let mut checks = Vec::with_capacity(rows.len()?);
    for row in rows.try_iter()? {
        let (kind, key, message, signature): (Bound<'_, PyAny>, PyBackedBytes, PyBackedBytes, PyBackedBytes) =
            row?.extract()?;
        checks.push((kind.extract().unwrap_or(u32::MAX), key, message, signature));
    }
    Ok(checks)
}

/// Verify (kind, public key, message, signature): byte i is 1 when check i holds, 0 when not, 2 for other kinds.
#[pyfunction]
fn verify_many<'py>(py: Python<'py>, checks: &Bound<'_, PyAny>, user_id: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let checks = checks_of(checks)?;
    let answers = py.detach(|| {
        let mut answers: Vec<u8> = checks
            .iter()
            .map(|check| if matches!(check.0, ED25519 | SECP256K1 | SM2) { 0 } else { UNDECIDED })
            .collect();
        ed25519::verify_many(&of_kind(&checks, ED25519), &mut answers);
        secp256k1::verify_many(&of_kind(&checks, SECP256K1), &mut answers);
        batch::verify_many(&of_kind(&checks, SM2), user_id, &mut answers);
        answers
    });
    Ok(PyBytes::new(py, &answers))
}

/// Verify SM2 signatures on digests: (public key, digest, signature).
#[pyfunction]
fn sm2_verify_digests<'py>(
    py: Python<'py>,
    checks: Vec<(PyBackedBytes, PyBackedBytes, PyBackedBytes)>,
) -> Bound<'py, PyBytes> {
    let answers = py.detach(|| {
        let mut answers = vec![0u8; checks.len()];
        let signed: Vec<Signed<'_>> = checks
            .iter()
            .enumerate()
            .map(|(place, (key, message, signature))| Signed { place, key, message, signature })
            .collect();
        batch::verify_digests(&signed, &mut answers);
        answers
    });
    PyBytes::new(py, &answers)
}

/// The keys that made secp256k1 signatures, (digest, r || s || v): 65 bytes each, None where no key did.
#[pyfunction]
fn secp256k1_recover_many<'py>(
    py: Python<'py>,
    signatures: Vec<(PyBackedBytes, PyBackedBytes)>,
) -> PyResult<Bound<'py, PyList>> {
    let keys: Vec<Option<[u8; 65]>> =
        py.detach(|| signatures.iter().map(|(digest, signature)| secp256k1::recover(digest, signature)).collect());
    PyList::new(py, keys.iter().map(|key| key.as_ref().map(|key| PyBytes::new(py, key))))
}

/// SM3: 32 bytes.
#[pyfunction]
#[pyo3(name = "sm3")]
fn sm3_one<'py>(py: Python<'py>, data: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, &one(py, data, sm3::sm3))
}

/// SM3 of each message.
#[pyfunction]
fn sm3_many<'py>(py: Python<'py>, messages: Vec<PyBackedBytes>) -> PyResult<Bound<'py, PyList>> {
    let slices: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
    let digests = py.detach(|| sm3::sm3_many(sm3::Lanes::detected(), &slices));
    PyList::new(py, digests.iter().map(|digest| PyBytes::new(py, digest)))
}

/// Keccak-256: 32 bytes.
#[pyfunction]
fn keccak256<'py>(py: Python<'py>, data: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, &one(py, data, keccak::keccak256))
}

/// Keccak-256 of each message.
#[pyfunction]
fn keccak256_many<'py>(py: Python<'py>, messages: Vec<PyBackedBytes>) -> PyResult<Bound<'py, PyList>> {
    many(py, &messages, keccak::keccak256)
}

fn one(py: Python<'_>, data: &[u8], hash: fn(&[u8]) -> Hash) -> Hash {
    if data.len() < SMALL { hash(data) } else { py.detach(|| hash(data)) }
}

fn many<'py>(py: Python<'py>, messages: &[PyBackedBytes], hash: fn(&[u8]) -> Hash) -> PyResult<Bound<'py, PyList>> {
    let digests: Vec<Hash> = py.detach(|| messages.iter().map(|message| hash(message)).collect());
    PyList::new(py, digests.iter().map(|digest| PyBytes::new(py, digest)))
}

/// Root of an RFC 6962 tree over leaves of any length. algorithm: sha256 or sm3.
#[pyfunction]
fn merkle_root<'py>(py: Python<'py>, algorithm: &str, leaves: Vec<PyBackedBytes>) -> PyResult<Bound<'py, PyBytes>> {
    let algorithm = Algorithm::named(algorithm).ok_or_else(|| PyValueError::new_err("unknown hash function"))?;
    let size: usize = leaves.iter().map(|leaf| leaf.len()).sum();
    let root = if size < SMALL { wire::root(algorithm, &leaves) } else { py.detach(|| wire::root(algorithm, &leaves)) };
    Ok(PyBytes::new(py, &root))
}

/// True when the bytes are one value of the encoding within the limits of depth and of elements.
#[pyfunction]
fn scan(raw: &[u8], max_depth: usize, max_items: usize) -> bool {
    wire::scan(raw, max_depth, max_items)
}

/// What an SM2 key signs for a message: SM3(Z || message).
#[pyfunction]
fn sm2_digest<'py>(
    py: Python<'py>,
    public_key: &[u8],
    message: &[u8],
    user_id: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let key = public_key.try_into().map_err(|_| PyValueError::new_err("a public key has 65 bytes"))?;
    let user = sm2::user_hash(user_id, key).ok_or_else(|| PyValueError::new_err("the user id is too long"))?;
    Ok(PyBytes::new(py, &sm2::digest(&user, message)))
}

/// An SM2 signing key, by constant-time code. Signatures are deterministic (RFC 6979 with HMAC-SM3).
#[pyclass(frozen, module = "huitong_native")]
struct Sm2Key {
    signer: Signer,
}

#[pymethods]
impl Sm2Key {
    /// secret: 32 bytes, from 1 to n - 2; ValueError otherwise.
    #[new]
    fn new(secret: &[u8]) -> PyResult<Self> {
        let signer = Signer::new(secret).ok_or_else(|| PyValueError::new_err("the secret is out of range"))?;
        Ok(Self { signer })
    }

    /// 65 bytes, 0x04 || x || y.
    #[getter]
    fn public_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.signer.public())
    }

    /// Sign a digest of 32 bytes: r || s, 64 bytes.
    fn sign_digest<'py>(&self, py: Python<'py>, digest: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let digest: &[u8; 32] = digest.try_into().map_err(|_| PyValueError::new_err("a digest has 32 bytes"))?;
        let signature = py.detach(|| self.signer.sign(digest));
        let signature = signature.ok_or_else(|| PyValueError::new_err("this digest cannot be signed"))?;
        Ok(PyBytes::new(py, &signature))
    }

    /// Sign a message for a user id.
    fn sign<'py>(&self, py: Python<'py>, message: &[u8], user_id: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let user = sm2::user_hash(user_id, self.signer.public());
        let user = user.ok_or_else(|| PyValueError::new_err("the user id is too long"))?;
        self.sign_digest(py, &sm2::digest(&user, message))
    }
}

/// (keys, bytes, bound in bytes) of the tables of known SM2 keys.
#[pyfunction]
fn sm2_tables() -> (usize, usize, usize) {
    batch::TABLES.usage()
}

/// Set the bound of the tables of known SM2 keys in bytes; 0 turns them off.
#[pyfunction]
fn set_sm2_table_bytes(bound: usize) {
    batch::TABLES.set_budget(bound);
}

#[pymodule]
fn huitong_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Sm2Key>()?;
    module.add_class::<TreeCore>()?;
    module.add_function(wrap_pyfunction!(keccak256, module)?)?;
    module.add_function(wrap_pyfunction!(keccak256_many, module)?)?;
    module.add_function(wrap_pyfunction!(merkle_root, module)?)?;
    module.add_function(wrap_pyfunction!(scan, module)?)?;
    module.add_function(wrap_pyfunction!(secp256k1_recover_many, module)?)?;
    module.add_function(wrap_pyfunction!(set_sm2_table_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(sm2_digest, module)?)?;
    module.add_function(wrap_pyfunction!(sm2_tables, module)?)?;
    module.add_function(wrap_pyfunction!(sm2_verify_digests, module)?)?;
    module.add_function(wrap_pyfunction!(sm3_many, module)?)?;
    module.add_function(wrap_pyfunction!(sm3_one, module)?)?;
    module.add_function(wrap_pyfunction!(verify_many, module)?)
}
