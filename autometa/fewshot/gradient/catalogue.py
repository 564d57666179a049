"""The entries of the gradient learners."""

from autometa.fewshot.entry import CatalogueEntry

GRADIENT_LEARNERS: tuple[CatalogueEntry, ...] = ()
