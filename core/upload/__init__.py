"""Own data: from the bytes of a CSV file to a table to train on. `encode(sheet := read(raw), suggested(sheet)).table`."""

from core.upload.encode import Encoded, encode
from core.upload.refusal import Refused
from core.upload.sheet import Sheet, read
from core.upload.suggestions import aimed, inferred, settled, suggested

__all__ = ["Encoded", "Refused", "Sheet", "aimed", "encode", "inferred", "read", "settled", "suggested"]
