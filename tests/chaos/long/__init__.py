"""The long mode: a client that never rests, faults without end, and a checker behind each window of minutes."""
