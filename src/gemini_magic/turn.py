"""The loop of a turn: events go into the reply, and the view draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.errors import GeminiError
from gemini_magic.replies.events import Ended, Failed, Retrying
from gemini_magic.replies.reply_end import find_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gemini_magic.replies.events import Event
    from gemini_magic.replies.reply import Reply
    from gemini_magic.views import View

__all__ = ["run_turn"]


def run_turn(
    events: Iterable[Event], reply: Reply, view: View, stop: Callable[[], None] = lambda: None
) -> None:
    """Apply the events to the reply and draw it as it grows; the view may call `stop`.

    Raises
    ------
    GeminiError
        If the request or its stream fails, if the reply is blocked, empty or lacks its end, or if the budget
        is spent before another try. What has arrived is drawn first.
    """
    try:
        view.begin(stop)
        view.show(reply)
        for event in events:
            reply.apply(event)
            if isinstance(event, Retrying) and reply.spending is not None:
                # The failed try may have used up the budget; leaving the loop ends the wait.
                reply.spending.check()
            view.show(reply)
        fault = find_fault(reply)
        if fault is not None:
            raise fault
    except GeminiError as error:
        error.reply = reply
        reply.apply(Failed(type(error).__name__))
        raise
    except KeyboardInterrupt:
        # A second interrupt: what has come is kept all the same.
        reply.apply(Ended("stopped", None))
        raise
    except BaseException as error:
        reply.apply(Failed(type(error).__name__))
        raise
    finally:
        view.finish(reply)
