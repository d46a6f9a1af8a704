"""Clients, careful and careless, and what is told of them."""
