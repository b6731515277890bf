"""The nemeses: faults of networks, disks, databases, clocks and memory that can be begun and healed on a stack that runs."""
