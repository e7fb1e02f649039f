"""Domains: what an instance is. Each domain is a package here that states its `Domain`."""
