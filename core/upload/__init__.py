"""Own data: from the bytes of a CSV file to a table to train on. `encode(sheet := read(raw), suggested(sheet)).table`."""

from core.upload.encode import Encoded, aimed, encode, inferred, settled, suggested
from core.upload.refusal import Refused
from core.upload.sheet import Sheet, read

__all__ = ["Encoded", "Refused", "Sheet", "aimed", "encode", "inferred", "read", "settled", "suggested"]
