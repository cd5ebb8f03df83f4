"""How likely a whole number was read right, and whether it is one: from the scores of its paths.

The constants were fitted by `python -m train calibrate-numbers`, on rows of the validation writers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Logistic curves of `Evidence.features`, without and with the row network: their weights, and the
# bias.
WEIGHTS, BIAS = (-0.044, 0.802, 1.248, -0.094), 0.98
ROW_WEIGHTS, ROW_BIAS = (0.179, -0.092, 1.565, -0.165, 0.816, 0.12), 1.508
# A reading with a lower confidence than this is no number. It was chosen on validation, so that
# nearly all rows with a letter among the digits are refused.
MIN_CONFIDENCE, MIN_ROW_CONFIDENCE = 0.88, 0.85
# Further than this, scores and margins don't count.
MAX_SCORE, MAX_MARGIN = 12.0, 8.0


@dataclass(frozen=True)
class Evidence:
    """What tells how sure a reading is.

    Attributes:
        score: the sum of the scores of the best paths.
        lowest: the lowest score of one digit.
        margin: how much lower the score of the best path with another text is.
        count: the number of digits.
        network: the logarithm of the text's probability by the row network; None without it.
        only_digits: the logarithm of the probability that the network sees digits alone.
    """

    score: float
    lowest: float
    margin: float
    count: int
    network: float | None = None
    only_digits: float = 0.0

    @property
    def features(self) -> tuple[float, ...]:
        """Numbers for a logistic curve: the larger, the surer, except the number of digits."""
        features = (
            max(self.score, -MAX_SCORE),
            max(self.lowest, -MAX_SCORE),
            math.log1p(min(max(self.margin, 0.0), MAX_MARGIN)),
            float(min(self.count, 12)),
        )
        if self.network is None:
            return features
        return (*features, max(self.network, -MAX_SCORE), max(self.only_digits, -MAX_SCORE))

    @property
    def confidence(self) -> float:
        """How likely the whole text is right, 0-1."""
        has_network = self.network is not None
        weights, bias = (ROW_WEIGHTS, ROW_BIAS) if has_network else (WEIGHTS, BIAS)
        pairs = zip(weights, self.features, strict=True)
        return 1 / (1 + math.exp(-bias - sum(weight * value for weight, value in pairs)))

    @property
    def sees_digits_alone(self) -> bool:
        """Whether the row network has read the text, and sees rather nothing but digits."""
        return self.network is not None and self.only_digits >= math.log(0.5)

    @property
    def is_sure(self) -> bool:
        """Whether this may be a number."""
        return self.confidence >= (MIN_CONFIDENCE if self.network is None else MIN_ROW_CONFIDENCE)
