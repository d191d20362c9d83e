"""Texts of the codes 4200-4299: changes of the network that were refused."""

from huitong.types.catalogue import Entry, Who
from huitong.types.codes import Code

ENTRIES: dict[Code, Entry] = {
    Code.NETWORK_ENTRY_EXISTS: Entry(
        "Already known to the network",
        "The {what} {name} is registered, or was a gateway before.",
        "{what} {name} 已登记，或曾作为网关使用过。",
        Who.YOU,
        "Look at `huitong net members`; a gateway that was removed needs a new key.",
        "请查看 `huitong net members`；已移除的网关需要使用新密钥。",
        409,
    ),
    Code.NETWORK_ENTRY_UNKNOWN: Entry(
        "Not known to the network",
        "There is no {what} {name}.",
        "没有 {what} {name}。",
        Who.YOU,
        "Look at `huitong net members` for what is registered.",
        "请用 `huitong net members` 查看已登记的内容。",
        404,
    ),
    Code.QUORUM_WOULD_BREAK: Entry(
        "The quorum would be lost",
        "The present validators would hold {kept} of {total} of the voting power, not more than two thirds.",
        "现有验证节点将只持有 {total} 中的 {kept} 投票权，不超过三分之二。",
        Who.ADMINISTRATOR,
        "Change less at once: give a new validator less power and raise it in a second step.",
        "请分步更改：先给新验证节点较少的投票权，再逐步提高。",
        409,
    ),
    Code.VALIDATOR_CHANGE_PENDING: Entry(
        "A change of validators is on its way",
        "The validators were changed; the new set signs from block {height} on.",
        "验证节点刚刚更改，新的集合从区块 {height} 起生效。",
        Who.YOU,
        "Send the transaction again after block {height}.",
        "请在区块 {height} 之后重新发送交易。",
        409,
    ),
    Code.PARAMETER_OUT_OF_BOUNDS: Entry(
        "Out of bounds",
        "{name} is {value}, not between {low} and {high}.",
        "{name} 为 {value}，不在 {low} 与 {high} 之间。",
        Who.YOU,
        "Choose a value between {low} and {high}.",
        "请选择 {low} 与 {high} 之间的值。",
        422,
    ),
    Code.LAST_OF_NETWORK: Entry(
        "The last one",
        "The act would leave the chain without a {what}.",
        "此操作会使本链没有 {what}。",
        Who.ADMINISTRATOR,
        "Add another {what} first.",
        "请先添加另一个 {what}。",
        409,
    ),
    Code.RULES_NOT_LATER: Entry(
        "Not a later version of the rules",
        "Version {version} of the rules is not later than {current}, which the chain follows.",
        "规则版本 {version} 不晚于本链当前版本 {current}。",
        Who.YOU,
        "Name a version above {current}; rules never go back.",
        "请指定高于 {current} 的版本；规则不能回退。",
        409,
    ),
}
