"""Tests of the block SDK's helpers and of the library, block by block; no graph, no Temporal, no network."""
