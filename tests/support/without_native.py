"""Plugin of pytest: the native crate is not there. `-p without_native`, loaded before anything asks for it."""

import sys

sys.modules["huitong_native"] = None
