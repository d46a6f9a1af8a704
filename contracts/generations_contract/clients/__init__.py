"""Clients in any language, judged: scenarios of the reference gateway, each played with one process of the client.

A scenario (`scenarios`) says what gateway and wire do; a door (`door`) does it and records what was said; a client is
a process (`process`); `play` joins the three, and `judging` asks the clauses of section `client`.
"""
