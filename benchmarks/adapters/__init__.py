"""One module per reader: what it makes of a file, in the words of the truth table.

Each runs in its reader's own environment, so it may import that reader and the
standard library only. A figure the reader does not carry is left out.
"""
