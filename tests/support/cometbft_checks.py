"""What must hold for every height that a CometBFT describes."""

from cometbft_json import block_id_of, block_of, commit_of, results_of, signed_header_of, unbase64, validators_of

from huitong.crypto import (
    EMPTY_HASH,
    block_id,
    commit_hash,
    consensus_hash,
    data_hash,
    header_hash,
    results_hash,
    validator_address,
    validators_hash,
    verify_commit,
    verify_signed_header,
)


def check_height(described, before):
    """Our bytes for one height are CometBFT's. before: description of the height before, None at the first."""
    block, header = block_of(described["block"]["block"]), block_of(described["block"]["block"]).header
    validators = validators_of(described["validators"])
    assert header_hash(header).hex().upper() == described["block"]["block_id"]["hash"]
    assert block_id(block) == block_id_of(described["block"]["block_id"])
    assert data_hash(block.envelopes) == header.data_hash
    assert commit_hash(block.last_commit) == header.last_commit_hash
    assert validators_hash(validators) == header.validators_hash
    assert header.evidence_hash == EMPTY_HASH
    for item in described["validators"]["validators"]:
        assert validator_address(unbase64(item["pub_key"]["value"])).hex().upper() == item["address"]
    limits = described["consensus_params"]["consensus_params"]["block"]
    assert consensus_hash(int(limits["max_bytes"]), int(limits["max_gas"])) == header.consensus_hash
    assert header.last_results_hash == (results_hash(results_of(before["block_results"])) if before else EMPTY_HASH)
    signed = signed_header_of(described["commit"]["signed_header"])
    assert signed.header == header
    verify_signed_header(signed, validators)
    if before:
        previous = validators_of(before["validators"])
        verify_commit(header.chain_id, previous, header.last_block_id, header.height - 1, block.last_commit)
        assert header.last_block_id == block_id(block_of(before["block"]["block"]))


def shapes(described):
    """(number of transactions, number of parts, round, absent votes) of a height."""
    commit = commit_of(described["commit"]["signed_header"]["commit"])
    absent = sum(entry.flag == 1 for entry in commit.signatures)
    return len(described["block"]["block"]["data"]["txs"]), commit.block_id.part_total, commit.round, absent
