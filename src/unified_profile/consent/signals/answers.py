"""What a signal can answer: yes, no, nothing, or something that cannot be relied on."""

from __future__ import annotations

import enum


class Answer(enum.StrEnum):
    """An answer of a signal. Only ``YES`` lets anything be done; a truth test says so.

    >>> bool(Answer.YES), bool(Answer.UNSAID)
    (True, False)

    .. versionadded:: 0.1
    """

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"
    """The signal does not speak of it, or says that it does not apply."""
    UNKNOWN = "unknown"
    """It says yes, but cannot be relied on: out of date, repaired, of an unknown policy."""

    def __bool__(self) -> bool:
        """Say whether it is a yes."""
        return self is Answer.YES


def strictest(*answers: Answer) -> Answer:
    """Return the most restrictive of *answers*: a no, then an unreliable yes, then nothing; yes only if all are.

    >>> strictest(Answer.YES, Answer.UNSAID)
    <Answer.UNSAID: 'unsaid'>
    """
    for one in (Answer.NO, Answer.UNKNOWN, Answer.UNSAID):
        if one in answers:
            return one
    return Answer.YES if answers else Answer.UNSAID
