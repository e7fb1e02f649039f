"""Classical baselines: each module here states the `DomainBaselines` of a domain."""
