"""Single objects through the unmodified openml package: what they say, and how faults end."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from autometa.errors import ImporterError
from autometa_store.importers import openml_package
from autometa_store.importers.openml_client import OpenMLClient
from autometa_store.importers.openml_records import EstimationProcedure, FlowParameter, OpenMLServer
from tests.importers.openml_clients import QUICK, FakeClock, patient
from tests.importers.openml_runs import made_up_rows
from tests.importers.openml_server import Fault, OpenMLLoopback
from tests.importers.openml_world import World, recorded
from tests.importers.test_openml_faults import HEALING, SLOW, mutated, one_line

OWN = Path(__file__).parents[1] / "data" / "openml"
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "openml_recorded"
QUESTIONS: dict[str, Callable[[OpenMLClient], object]] = {
    "study/9": lambda client: client.suite_tasks(9),
    "task/1": lambda client: client.task(1),
    "flow/21": lambda client: client.flow(21),
    "data/1": lambda client: client.dataset(1),
}


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """The package takes seconds to import; no single test shall pay for it."""
    openml_package._package()


def client_of(server: OpenMLLoopback, *, n_tries: int = 6, is_quick: bool = False) -> OpenMLClient:
    return OpenMLClient(patient(server.url, FakeClock(), limits=QUICK if is_quick else None, n_tries=n_tries))


def test_the_client_is_what_the_importer_asks() -> None:
    def takes(server: OpenMLServer) -> OpenMLServer:
        return server

    assert takes(OpenMLClient(patient("http://x", FakeClock()))) is not None


def test_a_suite_is_known_by_number_and_alias() -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        client = client_of(server)
        assert client.suite_tasks(9) == client.suite_tasks("made-up-suite") == (1, 2)


def test_a_task_has_its_splits() -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        task = client_of(server).task(1)
    assert (task.task_id, task.task_type_id, task.data_id, task.target) == (1, 1, 1, "answer")
    assert task.estimation_procedure == EstimationProcedure("crossvalidation", 1, 10, None, True)
    assert task.metric == "predictive_accuracy"


def test_a_flow_has_parameters_and_components() -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        flow = client_of(server).flow(21)
    assert flow.name == "sklearn.pipeline.Pipeline(svc=sklearn.svm._classes.SVC)"
    assert (flow.version, flow.external_version) == ("4", "openml==0.15.1,sklearn==1.9.1")
    [(step, component)] = flow.components
    assert (step, component.flow_id) == ("svc", 20)
    assert FlowParameter("gamma", None, '"scale"') in component.parameters


def test_a_data_set_has_its_columns() -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        about = client_of(server).dataset(1)
    assert (about.name, about.version, about.default_target) == ("made_up", 2, "answer")
    assert about.md5 == "c4e7730e705f41da55727328b7e6f198"
    assert [(f.name, f.data_type, f.is_target) for f in about.features] == [
        ("width", "numeric", False),
        ("height", "numeric", False),
        ("colour", "nominal", False),
        ("answer", "nominal", True),
    ]
    assert about.features[2].categories == ("blue", "red")


def test_a_data_set_without_processed_columns_has_none() -> None:
    world = recorded(OWN)
    del world.documents["data/features/1"]
    with OpenMLLoopback(world) as server:
        about = client_of(server).dataset(1)
    assert (about.name, about.features) == ("made_up", ())


def test_lists_and_qualities_need_no_package() -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        client = client_of(server)
        assert [task.task_id for task in client.tasks([1])] == [1, 2]
        assert client.tasks([77]) == ()
        assert [flow.flow_id for flow in client.flows("sklearn.svm._classes.SVC")] == [20, 22]
        assert [flow.flow_id for flow in client.flows("sklearn.svm._classes.SVC(2)")] == [22]
        assert [flow.flow_id for flow in client.flows("SVC")] == [20, 22]
        assert client.flows("LinearSVC") == ()
        assert client.qualities(1)["NumberOfInstances"] == 40.0
        assert client.qualities(1)["DecisionStumpAUC"] is None
        assert sum("flow/list" in path for path in server.paths) == 1


def test_many_data_sets_are_asked_for_in_addresses_that_servers_take() -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        assert len(client_of(server).tasks(range(1, 1001))) == 2
        assert len(server.paths) == 5
        assert max(len(path) for path in server.paths) < 2000


def test_real_answers_are_understood() -> None:
    if not RECORDED.exists():
        pytest.skip("needs ../shared/data/openml_recorded")
    with OpenMLLoopback(recorded(RECORDED)) as server:
        client = client_of(server)
        assert len(client.suite_tasks(1)) == 100
        assert [client.task(number).data_id for number in (1307, 1308, 1309)] == [134, 135, 136]
        assert [name for name, _ in client.flow(17).components] == ["imp", "sc", "svc"]
        assert len(client.dataset(136).features) == 31
        assert client.qualities(61) == {}


@pytest.mark.parametrize("kind", [kind for kind in HEALING if kind != "412:107"])
def test_a_fault_of_the_package_heals(kind: str) -> None:
    with OpenMLLoopback(recorded(OWN), faults=[Fault(kind, "flow/21")]) as server:
        assert client_of(server, is_quick=kind in SLOW).flow(21).flow_id == 21
        assert len(server.paths) == 2 or kind in SLOW


def test_a_database_that_is_busy_heals() -> None:
    with OpenMLLoopback(recorded(OWN), faults=[Fault("412:107", "flow/21", n_times=3)]) as server:
        assert client_of(server).flow(21).flow_id == 21


@pytest.mark.parametrize("where", QUESTIONS)
@pytest.mark.parametrize("kind", ["503 html", "xhtml", "half", "empty", "json", "reset", "429", "412:107"])
def test_a_fault_that_stays_is_one_line(kind: str, where: str) -> None:
    with OpenMLLoopback(recorded(OWN), faults=[Fault(kind, where, n_times=99)]) as server:
        with pytest.raises(ImporterError) as caught:
            QUESTIONS[where](client_of(server, n_tries=2))
        assert one_line(caught.value)
        assert "failed 2 times" in str(caught.value)
        server.faults.clear()
        QUESTIONS[where](client_of(server, n_tries=1))


def test_a_silent_server_is_left_alone_in_time() -> None:
    with (
        OpenMLLoopback(recorded(OWN), faults=[Fault("hang", n_times=9)]) as server,
        pytest.raises(ImporterError, match="task 1 failed 1 times, last: no answer in time"),
    ):
        client_of(server, n_tries=1, is_quick=True).task(1)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda client: client.task(999), "code 151: Unknown task"),
        (lambda client: client.flow(999), "code 181: Unknown flow"),
        (lambda client: client.dataset(999), "code 111: Unknown dataset"),
        (lambda client: client.suite_tasks("none"), "code 601: Study does not exist"),
        (lambda client: client.suite_tasks("../data/1"), "is no suite of OpenML; give its number or alias"),
    ],
    ids=["task", "flow", "data set", "suite", "path"],
)
def test_what_does_not_exist_is_one_line_at_once(ask: Callable[[OpenMLClient], object], said: str) -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        with pytest.raises(ImporterError, match=said) as caught:
            ask(client_of(server))
        assert len(server.paths) <= 1
    assert one_line(caught.value)


def test_a_study_of_runs_is_no_suite() -> None:
    world = recorded(OWN)
    status, body = world.documents["study/9"]
    runs = body.replace(b"entity_type>task<", b"entity_type>run<")
    world.documents["study/9"] = (status, runs)
    with (
        OpenMLLoopback(world) as server,
        pytest.raises(ImporterError, match="suite 9 is a study of runs, not a suite of tasks"),
    ):
        client_of(server).suite_tasks(9)


def test_an_address_that_is_no_openml_is_said() -> None:
    with (
        OpenMLLoopback(World(), faults=[Fault("404", n_times=9)]) as server,
        pytest.raises(ImporterError, match="is no document of OpenML; check the server's address"),
    ):
        client_of(server).task(1)


def test_the_users_settings_and_key_are_neither_used_nor_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import openml

    monkeypatch.setattr(openml.config, "apikey", "secret")
    monkeypatch.setattr(openml.config, "server", "http://127.0.0.1:1/api/v1/xml")
    monkeypatch.setattr(openml.config, "_root_cache_directory", tmp_path)
    before = openml.config.get_config_as_dict()
    queries: list[str] = []
    with OpenMLLoopback(recorded(OWN)) as server:
        server.before_answer = queries.append
        client_of(server).task(1)
        with pytest.raises(ImporterError):
            client_of(server).task(999)
        assert not any("api_key" in line for line in server.lines)
    assert openml.config.get_config_as_dict() == before
    assert list(tmp_path.iterdir()) == []
    assert len(queries) >= 3


@pytest.mark.parametrize("where", QUESTIONS)
def test_mutated_answers_raise_only_our_error(where: str) -> None:
    rng = random.Random(3)
    world = recorded(OWN)
    status, body = world.documents[where]
    errors = []
    with OpenMLLoopback(world) as server:
        for _ in range(15):
            world.documents[where] = (status, mutated(body, rng))
            try:
                QUESTIONS[where](client_of(server, n_tries=1, is_quick=True))
            except ImporterError as error:
                errors.append(error)
    assert errors
    assert all(one_line(error) for error in errors)


@pytest.mark.parametrize("prefix", ["/api/v1/xml", "/api/v1"])
def test_the_unmodified_package_lists_from_the_same_server(prefix: str) -> None:
    import openml

    with OpenMLLoopback(World(rows=made_up_rows(23))) as server, openml_package._settings(openml, server.url):
        openml.config.server = server.url + prefix
        frame = openml.evaluations.list_evaluations_setups(
            "predictive_accuracy", tasks=[1], size=None, output_format="dataframe"
        )
    assert sorted(frame["run_id"]) == list(range(1, 24))
    assert len(frame["parameters"].iloc[0]) == 19
