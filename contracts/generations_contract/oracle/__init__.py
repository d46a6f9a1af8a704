"""What the request schema says of a request: its fields, what a body violates, what it leaves open.

`annotations` reads what stands beside the keywords (`x-contract`), `fields` is the table of documented fields,
`reading` judges a body by it. No HTTP, no answer and no clause here: clause ids are names.
"""
