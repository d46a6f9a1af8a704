"""Section `lifecycle`: states move forward, ends are final, generations keep their identity."""
