"""The starter knowledge that ships with autometa: what was measured, how, and how to use it."""

from autometa_store.knowledge.starter import StarterKnowledge, load_starter

__all__ = ["StarterKnowledge", "load_starter"]
