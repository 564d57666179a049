"""Molecules: assays as two-way episodes, support and queries apart, bits as numpy packs them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from autometa.devices import make_generator
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.fewshot import TrainingPlan, build, evaluate, train
from autometa.fewshot.data.assay_parts import AssayParts, open_tox21
from autometa.fewshot.data.assay_sampler import AssaySampler
from autometa.fewshot.data.molecules import Assays, read_fs_mol, read_tox21, unpacked
from autometa.fewshot.data.recognise import open_data
from autometa.fewshot.scores import roc_auc

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "molecules"


def numbered(counts: dict[str, tuple[int, int]]) -> Assays:
    """Each compound's four bytes are its number, activity and assay."""
    rows = [
        (number % 256, number // 256, way, place)
        for place, (inactive, active) in enumerate(counts.values())
        for way, count in ((0, inactive), (1, active))
        for number in range(count)
    ]
    names = [list(counts)[row[3]] for row in rows]
    return Assays.of(np.array(rows, dtype=np.uint8), names, np.array([row[2] == 1 for row in rows]))


def decoded(bits: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.packbits(bits.numpy().astype(np.uint8), axis=-1))


def test_bits_are_unpacked_as_numpy_packs_them() -> None:
    packed = np.random.default_rng(0).integers(0, 256, (5, 16), dtype=np.uint8)
    assert unpacked(torch.from_numpy(packed)).tolist() == np.unpackbits(packed, axis=1).tolist()


def test_every_episode_is_one_assay_with_inactive_and_active_ways() -> None:
    assays = numbered({"a": (9, 7), "b": (30, 8), "c": (3, 40)})
    sampler = AssaySampler(assays, shot=4, query=3, generator=make_generator(0))
    episodes = sampler.sample(60)
    assert sampler.shape == ((32,), 2, 4, 3, 0)
    support, query = decoded(episodes.support), decoded(episodes.query)
    assert set(support[:, :, :, 3].flatten().tolist()) == {0, 1}  # c has too few inactive compounds
    assert bool((support[:, :, :, 3] == support[:, :1, :1, 3]).all())
    assert support[:, :, :, 2].tolist() == [[[0] * 4, [1] * 4]] * 60
    for way in range(2):
        for episode in range(60):
            drawn = [*support[episode, way, :, 0].tolist(), *query[episode, way, :, 0].tolist()]
            assert len(set(drawn)) == 7


def test_without_empty_places_there_is_no_mask() -> None:
    assays = numbered({"a": (9, 7), "b": (30, 8)})
    full, short = (AssaySampler(assays, shot=4, query=n, generator=make_generator(0)) for n in (3, 4))
    assert full.sample(2).query_mask is None
    assert short.sample(2).query_mask is not None


def test_all_other_compounds_are_queries_where_asked() -> None:
    assays = numbered({"a": (9, 7), "b": (30, 8)})
    episodes = AssaySampler(assays, shot=4, query=None, generator=make_generator(0)).sample(40)
    assert episodes.query_mask is not None
    seen = {tuple(sizes) for sizes in episodes.query_mask.sum(dim=2).tolist()}
    assert seen == {(5, 3), (26, 4)}


def test_stratified_support_has_the_assays_proportion() -> None:
    assays = numbered({"a": (60, 20), "b": (99, 1), "c": (10, 10)})
    sampler = AssaySampler(assays, shot=8, query=None, generator=make_generator(0), support="stratified")
    episodes = sampler.sample(40)
    assert episodes.support_mask is not None
    seen = {tuple(sizes) for sizes in episodes.support_mask.sum(dim=2).tolist()}
    assert seen == {(12, 4), (8, 8)}  # b has no active compound left to ask


def test_assays_with_one_class_are_left_out_and_none_is_an_error() -> None:
    assert numbered({"a": (3, 3), "b": (4, 0)}).names == ("a",)
    with pytest.raises(InvalidDatasetError, match="no assay has both"):
        numbered({"b": (4, 0)})
    with pytest.raises(InvalidDatasetError, match="none of 1 assays has more than 9"):
        AssaySampler(numbered({"a": (5, 5)}), shot=9, query=1, generator=make_generator(0))


def test_assays_are_selected_by_name() -> None:
    assays = numbered({"a": (3, 3), "b": (4, 4)})
    assert assays.select(["b"]).compounds.counts.tolist() == [4, 4]
    with pytest.raises(UnknownNameError, match="no assay 'z'"):
        assays.select(["z"])


def test_tox21_takes_a_molecule_into_every_assay_that_measured_it(tmp_path: Path) -> None:
    lines = ["NR-AR,SR-p53,mol_id,smiles", "0,1,T1,CC", "1,,T2,CO", "1,0,T3,bad", ",0,T4,CN", "0,1,T5,CS"]
    (tmp_path / "tox21.csv").write_text("\n".join(lines) + "\n")

    def letters(smiles: str) -> np.ndarray | None:
        return None if smiles == "bad" else np.array([ord(smiles[1])], dtype=np.uint8)

    assays = read_tox21(tmp_path / "tox21.csv", fingerprint=letters)
    assert assays.names == ("NR-AR", "SR-p53")
    assert assays.compounds.counts.tolist() == [2, 1, 1, 2]
    assert bytes(assays.compounds.examples.flatten().tolist()).decode() == "CSONCS"


def test_smiles_need_rdkit_or_a_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autometa.fewshot.data.molecules.find_spec", lambda name: None)
    with pytest.raises(UnknownNameError, match="pip install rdkit"):
        read_tox21(tmp_path / "tox21.csv")


def test_other_arrays_are_no_fs_mol(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(2))
    with pytest.raises(InvalidDatasetError, match="is no FS-Mol"):
        read_fs_mol(tmp_path / "other.npz")


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="FS-Mol is not at ../shared/data/molecules")
def test_prototypes_tell_active_compounds_of_new_assays_from_inactive_ones() -> None:
    training, held_out = (read_fs_mol(SHARED / f"fsmol_{part}.npz") for part in ("train", "valid"))
    assert (len(training.names), len(held_out.names)) == (412, 39)
    sampler = AssaySampler(training, shot=8, query=8, generator=make_generator(0))
    test = AssaySampler(held_out, shot=8, query=16, generator=make_generator(1))
    learner = build("prototypical", sampler.shape, settings={"backbone.n_layers": 1})
    train(learner, sampler, plan=TrainingPlan(n_steps=60, n_episodes=8))
    assert evaluate(learner, test, 100, score=roc_auc).mean > 0.58


@pytest.mark.skipif(not SHARED.is_dir(), reason="FS-Mol is not at ../shared/data/molecules")
def test_fs_mol_keeps_its_official_test_assays_apart() -> None:
    parts = open_data(SHARED)
    assert isinstance(parts, AssayParts)
    assert [len(part.names) for part in (parts.train, parts.validation, parts.test)] == [371, 41, 39]
    assert not set(parts.train.names) & {*parts.validation.names, *parts.test.names}
    assert parts.sampler("test", way=2, shot=4, query=8, generator=make_generator(0)).shape.feature_shape == (
        2048,
    )


def test_tox21_has_three_test_assays(tmp_path: Path) -> None:
    assays = ["NR-AR", "SR-ATAD5", "SR-HSE", "SR-MMP", "SR-p53"]
    rows = [",".join(["01"[row % 2]] * 5) + f",T{row},C{row}" for row in range(6)]
    (tmp_path / "tox21.csv").write_text("\n".join([",".join([*assays, "mol_id", "smiles"]), *rows]) + "\n")
    parts = open_tox21(
        tmp_path / "tox21.csv", fingerprint=lambda smiles: np.array([ord(smiles[1])], np.uint8)
    )
    assert (parts.train.names, parts.validation.names) == (("NR-AR",), ("SR-ATAD5",))
    assert parts.test.names == ("SR-HSE", "SR-MMP", "SR-p53")
