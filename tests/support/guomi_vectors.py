"""Published vectors of SM2, SM3 and SM4. `tests/guomi/test_published_vectors.py` holds them against others."""

# GM/T 0003.5-2012, appendices A (signature) and C (encryption); user id 1234567812345678
SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
PUBLIC = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
NONCE = bytes.fromhex("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21")
MESSAGE = b"message digest"
SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
CIPHERTEXT = bytes.fromhex(
    "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    "21886ca989ca9c7d58087307ca93092d651efa"
)
IDENTITY = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"

# GM/T 0003.5-2012, appendix B; both user ids 1234567812345678, 128 bits of key
A_LONG = bytes.fromhex("81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029")
A_ONCE = bytes.fromhex("d4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3")
B_LONG = bytes.fromhex("785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5")
B_ONCE = bytes.fromhex("7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6")
EXCHANGED = "6c89347354de2484c60b4ab1fde4c6e5"
FROM_RESPONDER = "d3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb"
FROM_INITIATOR = "18c7894b3816df16cf07b05c5ec0bef5d655d58f779cc1b400a4f3884644db88"

# GM/T 0004-2012, appendix A
GMT_0004 = [
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
]

# GM/T 0002-2012, appendix A; RFC 8998, appendix A.1
SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
RFC_8998 = (
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)
SM4_ONCE = "681edf34d206965e86b3e94f536e4246"
"""The key, encrypted with itself."""
SM4_MILLION = "595298c7c6fd271f0402f804c33d3f66"
