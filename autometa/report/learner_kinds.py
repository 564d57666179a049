"""Learners as people call them: their titles, and the kind that each is of."""

from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS

LINEAR, TREES, OTHERS, UNSCORED = "linear", "trees", "other", "none"
KINDS = {
    LINEAR: ("elastic_net", "logistic_regression", "ridge"),
    TREES: ("catboost", "extra_trees", "hist_gradient_boosting", "lightgbm", "random_forest", "xgboost"),
}
KIND_TITLES = {
    LINEAR: "won by a linear model",
    TREES: "won by trees",
    OTHERS: "won by another kind",
    UNSCORED: "without a single winner",
}
_TITLES = {member.name: member.title for member in BASE_LEARNERS + BOOSTING_LEARNERS}


def title_of(learner: str) -> str:
    """For people; the name itself where the catalogue has no such learner."""
    return _TITLES.get(learner, learner)


def kind_of(learner: str | None) -> str:
    """Its kind; "none" for no learner.

    Args:
        learner: its name.
    """
    if learner is None:
        return UNSCORED
    return next((kind for kind, names in KINDS.items() if learner in names), OTHERS)
