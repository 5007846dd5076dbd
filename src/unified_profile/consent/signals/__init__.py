"""Privacy signals as the web sends them, decoded into facts; what is broken grants nothing.

IAB's TC strings (TCF), GPP strings with all sections of the registry, US Privacy strings, and Global Privacy Control.
"""

from unified_profile.consent.signals.answers import Answer as Answer
from unified_profile.consent.signals.gpc import GPC as GPC, decode_gpc as decode_gpc, gpc_of as gpc_of
from unified_profile.consent.signals.gpp import GPPString as GPPString, decode_gpp as decode_gpp
from unified_profile.consent.signals.ids import Ids as Ids, Restriction as Restriction
from unified_profile.consent.signals.layout import Segment as Segment
from unified_profile.consent.signals.meanings import DEFAULT_MEANINGS as DEFAULT_MEANINGS, Meaning as Meaning
from unified_profile.consent.signals.reading import LENIENT as LENIENT, STRICT as STRICT, Reading as Reading
from unified_profile.consent.signals.recognizing import decode_signal as decode_signal
from unified_profile.consent.signals.records import (
    Evidence as Evidence,
    consent_records as consent_records,
    evidence_of as evidence_of,
)
from unified_profile.consent.signals.sections import European as European, Section as Section, Unread as Unread
from unified_profile.consent.signals.tcf import (
    Publisher as Publisher,
    TCString as TCString,
    decode_tc as decode_tc,
)
from unified_profile.consent.signals.tcf_rules import (
    PROBLEMS as PROBLEMS,
    VendorAnswer as VendorAnswer,
    tc_problems as tc_problems,
    vendor_may as vendor_may,
)
from unified_profile.consent.signals.us_answers import USAnswers as USAnswers, us_answers as us_answers
from unified_profile.consent.signals.usp import USPrivacy as USPrivacy, decode_usp as decode_usp
from unified_profile.consent.signals.vendor_list import Vendor as Vendor, VendorList as VendorList

__all__ = [
    "DEFAULT_MEANINGS",
    "GPC",
    "LENIENT",
    "PROBLEMS",
    "STRICT",
    "Answer",
    "European",
    "Evidence",
    "GPPString",
    "Ids",
    "Meaning",
    "Publisher",
    "Reading",
    "Restriction",
    "Section",
    "Segment",
    "TCString",
    "USAnswers",
    "USPrivacy",
    "Unread",
    "Vendor",
    "VendorAnswer",
    "VendorList",
    "consent_records",
    "decode_gpc",
    "decode_gpp",
    "decode_signal",
    "decode_tc",
    "decode_usp",
    "evidence_of",
    "gpc_of",
    "tc_problems",
    "us_answers",
    "vendor_may",
]
