"""Putting the shipped knowledge into a store: `python -m autometa_store.knowledge.unpack STORE_URL`.

Afterwards `autometa populate local` measures only what the knowledge does not have.
"""

import sys

import numpy as np

from autometa.dataset import TaskType
from autometa.metafeatures import MetaFeatures
from autometa_store.importers.local import PACKS
from autometa_store.knowledge.starter import StarterKnowledge, load_starter
from autometa_store.location import resolve_store_url
from autometa_store.trial_store import TrialStore


def unpack(knowledge: StarterKnowledge, store: TrialStore) -> int:
    """Write data sets, meta-features and studies into the store; what it has already stays as it is.

    Args:
        knowledge: the shipped file.
        store: open for writing.

    Returns:
        The number of new trials.
    """
    n_new = 0
    with store.transaction():
        for task in TaskType:
            for info in knowledge.datasets(task):
                store.add_dataset(info)
            for pack in PACKS:
                table = knowledge.meta_features(task, pack)
                for dataset_id, values in zip(table.dataset_ids, table.values, strict=True):
                    reasons = dict.fromkeys(np.array(table.names)[np.isnan(values)], "not recorded")
                    measured = MetaFeatures(pack, table.version, table.names, values, reasons)
                    store.add_meta_features(dataset_id, measured)
            n_new += sum(store.add_study(study) for study in knowledge.all_studies(task))
    return n_new


if __name__ == "__main__":
    with TrialStore.open(resolve_store_url(sys.argv[1])) as opened:
        sys.stdout.write(f"{unpack(load_starter(), opened):,} new trials\n")
