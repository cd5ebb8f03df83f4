"""The examples and report of a package on the Hub, for pages and `sketchdigits info`.

Predictions don't need these files, and any of them may be missing.
"""

from __future__ import annotations

from pathlib import Path

from sketchdigits.hub import timeouts
from sketchdigits.package.examples import MAX_EXAMPLE_BYTES, MAX_EXAMPLES, is_example
from sketchdigits.package.report import REPORT_FILES


def list_shown_files(
    repo_id: str,
    commit: str,
    *,
    token: str | bool | None = None,
    timeout: float = timeouts.EXTRAS_TIMEOUT,
) -> dict[str, int]:
    """List a package's examples and report files.

    Returns:
        `{path: size limit in bytes}`; at most `MAX_EXAMPLES` examples.

    Raises:
        HubError: the request failed.
    """
    from huggingface_hub import HfApi

    from sketchdigits.hub.arguments import check_hub_arguments, check_token
    from sketchdigits.hub.deadline import within
    from sketchdigits.hub.error_mapping import explain

    check_hub_arguments(repo_id, commit)

    def list_paths() -> list[str]:
        check_token(token)
        entries = HfApi(token=token).list_repo_tree(repo_id, recursive=True, revision=commit)
        return sorted(entry.path for entry in entries)

    try:
        paths = within(timeout, list_paths)
    except Exception as error:
        raise explain(error, repo_id, commit) from error
    examples = [path for path in paths if is_example(path)][:MAX_EXAMPLES]
    report = {path: limit for path, limit in REPORT_FILES.items() if path in paths}
    return report | dict.fromkeys(examples, MAX_EXAMPLE_BYTES)


def download_shown_files(
    repo_id: str, commit: str, *, timeout: float = timeouts.EXTRAS_TIMEOUT
) -> Path | None:
    """Download a package's examples and report files.

    Returns:
        the folder in the Hub's cache that holds them; None if the package has none.

    Raises:
        HubError: a request failed.
        CacheError: the files can't be stored.
    """
    from sketchdigits.hub.download import download_files

    files = list_shown_files(repo_id, commit, timeout=timeout)
    if not files:
        return None
    return download_files(
        repo_id,
        files,
        revision=commit,
        token=None,
        cache_dir=None,
        local_files_only=False,
        force_download=False,
        timeout=timeout,
        total=timeout,
    ).folder
