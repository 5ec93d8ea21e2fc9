"""What an installation may do to an environment that is in use."""

from __future__ import annotations

import pytest

from tests.stacks.definitions import StackError
from tests.stacks.installing import describe_changes

BEFORE = {"rich": "13.9.4", "markdown-it-py": "4.2.0"}
MAY = frozenset({"markdown-it-py"})


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (BEFORE, "adds nothing"),
        (BEFORE | {"h11": "0.16.0"}, "adds h11 0.16.0"),
        (
            BEFORE | {"markdown-it-py": "4.3.0", "h11": "0.16.0"},
            "adds h11 0.16.0; replaces markdown-it-py 4.2.0 by 4.3.0",
        ),
    ],
)
def test_adding_is_allowed_and_replacing_what_is_named(after, told):
    assert describe_changes(BEFORE, after, MAY) == told


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (BEFORE | {"rich": "15.0.0"}, r"installing replaces rich 13\.9\.4 by 15\.0\.0$"),
        ({"markdown-it-py": "4.2.0"}, r"installing replaces rich 13\.9\.4 by nothing$"),
    ],
)
def test_anything_else_is_an_error(after, why):
    with pytest.raises(StackError, match=why):
        describe_changes(BEFORE, after, MAY)


def test_nothing_may_be_replaced_where_nothing_is_named():
    with pytest.raises(StackError, match="markdown-it-py"):
        describe_changes(BEFORE, BEFORE | {"markdown-it-py": "4.3.0"}, frozenset())
