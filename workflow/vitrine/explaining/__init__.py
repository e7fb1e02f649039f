"""A session: instances, model, game, evaluator and cache, opened once for all that explain."""
