"""What a test server knows: evaluations and documents, with OpenML's filters, paging, caps and codes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from tests.importers.openml_runs import Row, rows_in, setup_list, text_in

HEAD = '<oml:evaluations xmlns:oml="http://openml.org/openml">\n'
LEGAL = [
    "task",
    "setup",
    "flow",
    "uploader",
    "run",
    "tag",
    "limit",
    "offset",
    "function",
    "per_fold",
    "sort_order",
    "study",
]


@dataclass
class World:
    """Rows in the order of the database, and single documents by path.

    Attributes:
        rows: evaluations.
        documents: status and bytes by the path below `/api/v1/xml/`, or by a path from the root.
        order: of the rows in an answer, drawn anew for every answer: `kept`; `shuffled` inside each answer,
            whose rows stay the same; `reordered` before paging.
        max_rows: the server's cap for evaluations.
    """

    rows: list[Row] = field(default_factory=list)
    documents: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    order: str = "kept"
    max_rows: int = 10_000
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for a path below the API's root."""
        if path.startswith("evaluation/setup/list"):
            return self._evaluations(path.removeprefix("evaluation/setup/list"), with_setup=True)
        if path.startswith("evaluation/list"):
            return self._evaluations(path.removeprefix("evaluation/list"), with_setup=False)
        if path.startswith("setup/list"):
            return self._setups(path.removeprefix("setup/list"))
        for kind, key in (("task", "task_id"), ("flow", "id"), ("data", "did")):
            if path.startswith(f"{kind}/list") and f"{kind}/list" in self.documents:
                return self._listing(kind, key, path.removeprefix(f"{kind}/list"))
        if path.startswith("user/list"):
            inside = "<oml:user><oml:id>1</oml:id><oml:username></oml:username></oml:user>"
            return 200, f'<oml:users xmlns:oml="http://openml.org/openml">{inside}</oml:users>'.encode()
        return self.documents.get(path) or self._unknown(path)

    def _evaluations(self, path: str, *, with_setup: bool) -> tuple[int, bytes]:
        filters = _filters(path)
        illegal = [name for name in filters if name not in LEGAL]
        if illegal:
            return error(544, "Illegal filter specified", f"Found illegal filter(s): {', '.join(illegal)}")
        unsafe = [
            n for n in ("task", "flow", "run", "setup", "limit", "offset") if not _is_safe(filters.get(n))
        ]
        if unsafe:
            return error(541, "Input not safe", f"Filters with illegal values: {','.join(unsafe)}")
        limit, offset = int(filters.get("limit", 0)), int(filters.get("offset", 0))
        if offset and not limit:
            return error(545, "Can not specify offset without limit")
        if limit > self.max_rows:
            return error(546, "Requested result limit too high. ")
        if not filters:
            return error(
                540, "Please provide at least task, flow or setup, uploader or run, to filter results. "
            )
        found = [row for row in self.rows if _fits(row, filters)]
        n_runs = len({row.run_id for row in found})
        if not limit and n_runs > self.max_rows:
            return error(
                543, "Too many results", f"Size of result set: {n_runs} runs; max size: {self.max_rows}"
            )
        page = self._page(found, offset, limit or len(found))
        if not page:
            return error(542, "No results")
        return 200, (
            HEAD + "".join(row.xml(with_setup=with_setup) for row in page) + "  </oml:evaluations>\n"
        ).encode()

    def _page(self, rows: list[Row], offset: int, limit: int) -> list[Row]:
        if self.order == "reordered":
            rows = [rows[i] for i in self.rng.permutation(len(rows))]
        page = rows[offset : offset + limit]
        return [page[i] for i in self.rng.permutation(len(page))] if self.order == "shuffled" else page

    def _setups(self, path: str) -> tuple[int, bytes]:
        filters = _filters(path)
        if not filters:
            return error(670, "Please specify at least one filter. ")
        if int(filters.get("limit", 0)) > 1000:
            return error(676, "Requested result limit too high. ")
        rows = {row.setup_id: row for row in self.rows if _fits(row, filters)}
        start = int(filters.get("offset", 0))
        chosen = sorted(rows.values(), key=lambda row: row.setup_id)[
            start : start + int(filters.get("limit", 1000))
        ]
        if not chosen:
            return error(674, "No results, please check the filter. ")
        return 200, setup_list(chosen).encode()

    def _listing(self, kind: str, key: str, path: str) -> tuple[int, bytes]:
        filters = _filters(path)
        if not filters:
            return self.documents[f"{kind}/list"]
        codes = {"task": 482, "flow": 500, "data": 372}
        text = self.documents[f"{kind}/list"][1].decode()
        item = {"task": "task", "flow": "flow", "data": "dataset"}[kind]
        items = re.findall(rf"<oml:{item}>.*?</oml:{item}>", text, re.S)
        names = {"data_id": "did", "type": "task_type_id", f"{kind}_id": key}
        for name, wanted in filters.items():
            if name in names:
                items = [one for one in items if text_in(one, names[name]) in wanted.split(",")]
        start = int(filters.get("offset", 0))
        items = items[start : start + int(filters["limit"])] if "limit" in filters else items
        if not items:
            return error(codes[kind], "No results")
        root = text[: text.index("\n")]
        return 200, "\n".join([root, *items, f"</oml:{re.search('oml:([a-z]+)', root)[1]}>"]).encode()

    def _unknown(self, path: str) -> tuple[int, bytes]:
        codes = {
            "data/features": (273, "Dataset not processed yet"),
            "data/qualities": (363, "Dataset not processed yet"),
            "data/": (111, "Unknown dataset"),
            "task/": (151, "Unknown task"),
            "flow/": (181, "Unknown flow"),
            "run/": (236, "Run not found"),
            "setup/": (281, "Unknown setup"),
            "study/": (601, "Study does not exist. "),
        }
        return error(
            *next(
                (said for start, said in codes.items() if path.startswith(start)), (100, "Function not valid")
            )
        )


def error(code: int, message: str, more: str = "") -> tuple[int, bytes]:
    """A refusal as OpenML words it."""
    more = f"\n\t\t<oml:additional_information>{escape(more)}</oml:additional_information>" if more else ""
    return 412, (
        f'<oml:error xmlns:oml="http://openml.org/openml">\n\t<oml:code>{code}</oml:code>\n'
        f"\t<oml:message>{message}</oml:message>{more}\n\t</oml:error>\n"
    ).encode()


def recorded(folder: Path) -> World:
    """The world that a folder of recorded answers shows: `index.json` names them."""
    world = World()
    index: Mapping[str, dict[str, object]] = json.loads((folder / "index.json").read_text())
    for name, entry in index.items():
        file = folder / (name if Path(name).suffix else f"{name}.xml")
        path, body = str(entry["path"]), file.read_bytes()
        if name in ("task_list", "flow_list", "data_list"):
            path = "/".join(path.split("/")[:2])
        world.documents[path] = (int(str(entry["status"])), body)
        if name == "evaluation_setup_list":
            world.rows = list(rows_in(body.decode()))
    return world


def _filters(path: str) -> dict[str, str]:
    parts = [part for part in path.split("/") if part]
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _is_safe(value: str | None) -> bool:
    return value is None or re.fullmatch(r"[0-9]+(,[0-9]+)*", value) is not None


def _fits(row: Row, filters: Mapping[str, str]) -> bool:
    numbers = {
        "task": row.task_id,
        "flow": row.flow_id,
        "run": row.run_id,
        "setup": row.setup_id,
        "uploader": 1,
    }
    if "function" in filters and filters["function"] != row.metric:
        return False
    return all(str(number) in filters[name].split(",") for name, number in numbers.items() if name in filters)
