"""Measures the gateway against its limit and its peers, in one run, as ratios."""
