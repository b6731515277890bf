"""The cases of the format, checked row by row: by the tests, and by `./run cases`, which prints a table; nothing here is a test."""
