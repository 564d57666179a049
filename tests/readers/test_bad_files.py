"""Every bad file gives one sentence that says what was seen and what to try, and exit code 2."""

import os
from pathlib import Path

import pytest

from autometa.errors import AutometaError, InvalidDatasetError, UnknownNameError
from autometa.readers import read_table
from tests.readers.bad_files import BAD, BAD_PLACES, Bad

FOR_ROOT = {"unreadable file"} if os.geteuid() == 0 else set()  # root may read everything


def written(bad: Bad, folder: Path) -> Path:
    path = folder / bad.file
    path.write_bytes(bad.content)
    return path


def place(case: str, folder: Path) -> Path:
    if case in FOR_ROOT:
        pytest.skip("root may read every file")
    return BAD_PLACES[case][0](folder)


def options(bad: Bad) -> list[str]:
    asked = {"--target": bad.target, "--task": bad.task}
    return [word for option, value in asked.items() if value for word in (option, value)]


def exit_code(arguments: list[str]) -> int:
    command_line = pytest.importorskip("autometa_cli.main", reason="the command line is not complete")
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    return int(ended.value.code)


@pytest.mark.parametrize("case", BAD)
def test_read_table_says_what_is_wrong_in_one_line(case: str, tmp_path: Path) -> None:
    bad = BAD[case]
    with pytest.raises((InvalidDatasetError, UnknownNameError)) as error:
        read_table(written(bad, tmp_path), target=bad.target, task_type=bad.task)
    assert bad.message in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("case", BAD_PLACES)
def test_read_table_says_why_a_file_cannot_be_opened(case: str, tmp_path: Path) -> None:
    path = place(case, tmp_path)
    with pytest.raises(AutometaError, match=BAD_PLACES[case][1]) as error:
        read_table(str(path).replace("https:/e", "https://e"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("case", [case for case in BAD if case != "unknown task"])
def test_profile_ends_with_code_2_and_one_line_on_stderr(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = BAD[case]
    code = exit_code(["profile", str(written(bad, tmp_path)), *options(bad)])
    shown = capsys.readouterr()
    assert (code, shown.out, shown.err.count("\n")) == (2, "", 1)
    assert bad.message in shown.err


@pytest.mark.parametrize("case", BAD_PLACES)
def test_profile_ends_with_code_2_for_files_that_cannot_be_opened(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = place(case, tmp_path)
    code = exit_code(["profile", str(path)])
    assert (code, capsys.readouterr().err.count("\n")) == (2, 1)
