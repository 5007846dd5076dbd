"""The side of the hub that can prove what was done: the audit log, its heads and its proofs."""

from __future__ import annotations

from collections.abc import Iterable

from unified_profile.consent.evidence import Decision
from unified_profile.consent.permits import Permit
from unified_profile.consent.policy import Policy
from unified_profile.consent.situation import Situation
from unified_profile.hub import proving
from unified_profile.hub.following import Follower
from unified_profile.hub.notarizing import Notarized
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who
from unified_profile.model.views import Permission
from unified_profile.rights.proof.entries import Entry
from unified_profile.rights.proof.heads import TreeHead
from unified_profile.rights.proof.proofs import ConsistencyProof, InclusionProof
from unified_profile.rights.proof.pseudonyms import Pseudonyms


class Vouching(Follower):
    """Vouches for what was done."""

    @traced
    def notarize(self, made: Iterable[Decision | Permit] = (), /, *, keys: Pseudonyms) -> Notarized:
        """Enter into the audit log what was done since the last time, and what is handed in.

        Reads without a purpose, disclosures and erasures are entered by themselves, each once. Decisions (``decide``)
        and permits are kept by whoever asked for them, and entered when they are handed in, denials too. No personal
        data goes in: ids are pseudonyms under *keys*.

        Args:
            made: Decisions and permits.
            keys: What makes pseudonyms. Keep it apart from the store, as long as entries are to be tied to people.

        Raises:
            InvalidInputError: If *made* holds something else.
            MissingExtraError: If the extra ``crypto`` is not installed.
        """
        return self._do(proving.notarize(self.setup, made, keys=keys))

    @traced
    def log_head(self, *, size: int | None = None) -> TreeHead:
        """Return what stands for the whole log now, or when it had *size* entries; ``signed`` adds a signature.

        Hand it to somebody who cannot reach the log. From then on nobody can change, take out or insert an entry
        without being found out by ``prove_growth``.

        Raises:
            InvalidInputError: If the log never had that size.
        """
        return self._do(proving.head(self.setup, size=size))

    @traced
    def log_entries(
        self, *, who: Who | None = None, keys: Pseudonyms | None = None, after: int = 0, limit: int = 1_000
    ) -> list[Entry]:
        """Return at most *limit* entries from place *after* on; those about *who*, if the *keys* are there to tell.

        Raises:
            InvalidInputError: If *who* is given without *keys*.
            UnknownProfileError: If *who* is nobody; with why.
        """
        return self._do(proving.entries(self.setup, who=who, keys=keys, after=after, limit=limit))

    @traced
    def prove_entry(self, place: int, /, *, size: int | None = None) -> InclusionProof:
        """Return the proof that the entry at *place* is in the log, for the head of *size* entries (None: of now).

        Raises:
            UnknownNameError: If there is no such entry.
            InvalidInputError: If the log never had that size.
        """
        return self._do(proving.inclusion(place, size=size))

    @traced
    def prove_growth(self, old: int, new: int | None = None, /) -> ConsistencyProof:
        """Return the proof that the log of *new* entries (None: of now) begins with the log of *old* entries.

        Raises:
            InvalidInputError: If the log never had so many.
        """
        return self._do(proving.consistency(old, new))

    @traced
    def replay_entry(
        self,
        place: int,
        who: Who,
        /,
        *,
        keys: Pseudonyms,
        policy: Policy | None = None,
        situation: Situation | None = None,
    ) -> Permission:
        """Make the decision at *place*, which is about *who*, again: as of its moment, and as known then.

        Of a decision exactly the statements count on which it rested. A permit or a disclosure is decided again from
        what was known at its moment.

        Args:
            place: The place of a decision, a permit or a disclosure.
            who: Whom it is about; the log does not say.
            keys: The keys that it was entered under.
            policy: The policy of then, if it is another by now.
            situation: What it was decided with beside the records.

        Raises:
            ErasedError: If the person, or a statement that the decision rests on, was erased.
            InvalidInputError: If the entry is about somebody else or no decision, or policy or situation are others.
            UnknownNameError: If there is no such entry.
        """
        return self._do(proving.replay(self.setup, place, who, keys=keys, policy=policy, situation=situation))
