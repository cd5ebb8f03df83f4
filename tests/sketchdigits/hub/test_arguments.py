"""Malformed tokens, revisions and options are refused before any request."""

import traceback

import pytest
from huggingface_hub.utils import validate_repo_id

from sketchdigits import HubAccessError, HubNotFoundError, ModelPackageError
from sketchdigits.hub.arguments import check_hub_arguments
from tests.support.hub_loading import load


@pytest.mark.parametrize("token", ["", "hf_bad\n", "hf_b\u00e4d", "two words"])
def test_malformed_token_is_refused_and_never_shown(published, token, monkeypatch):
    for options in ({"token": token}, {}):
        if not options:
            monkeypatch.setattr("huggingface_hub.get_token", lambda: token)
        with pytest.raises(HubAccessError, match="hf auth login") as caught:
            load("owner/name", **options)
        if token:
            assert token not in "".join(traceback.format_exception(caught.value))


def test_malformed_token_is_ignored_if_no_request_is_needed(published, monkeypatch):
    load("owner/name")
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "two words")
    load("owner/name", local_files_only=True)
    load("owner/name", revision=published.main.sha)


def test_unreadable_token_is_reported(published, monkeypatch):
    monkeypatch.setattr("huggingface_hub.get_token", b"\xff".decode)
    with pytest.raises(HubAccessError, match="can't be read"):
        load("owner/name")


@pytest.mark.parametrize("repo_id", ["a/b", "a_b/c.d-e", "A1/_", "x" * 96 + "/" + "y" * 96])
def test_possible_hub_ids_are_accepted_as_by_the_client(repo_id):
    check_hub_arguments(repo_id, None)
    validate_repo_id(repo_id)


IMPOSSIBLE = ["lonely", "a/b/c", "a--b/c", "a/b..c", "-a/b", "a/b.", "a/b.git", "a b/c", "größe/x"]


@pytest.mark.parametrize("repo_id", [*IMPOSSIBLE, "a/", "/b", "a/b\n", "x" * 97 + "/b", ""])
def test_impossible_hub_ids_are_refused(repo_id):
    with pytest.raises(ModelPackageError, match=r"is not a Hub id\. Expected 'owner/name'"):
        check_hub_arguments(repo_id, None)


@pytest.mark.parametrize("branch", ["fix(1)", "a&b", "feature/x!", "v1.0+cpu", "größer"])
def test_unusual_branch_names_are_accepted(published, branch):
    published.branches[branch] = published.main.sha
    if "/" not in branch:  # the tests' Hub accepts only one path segment
        load("owner/name", revision=branch)
    check_hub_arguments("owner/name", branch)


@pytest.mark.parametrize("revision", ["..", "../../x", "a b", "-x", 7, "\0"])
def test_malformed_revision_is_refused_without_a_request(hub, published, revision):
    with pytest.raises(HubNotFoundError, match="is not a revision of"):
        load("owner/name", revision=revision)
    assert hub.requests == []


@pytest.mark.parametrize("timeout", [0, -1, 1e10, float("inf"), float("nan"), None, "20"])
def test_invalid_timeout_is_refused(published, timeout):
    with pytest.raises(ValueError, match="timeout must be"):
        load("owner/name", timeout=timeout)


def test_contradicting_options_are_refused(published):
    with pytest.raises(ValueError, match="contradict"):
        load("owner/name", local_files_only=True, force_download=True)
