"""The providers that this library knows, a module each; see `blocks.sdk.providers`. They are declarations and call nobody."""
