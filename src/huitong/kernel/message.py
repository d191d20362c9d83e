"""Arguments of a call to a module as its message."""

from typing import Any

import msgspec

from huitong.types import Code, Failed


def message_of(kind: type[Any], args: tuple[Any, ...]) -> Any:
    """Convert decoded arguments to a message (array struct). Raises Failed HT4004.

    Bytes are bytes alone: text is not taken for base64. The library's own words stay out of the failure: they would
    be hashed with the receipt, and another version of it may choose others.
    """
    try:
        return msgspec.convert(list(args), kind, builtin_types=(bytes,))
    except msgspec.ValidationError:
        form = ", ".join(kind.__struct_fields__)
        raise Failed(Code.ARGUMENTS_INVALID, reason=f"the arguments do not have the form [{form}]") from None
