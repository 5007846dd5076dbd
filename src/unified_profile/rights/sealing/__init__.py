"""Sealing: declared values reach the database only encrypted, under keys that can be destroyed where backups cannot."""

from unified_profile.rights.sealing.keys import (
    EnvelopeKeys as EnvelopeKeys,
    FileKeys as FileKeys,
    LocalWrapper as LocalWrapper,
    MemoryKeys as MemoryKeys,
    SealKeys as SealKeys,
    Wrapper as Wrapper,
)
from unified_profile.rights.sealing.sealer import Sealer as Sealer

__all__ = ["EnvelopeKeys", "FileKeys", "LocalWrapper", "MemoryKeys", "SealKeys", "Sealer", "Wrapper"]
