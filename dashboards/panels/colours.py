"""The colours of states: people who see red and green alike can tell them apart, and each is said in words too.

They are those of Okabe and Ito's palette (2008), from green over yellow and orange to vermilion.
"""

from __future__ import annotations

GOOD = "#009E73"
WARNING = "#F0E442"
HIGH = "#E69F00"
BAD = "#D55E00"
NEUTRAL = "#56B4E9"
SEVERITY_COLOURS = {"critical": BAD, "high": HIGH, "warning": WARNING, "info": NEUTRAL}
