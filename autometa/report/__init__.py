"""Reports: a table, a search or a training on one page that needs nothing else. Extra `[report]`."""

from autometa.report.assembly import knowledge_sections, table_sections
from autometa.report.page import Section, page
from autometa.report.run_section import run_section
from autometa.report.runs import LearningRun, read_run
from autometa.report.search_section import search_section
from autometa.report.searches import Search, search_from_optuna

__all__ = [
    "LearningRun",
    "Search",
    "Section",
    "knowledge_sections",
    "page",
    "read_run",
    "run_section",
    "search_from_optuna",
    "search_section",
    "table_sections",
]
