"""REST where REST is the convention: health, files, the OAuth callback, the Agent Protocol."""
