"""How likely a whole number was read right, and whether it is one: from the scores of its paths.

The constants were fitted by `python -m train calibrate-numbers`, on rows of the validation writers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# A logistic curve of `Evidence.features`: their weights, and the bias.
WEIGHTS = (-0.044, 0.802, 1.248, -0.094)
BIAS = 0.98
# A reading with a lower confidence than this is no number. It was chosen on validation, so that
# nearly all rows with a letter among the digits are refused.
MIN_CONFIDENCE = 0.88
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
    """

    score: float
    lowest: float
    margin: float
    count: int

    @property
    def features(self) -> tuple[float, float, float, float]:
        """Numbers for a logistic curve: the larger, the surer, except the last one."""
        return (
            max(self.score, -MAX_SCORE),
            max(self.lowest, -MAX_SCORE),
            math.log1p(min(max(self.margin, 0.0), MAX_MARGIN)),
            float(min(self.count, 12)),
        )

    @property
    def confidence(self) -> float:
        """How likely the whole text is right, 0-1."""
        pairs = zip(WEIGHTS, self.features, strict=True)
        return 1 / (1 + math.exp(-BIAS - sum(weight * value for weight, value in pairs)))

    @property
    def is_sure(self) -> bool:
        """Whether this may be a number."""
        return self.confidence >= MIN_CONFIDENCE
