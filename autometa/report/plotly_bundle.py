"""plotly_script: plotly.js as text, from the package plotly; the only file that knows the package."""

from importlib.util import find_spec

from autometa.errors import UnknownNameError


def plotly_script() -> str:
    """The library, about 4.8 MB, to be written into a page once.

    Raises:
        UnknownNameError: the package is not installed.
    """
    if find_spec("plotly") is None:
        raise UnknownNameError("reports need the package plotly; pip install 'autometa[report]'")
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
