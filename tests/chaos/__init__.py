"""The crash table: parts of a working stack are killed at random moments, and nothing may be lost, stuck or doubled.

`./run chaos` starts at `__main__`. `graphs` makes the agents, `blocks` what they are made of besides the library,
`nemesis` kills, `oracle` judges, `report` tells.
"""
