"""Somebody's fine-tuned copy goes to the Hub by `push_to_hub`."""

import numpy as np
import pytest

from sketchdigits import (
    DigitClassifier,
)
from sketchdigits.package.known_answer import known_image
from tests.support.hub_repository import Repository, validate_card


@pytest.fixture
def fine_tuned(classifier, tmp_path, drawing):
    """Somebody's copy, trained a step further."""
    classifier.save_pretrained(tmp_path / "copy")
    copy = DigitClassifier.from_pretrained(tmp_path / "copy")
    copy.network.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    copy.network.fit(known_image()[None, ..., None], np.array([1]), verbose=0)
    return copy


def test_fine_tuned_copy_is_pushed_and_answers_the_same(hub, logged_in, fine_tuned, drawing):
    commit = fine_tuned.push_to_hub("owner/mine", commit_message="Mine", private=True)
    pushed = hub.repositories["models/owner/mine"]
    assert pushed.main.sha == commit.oid
    assert pushed.main.message == "Mine"
    assert pushed.private
    again = DigitClassifier.from_pretrained("owner/mine", revision=commit.oid)
    expected = fine_tuned.predict(drawing).probabilities
    answered = again.predict(drawing).probabilities
    np.testing.assert_allclose(answered, expected, atol=1e-6, rtol=0)


def test_pushed_copy_gets_a_card_that_claims_nothing(hub, logged_in, fine_tuned):
    fine_tuned.push_to_hub("owner/mine")
    card = hub.repositories["models/owner/mine"].main.files["README.md"].decode()
    assert validate_card(card)["errors"] == []
    assert 'from_pretrained("owner/mine")' in card
    assert "%" not in card


def test_pushing_keeps_the_card_that_is_there(hub, logged_in, fine_tuned):
    owned = hub.repositories["models/owner/mine"] = Repository()
    owned.commit({"README.md": b"---\nlicense: mit\n---\nmine"})
    fine_tuned.push_to_hub("owner/mine", revision="v2")
    pushed = owned.commits[owned.branches["v2"]]
    assert pushed.files["README.md"] == b"---\nlicense: mit\n---\nmine"
    assert "model.weights.h5" in pushed.files
    assert "model.weights.h5" not in owned.main.files
