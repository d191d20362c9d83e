"""Numbers of all refusals and failures. A number is never reused; texts stand in `huitong.types.catalogue`.

| range | meaning |
| --- | --- |
| 1000-1999 | *rejected*: the transaction was not executed |
| 2000-2999 | *inadmissible*: the envelope was not admitted |
| 3000-3999 | *failed*: why a contract file or tree is refused |
| 4000-4999 | *failed*: executed by the platform and undone |
| 5000-5999 | *failed*: refused by the contract, or stopped inside it |
| 6000-6999 | node: configuration, store, engine, signer |
| 7000-7999 | proofs and light client |
| 8000-8999 | interfaces: HTTP, client, keys |
| 9000-9999 | command line and internal faults |
"""

from enum import IntEnum


class Code(IntEnum):
    """Stable number of a refusal or failure, printed as HT1203."""

    # 10xx form of the bytes
    ENCODING_MALFORMED = 1001
    ENCODING_TOO_DEEP = 1002
    ENCODING_TOO_LARGE = 1003
    ENCODING_NOT_CANONICAL = 1004
    # 11xx form of the transaction
    TRANSACTION_KIND_UNKNOWN = 1101
    FIELD_INVALID = 1102
    VERSION_UNSUPPORTED = 1103
    CHAIN_WRONG = 1104
    TOO_MANY_CALLS = 1105
    GAS_LIMIT_INVALID = 1106
    # 12xx signers
    SIGNER_UNKNOWN = 1201
    SIGNER_INACTIVE = 1202
    SIGNATURE_INVALID = 1203
    SIGNATURES_MISSING = 1204
    SIGNATURES_EXTRA = 1205
    # 13xx time and replay
    EXPIRED = 1301
    VALID_UNTIL_TOO_FAR = 1302
    REPLAYED = 1303
    # 14xx room
    ENVELOPE_GAS_EXCEEDED = 1401
    POOL_FULL = 1402
    NOT_EXECUTABLE = 1403
    # 20xx envelopes
    ENVELOPE_MALFORMED = 2001
    ENVELOPE_ROOT_WRONG = 2002
    ENVELOPE_SIGNATURE_INVALID = 2003
    GATEWAY_UNKNOWN = 2004
    GATEWAY_INACTIVE = 2005
    GATEWAY_SEQUENCE_USED = 2006
    ENVELOPE_EXPIRED = 2007
    GATEWAY_QUOTA_EXCEEDED = 2008
    BLOCK_FULL = 2009
    ENVELOPE_CHAIN_WRONG = 2010
    # 30xx contract language
    CONTRACT_INVALID = 3000
    SYNTAX_ERROR = 3001
    SYNTAX_REFUSED = 3002
    NAME_REFUSED = 3003
    IMPORT_REFUSED = 3004
    ATTRIBUTE_REFUSED = 3005
    CONTRACT_CLASS_MISSING = 3006
    FIELD_DECLARATION_INVALID = 3007
    METHOD_DECLARATION_INVALID = 3008
    LITERAL_REFUSED = 3009
    TREE_MALFORMED = 3010
    CONTRACT_TOO_LARGE = 3011
    CONTRACT_TOO_DEEP = 3012
    RECORD_DECLARATION_INVALID = 3013
    UPGRADE_INCOMPATIBLE = 3014
    # 40xx execution by the platform
    OUT_OF_GAS = 4001
    TARGET_UNKNOWN = 4002
    METHOD_UNKNOWN = 4003
    ARGUMENTS_INVALID = 4004
    PERMISSION_MISSING = 4005
    CALL_DEPTH_EXCEEDED = 4006
    REENTRANCY_REFUSED = 4007
    READ_ONLY = 4008
    ENGINE_UNKNOWN = 4009
    NAME_TAKEN = 4010
    RESULT_TOO_LARGE = 4011
    SKIPPED_BY_RULES = 4012
    STORAGE_LIMIT = 4013
    EVENTS_LIMIT = 4014
    CONTRACT_EXISTS = 4015
    CONTRACT_FROZEN = 4016
    CONTRACT_RETIRED = 4017
    CONTRACT_STATE_WRONG = 4018
    # 41xx identity
    MEMBER_EXISTS = 4101
    MEMBER_UNKNOWN = 4102
    ORGANISATION_UNKNOWN = 4103
    KEY_USED_BEFORE = 4104
    KEY_INVALID = 4105
    POSSESSION_NOT_PROVED = 4106
    LAST_ADMIN = 4107
    CERTIFICATE_INVALID = 4108
    # 50xx contracts
    REFUSED_BY_CONTRACT = 5000
    KEY_MISSING = 5001
    TYPE_MISMATCH = 5002
    VALUE_INVALID = 5003
    DIVISION_BY_ZERO = 5004
    OVERFLOW = 5005
    INDEX_OUT_OF_RANGE = 5006
    CALLER_IS_CONTRACT = 5007
    ASSERTION_FAILED = 5008
    # 60xx node
    NODE_CONFIGURATION = 6001
    PORT_TAKEN = 6002
    HOME_IN_USE = 6003
    STOPPING = 6004
    ENGINE_HALTED = 6005
    SANDBOX_UNAVAILABLE = 6006
    # 61xx genesis
    CHAIN_ID_INVALID = 6101
    GENESIS_INVALID = 6102
    GENESIS_DIFFERS = 6103
    DEVELOPMENT_KEY_REFUSED = 6104
    ENGINE_MISSING = 6105
    SUITE_UNAVAILABLE = 6106
    SM2_UNAVAILABLE = 6107
    RULES_UNKNOWN = 6108
    # 62xx store
    STORE_UNREADABLE = 6201
    STORE_FORMAT_UNKNOWN = 6202
    STORE_FULL = 6203
    STORE_DAMAGED = 6204
    SNAPSHOT_INVALID = 6211
    SNAPSHOT_HEADER_DIFFERS = 6212
    # 63xx signer
    SIGNER_CONFLICT = 6301
    SIGNER_RECORD_MISSING = 6302
    SIGNER_RECORD_AHEAD = 6303
    # 70xx proofs
    BUNDLE_MALFORMED = 7001
    PROOF_INVALID = 7002
    COMMIT_INVALID = 7003
    TRUST_MISMATCH = 7004
    NOT_PROVABLE_YET = 7005
    HEADER_INVALID = 7006
    HEADERS_CONFLICT = 7007
    TRUST_EXPIRED = 7008
    ANSWER_NOT_PROVED = 7009
    HEADER_FROM_FUTURE = 7010
    WITNESSES_SILENT = 7011
    # 80xx interfaces
    REQUEST_MALFORMED = 8001
    BODY_TOO_LARGE = 8002
    HOST_REFUSED = 8003
    ORIGIN_REFUSED = 8004
    NOT_FOUND = 8005
    WAIT_TIMEOUT = 8006
    NODE_UNREACHABLE = 8007
    METHOD_NOT_ALLOWED = 8008
    MEDIA_TYPE_UNSUPPORTED = 8009
    ANSWER_INVALID = 8010
    READER_TOO_SLOW = 8011
    EVENTS_FORGOTTEN = 8012
    NOT_ACCEPTABLE = 8013
    TOO_MANY_STREAMS = 8014
    REQUEST_TIMEOUT = 8015
    INTERFACE_DIFFERS = 8016
    HISTORY_NOT_KEPT = 8021
    # 81xx keys on disk
    KEY_FILE_UNREADABLE = 8101
    KEY_FILE_EXISTS = 8102
    KEY_NOT_FOUND = 8103
    PASSWORD_WRONG = 8104
    # 90xx command line and faults
    USAGE = 9001
    FILE_UNREADABLE = 9002
    PROGRAM_MISSING = 9003
    INTERNAL = 9999


class Range(IntEnum):
    """First number of each range of codes."""

    REJECTED = 1000
    INADMISSIBLE = 2000
    LANGUAGE = 3000
    FAILED = 4000
    NODE = 6000
    PROOF = 7000
    INTERFACE = 8000
    FAULT = 9000


def is_rejection(code: int) -> bool:
    """True when a receipt with this code says *rejected*: not executed, no writes, the sender not charged."""
    return Range.REJECTED <= code < Range.INADMISSIBLE


def is_failure(code: int) -> bool:
    """True when a receipt with this code says *failed*: executed, writes discarded, gas charged."""
    return Range.LANGUAGE <= code < Range.NODE
