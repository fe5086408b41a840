"""The settings of a recommender by name, as scikit-learn has them."""

from typing import Self

from seqrec.recommender.settings import read_settings

# As `SequentialRecommender.__init__` takes them.
_PARAMS = (
    "model",
    "max_len",
    "training",
    "positive_from",
    "whole_histories",
    "unknown_items",
    "exclude_seen",
    "baselines",
    "device",
    "progress",
)
# What says where and how loudly, and changes no result.
_OUTWARD = ("device", "progress")


class Params:
    """The part of `SequentialRecommender` that knows its settings."""

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """The settings by name, as `__init__` takes them.

        deep: not used; scikit-learn's `clone` passes it.
        """
        return {name: getattr(self, name) for name in _PARAMS}

    def set_params(self, **params: object) -> Self:
        """Change settings by name, as in scikit-learn: what was learned stays until the next `fit`.

        So loops over settings work, scikit-learn's `clone` and searches such as Optuna's:

            def objective(trial):
                D = trial.suggest_categorical("D", [32, 64, 128])
                model = clone(base).set_params(model=SASRecConfig(D=D))
                model.fit(split.train, valid_interactions=split.valid, callbacks=[judge])
                return model.epochs_["ndcg@10"].max()

        where `judge(report)` may return True, or raise, to end a hopeless training.

        Returns self. Raises ValueError for a name that `__init__` does not take, and then changes
        nothing.
        """
        unknown = sorted(params.keys() - set(_PARAMS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no setting. Cure: one of {', '.join(_PARAMS)}.")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"SequentialRecommender({settings})"

    def _settings(self, is_validated):
        params = self.get_params()
        inward = {name: params[name] for name in params if name not in _OUTWARD}
        return read_settings(**inward, is_validated=is_validated)
