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
    Code.HEADERS_CONFLICT: Entry(
        "Two headers for one height",
        "Validators signed two different headers of height {height} ({attack}): {first} and {second}, "
        "the latter from {witness}.",
        "验证者对高度 {height} 签署了两个不同的区块头（{attack}）：{first} 与 {second}，后者来自 {witness}。",
        Who.OPERATOR,
        "Stop relying on the chain, keep the evidence file, and show it to every organisation: "
        "the validators named in it signed falsely.",
        "请停止采信该链，保存证据文件并出示给各组织：其中列出的验证者存在虚假签名。",
        409,
    ),
    Code.TRUST_EXPIRED: Entry(
        "Trust has expired",
        "The trusted header {height} is older than the trusting period: {reason}.",
        "所信任的区块头 {height} 已超过信任期：{reason}。",
        Who.YOU,
        "Get a newer trust file from an organisation that you know (`huitong trust --out FILE`), "
        "or verify with `--mode archive`.",
        "请向可信的组织索取更新的信任文件（`huitong trust --out FILE`），或以 `--mode archive` 验证。",
        422,
    ),
    Code.ANSWER_NOT_PROVED: Entry(
        "The gateway's answer is not proved",
        "What {url} answered is not what its proof shows: {reason}.",
        "{url} 的回答与其证明不符：{reason}。",
        Who.YOU,
        "Do not rely on the answer; ask another gateway, and tell the organisation that runs this one.",
        "请勿采信该回答；请改用其他网关，并告知运行该网关的组织。",
        502,
    ),
    Code.HEADER_FROM_FUTURE: Entry(
        "Header from the future",
        "Header {height} is ahead of this machine's clock: {reason}.",
        "区块头 {height} 的时间超前于本机时钟：{reason}。",
        Who.YOU,
        "Set this machine's clock (`timedatectl set-ntp true`); if it is right, ask another gateway.",
        "请校准本机时钟（`timedatectl set-ntp true`）；若时钟无误，请改用其他网关。",
        422,
    ),
    Code.WITNESSES_SILENT: Entry(
        "No witness answers",
        "No other gateway confirms header {height}: {reason}.",
        "没有其他网关确认区块头 {height}：{reason}。",
        Who.YOU,
        "Wait until another organisation's gateway answers, or name further gateways.",
        "请等待其他组织的网关恢复，或指定更多网关。",
        503,
    ),
}
