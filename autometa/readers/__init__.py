"""Reading tables as people have them."""

from autometa.readers.files import read_frame, read_table
from autometa.readers.frames import table_from_frame
from autometa.readers.table import Table
from autometa.readers.targets import infer_task_type

__all__ = ["Table", "infer_task_type", "read_frame", "read_table", "table_from_frame"]
