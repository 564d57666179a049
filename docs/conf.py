"""How the pages become a site: `pip install ".[docs]" && sphinx-build -W docs site`."""

from importlib import metadata

project = "autometa"
author = "The autometa authors"
version = release = metadata.version("autometa")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["examples/*.csv"]
html_theme = "furo"
html_title = f"autometa {release}"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
