"""Proof: a log that nobody can rewrite unseen, with no personal data in it, and what others need to check it."""

from unified_profile.rights.proof.canonical import canonical as canonical, read_strictly as read_strictly
from unified_profile.rights.proof.entries import Entry as Entry
from unified_profile.rights.proof.heads import SignedTreeHead as SignedTreeHead, TreeHead as TreeHead
from unified_profile.rights.proof.log import MerkleLog as MerkleLog
from unified_profile.rights.proof.proofs import ConsistencyProof as ConsistencyProof, InclusionProof as InclusionProof
from unified_profile.rights.proof.pseudonyms import Pseudonyms as Pseudonyms
from unified_profile.rights.proof.signing import (
    Signer as Signer,
    SigningKey as SigningKey,
    VerifyingKey as VerifyingKey,
)

__all__ = [
    "ConsistencyProof",
    "Entry",
    "InclusionProof",
    "MerkleLog",
    "Pseudonyms",
    "SignedTreeHead",
    "Signer",
    "SigningKey",
    "TreeHead",
    "VerifyingKey",
    "canonical",
    "read_strictly",
]
