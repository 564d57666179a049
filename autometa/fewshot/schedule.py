"""The learning rate of a step: a function of the plan alone, so that a resumed run needs no state of it."""

from math import cos, pi

from autometa.fewshot.plan import TrainingPlan


def learning_rate(plan: TrainingPlan, step: int) -> float:
    """The rate of this step, counted from 0."""
    share = step / max(plan.n_steps - 1, 1)
    if plan.schedule == "linear":
        return plan.learning_rate + share * (plan.final_rate - plan.learning_rate)
    if plan.schedule == "cosine":
        return plan.final_rate + 0.5 * (plan.learning_rate - plan.final_rate) * (1.0 + cos(pi * share))
    if plan.schedule == "step":
        return float(plan.learning_rate * plan.decay ** (step // plan.decay_every))
    return plan.learning_rate
