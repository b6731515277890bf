"""The nouns and rules of agent graphs: pure, and never touches a network, a clock or a database."""
