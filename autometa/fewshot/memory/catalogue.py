"""The entries of the memory learners."""

from autometa.fewshot.entry import CatalogueEntry

MEMORY_LEARNERS: tuple[CatalogueEntry, ...] = ()
