"""The fleet: what of an installation works, and what does not; used by the API, the doctor and workers that start."""
