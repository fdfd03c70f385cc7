"""Files that could not be read, once all of them have been tried."""

from __future__ import annotations

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.chunks import Feed
from j2311_analytics.ingest.issue_list import IssueList
from j2311_analytics.ingest.sets import SetWalker


def failures(feed: Feed, walker: SetWalker) -> dict[int, X12Error]:
    """What was wrong with each unreadable file so far, by its number.

    Example:
        >>> failures(Feed(b"", (b"CLP",)), SetWalker(IssueList()))
        {}
    """
    found = {**walker.place.failures, **feed.failures}
    return {
        file: X12Error(error.problem, file=feed.names[file], segment_id=error.segment_id)
        for file, error in sorted(found.items())
        if file not in feed.duplicates
    }


def raise_first(feed: Feed, walker: SetWalker) -> None:
    """Raise the first failure, if there is one.

    Raises:
        X12Error: the failure.

    Example:
        >>> raise_first(Feed(b"", (b"CLP",)), SetWalker(IssueList()))
    """
    for error in failures(feed, walker).values():
        raise error


def list_failures(feed: Feed, walker: SetWalker, issues: IssueList) -> None:
    """List unreadable files, and files whose content was read before.

    Example:
        >>> list_failures(Feed(b"", (b"CLP",)), SetWalker(IssueList()), IssueList())
    """
    for file, error in failures(feed, walker).items():
        issues.add(file, None, error.segment_id, "error", "unreadable", error.problem)
    for file, name in feed.duplicates.items():
        message = f"same content as {name}; counted once"
        issues.add(file, None, "", "warning", "duplicate_file", message)
