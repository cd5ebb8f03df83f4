"""What a page shows of a package on the Hub beside its answers: the gallery and the report.

None of it is needed to read a digit, and each may be missing.
"""

from __future__ import annotations

from pathlib import Path

from sketchdigits.package.examples import MAX_EXAMPLE_BYTES, MAX_EXAMPLES, is_example
from sketchdigits.package.report import REPORT_FILES


def list_shown_files(
    repo_id: str, commit: str, *, token: str | bool | None = None, timeout: float = 20.0
) -> dict[str, int]:
    """Those that a package on the Hub has, by path, each with the most bytes it may have.

    Raises:
        HubError: the Hub refuses, or has no useful answer.
    """
    from huggingface_hub import HfApi

    from sketchdigits.hub.arguments import check_hub_arguments, check_token
    from sketchdigits.hub.deadline import within
    from sketchdigits.hub.error_mapping import explain

    check_hub_arguments(repo_id, commit)

    def ask() -> list[str]:
        check_token(token)
        entries = HfApi(token=token).list_repo_tree(repo_id, recursive=True, revision=commit)
        return sorted(entry.path for entry in entries)

    try:
        paths = within(timeout, ask)
    except Exception as error:
        raise explain(error, repo_id, commit) from error
    examples = [path for path in paths if is_example(path)][:MAX_EXAMPLES]
    report = {path: limit for path, limit in REPORT_FILES.items() if path in paths}
    return report | dict.fromkeys(examples, MAX_EXAMPLE_BYTES)


def download_shown_files(repo_id: str, commit: str, *, timeout: float = 20.0) -> Path | None:
    """The folder in the Hub's cache that holds them; None where the package has none.

    Raises:
        HubError: the Hub refuses, or has no useful answer.
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
    ).folder
