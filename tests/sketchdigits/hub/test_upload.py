"""`push_to_hub` publishes a fine-tuned copy."""

import numpy as np
import pytest

from sketchdigits import DigitClassifier
from sketchdigits.package.known_answer import known_image
from tests.conftest import REPOSITORY
from tests.support.hub_repository import Repository, validate_card


@pytest.fixture(scope="module")
def fine_tuned():
    """The default model, trained one step further."""
    copy = DigitClassifier.from_pretrained(REPOSITORY / "model")
    copy.network.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    copy.network.fit(known_image()[None, ..., None], np.array([1]), verbose=0)
    return copy


def test_pushed_copy_gives_the_same_answers(hub, logged_in, fine_tuned, drawing):
    commit = fine_tuned.push_to_hub("owner/mine", commit_message="Mine", private=True)
    pushed = hub.repositories["models/owner/mine"]
    assert pushed.main.sha == commit.oid
    assert pushed.main.message == "Mine"
    assert pushed.private
    again = DigitClassifier.from_pretrained("owner/mine", revision=commit.oid)
    expected = fine_tuned.predict(drawing).probabilities
    answered = again.predict(drawing).probabilities
    np.testing.assert_allclose(answered, expected, atol=1e-6, rtol=0)


def test_pushed_copy_gets_a_card_without_claims(hub, logged_in, fine_tuned):
    fine_tuned.push_to_hub("owner/mine")
    card = hub.repositories["models/owner/mine"].main.files["README.md"].decode()
    assert validate_card(card)["errors"] == []
    assert 'from_pretrained("owner/mine")' in card
    assert "%" not in card


def test_pushing_keeps_an_existing_card(hub, logged_in, fine_tuned):
    owned = hub.repositories["models/owner/mine"] = Repository()
    owned.commit({"README.md": b"---\nlicense: mit\n---\nmine"})
    fine_tuned.push_to_hub("owner/mine", revision="v2")
    pushed = owned.commits[owned.branches["v2"]]
    assert pushed.files["README.md"] == b"---\nlicense: mit\n---\nmine"
    assert "model.weights.h5" in pushed.files
    assert "model.weights.h5" not in owned.main.files
