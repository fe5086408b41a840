"""What a training run is told: numbers that change its result, checked once."""

from dataclasses import dataclass

from seqrec.checks import check_count, check_flag, check_positive, is_number, shown
from seqrec.training.optim import SCHEDULES

# Name -> the lowest value.
_WHOLE = {"epochs": 1, "batch_size": 1, "warmup_steps": 0, "patience": 1, "seed": 0}
# Name -> may it be 0?
_REAL = {"learning_rate": False, "weight_decay": True, "max_grad_norm": False}
_MAY_BE_NONE = ("patience", "max_grad_norm")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of :func:`seqrec.training.train`.

    The same settings, data and network give the same weights.

    epochs:               how often each sample is seen, at most.
    batch_size:           samples a step.
    learning_rate:        AdamW's, at its peak.
    weight_decay:         AdamW's, of matrices only (see `seqrec.training.optim`).
    max_grad_norm:        longer gradients are scaled down to this length; None leaves them alone.
    schedule:             a name in `seqrec.training.SCHEDULES`.
    warmup_steps:         steps until the peak.
    patience:             stop after so many epochs in a row without a new best; None never does.
    monitor:              which number of `validate` says what is best.
    higher_is_better:     False for a loss.
    restore_best_weights: end with the weights of the best epoch, not the last. Needs `validate`.
    ema_decay:            what is validated, kept and left in the network at the end is an average
                          of the weights; a step keeps this share of it (see
                          `seqrec.training.averaging`). 0.999 remembers about 1,000 steps. None: no
                          average, the weights as they are.
    seed:                 of data order, dropout and what the loss draws.
    precision:            "bfloat16" lets PyTorch's autocast do a step's products in that type;
                          weights, the exact softmax and validation stay float32.
    compiled:             whether `torch.compile` fuses the operations of the network's encoder (of
                          the network, if it has none) while it is trained. The first steps then
                          wait for the compiler; on a CPU that is the machine's own for C++.

    The last two are meant for a GPU. They were tried on CPUs only, where they change the result by
    rounding.

    Raises ValueError for a value out of range or a schedule that does not exist, TypeError for a
    misspelt name.
    """

    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    max_grad_norm: float | None = 1.0
    schedule: str = "constant"
    warmup_steps: int = 0
    patience: int | None = None
    monitor: str = "ndcg@10"
    higher_is_better: bool = True
    restore_best_weights: bool = True
    ema_decay: float | None = None
    seed: int = 0
    precision: str = "float32"
    compiled: bool = False

    def __post_init__(self) -> None:
        for name, lowest in _WHOLE.items():
            value = getattr(self, name)
            if value is None and name in _MAY_BE_NONE:
                continue
            # As Python's own number: JSON does not know NumPy's.
            object.__setattr__(self, name, check_count(name, value, lowest, suffix=_or_none(name)))
        for name, may_be_zero in _REAL.items():
            value = getattr(self, name)
            if value is None and name in _MAY_BE_NONE:
                continue
            object.__setattr__(self, name, check_positive(name, value, may_be_zero, _or_none(name)))
        if self.ema_decay is not None:
            object.__setattr__(self, "ema_decay", _share("ema_decay", self.ema_decay))
        if self.schedule not in SCHEDULES:
            raise ValueError(
                f"schedule {self.schedule!r} does not exist. There are: {', '.join(SCHEDULES)}."
            )
        if not isinstance(self.monitor, str):
            raise ValueError(
                "monitor must be the name of a number that `validate` returns, got "
                f"{self.monitor!r}."
            )
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"precision {self.precision!r} does not exist. There are: {', '.join(PRECISIONS)}."
            )
        for name in ("higher_is_better", "restore_best_weights", "compiled"):
            check_flag(name, getattr(self, name))

    @property
    def is_monitored(self) -> bool:
        """True where it matters which epoch was best."""
        return self.patience is not None or self.restore_best_weights


def _share(name, value):
    if not is_number(value) or not 0 <= value < 1:
        raise ValueError(f"{name} must be a share from 0 to below 1, or None, got {shown(value)}.")
    return float(value)


def _or_none(name):
    return ", or None" if name in _MAY_BE_NONE else ""
