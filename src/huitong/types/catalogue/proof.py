"""Texts of the codes 7000-7999: proofs, headers and commits."""

from huitong.types.catalogue import Entry, Who
from huitong.types.codes import Code

ENTRIES: dict[Code, Entry] = {
    Code.BUNDLE_MALFORMED: Entry(
        "Malformed proof bundle",
        "The proof bundle is malformed: {reason}.",
        "证明文件格式错误：{reason}。",
        Who.YOU,
        "Ask for the file again: `huitong state get KEY --prove` writes one.",
        "请重新获取该文件：`huitong state get KEY --prove` 可生成。",
        422,
    ),
    Code.PROOF_INVALID: Entry(
        "Proof does not hold",
        "The proof does not show what it claims: {reason}.",
        "证明不成立：{reason}。",
        Who.YOU,
        "Do not rely on the value; ask another node for the proof.",
        "请勿采信该值；可向其他节点索取证明。",
        422,
    ),
    Code.COMMIT_INVALID: Entry(
        "Signatures do not suffice",
        "The commit of the block is not valid: {reason}.",
        "区块的提交签名无效：{reason}。",
        Who.YOU,
        "Do not rely on the block; ask another node for it.",
        "请勿采信该区块；可向其他节点索取。",
        422,
    ),
    Code.TRUST_MISMATCH: Entry(
        "Not the trusted chain",
        "The bundle does not lead to the chain that you trust: {reason}.",
        "证明无法追溯到所信任的链：{reason}。",
        Who.YOU,
        "Get the trust file from an organisation that you know, and pass it as `--trust FILE`.",
        "请向可信的组织索取信任文件，并以 `--trust FILE` 传入。",
        422,
    ),
    Code.NOT_PROVABLE_YET: Entry(
        "Not provable yet",
        "There is no proof yet: {reason}.",
        "尚无法给出证明：{reason}。",
        Who.YOU,
        "Wait for the next block, or ask with `?wait=proved`.",
        "请等待下一个区块，或以 `?wait=proved` 查询。",
        409,
    ),
    Code.HEADER_INVALID: Entry(
        "Invalid header",
        "The header or the validator set is not valid: {reason}.",
        "区块头或验证者集合无效：{reason}。",
        Who.YOU,
        "Do not rely on it; ask another node.",
        "请勿采信；可向其他节点索取。",
        422,
    ),
}
