"""What a node can do: the SDK and the library; never reaches the database or Temporal."""
