"""Services that fail as a script says: delays, refusals, cut and malformed streams, silence."""

from .faults import Faults, load_faults
from .plan import Fault, FaultPlan

__all__ = ("Fault", "FaultPlan", "Faults", "load_faults")
