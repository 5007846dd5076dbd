"""Synthetic people: a made-up business whose true persons are known, for tests, demonstrations and benchmarks.

>>> from unified_profile.testing.people import synthesize
>>> business = synthesize(n_people=100, seed=7)
>>> len(business.people)
100
"""

from unified_profile.testing.people.business import SyntheticBusiness, synthesize
from unified_profile.testing.people.persons import Person

__all__ = ["Person", "SyntheticBusiness", "synthesize"]
