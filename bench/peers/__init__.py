"""The programs of the peers: each runs in an environment of its own and knows nothing of ours."""
