"""Asking a site through Webshare's proxies; which site is the caller's own constant, never a value of a graph."""
