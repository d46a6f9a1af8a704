"""What one run leaves to the next: a small file of generations, their last states, and what is left open.

`form` is the file's form, `file` reads and writes it, `notebook` takes down what a run sees, `past` makes earlier
exchanges of it, for clauses to compare with. No key, signature or prompt gets in. Nothing is sent or judged here.
"""
