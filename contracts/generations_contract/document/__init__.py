"""The API's document as a table: which clause owns which sentence, and which state of the contract brought it.

The table is `sentences.toml`, `table` reads it, `states` freezes a run at a date, `text` holds the table against the
document itself. Clauses are ids here: no clause is asked anything, and nothing is judged.
"""
