"""How a script plays on greenlets: its session, its runtime, its driver."""
