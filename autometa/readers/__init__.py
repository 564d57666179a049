"""Reading tables as people have them."""

from autometa.readers.frames import infer_task_type, table_from_frame
from autometa.readers.table import Table

__all__ = ["Table", "infer_task_type", "table_from_frame"]
