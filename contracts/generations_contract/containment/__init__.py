"""Whether every document valid under one schema is valid under another, proved either way.

`decide.decide` is the entrance. "Not contained" always comes with a document that two independent
validators agree on; "contained" always with a proof that survived a search. Anything else is "undecided".
Nothing here knows what a schema is for.
"""
