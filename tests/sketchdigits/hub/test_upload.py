"""`push_to_hub` publishes a fine-tuned copy."""

import inspect

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


def test_arguments_have_the_names_of_the_hubs_mixin(hub, logged_in, fine_tuned):
    """Every keyword that our methods have in common with `ModelHubMixin` has its name there."""
    from huggingface_hub import ModelHubMixin

    unsupported = {"config", "model_card_kwargs", "allow_patterns", "ignore_patterns"}
    unsupported |= {"delete_patterns", "model_kwargs"}
    for name in ("from_pretrained", "save_pretrained", "push_to_hub"):
        wanted = {*inspect.signature(getattr(ModelHubMixin, name)).parameters} - unsupported
        assert wanted <= {*inspect.signature(getattr(DigitClassifier, name)).parameters}, name


def test_copy_is_pushed_to_a_branch_while_it_is_saved(hub, logged_in, fine_tuned, tmp_path):
    owned = hub.repositories["models/owner/mine"] = Repository()
    owned.commit({"README.md": b"mine"})
    commit = fine_tuned.save_pretrained(
        tmp_path / "saved", repo_id="owner/mine", push_to_hub=True, branch="v2"
    )
    assert owned.branches["v2"] == commit.oid
    pushed = owned.commits[commit.oid].files
    assert pushed["model.tflite"] == (tmp_path / "saved" / "model.tflite").read_bytes()
    assert "model.tflite" not in owned.main.files


def test_copy_is_offered_as_a_pull_request_to_a_strangers_repository(hub, logged_in, fine_tuned):
    theirs = hub.repositories["models/stranger/model"] = Repository()
    theirs.commit({"README.md": b"theirs"})
    commit = fine_tuned.push_to_hub("stranger/model", create_pr=True)
    assert commit.pr_url.endswith("/stranger/model/discussions/1")
    assert theirs.branches["refs/pr/1"] == commit.oid
    assert theirs.commits[commit.oid].parent == theirs.branches["main"]
    assert "model.tflite" not in theirs.main.files


def test_contradictory_destinations_are_refused_before_any_request(
    hub, logged_in, fine_tuned, tmp_path
):
    with pytest.raises(ValueError, match="branch='v1' and revision='v2' differ"):
        fine_tuned.push_to_hub("owner/mine", branch="v1", revision="v2")
    with pytest.raises(ValueError, match="against main"):
        fine_tuned.push_to_hub("owner/mine", branch="v1", create_pr=True)
    with pytest.raises(ValueError, match="needs the repository"):
        fine_tuned.save_pretrained(tmp_path / "saved", push_to_hub=True)
    with pytest.raises(TypeError, match="'branch' is only used with push_to_hub=True"):
        fine_tuned.save_pretrained(tmp_path / "saved", branch="v1")
    assert not hub.requests
    assert not (tmp_path / "saved").exists()
