"""The contract of `/v1/generations`: what it says, how to judge a deployment by it, and a reference.

Start with `vocabulary` (the document's tables), then `exchange`, `clause`, `script`: the four nouns
everything else is made of.
"""
